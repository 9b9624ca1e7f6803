# The bootstrap interface. Id and ordinals are those of Dash Core v23.1
# (src/ipc/capnp/init.capnp); they must never change.

@0xf2c5cfa319406aa6;

using Proxy = import "proxy.capnp";
using Echo = import "echo.capnp";

interface Init $Proxy.wrap("dashmp/ipc.Init") {
  construct @0 (threadMap :Proxy.ThreadMap) -> (threadMap :Proxy.ThreadMap);
  # First call on a connection; answered by the connection itself.

  makeEcho @1 (context :Proxy.Context) -> (result :Echo.Echo);
}

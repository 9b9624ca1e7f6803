# The object that proves a connection. Id and ordinals are those of Dash Core
# v23.1 (src/ipc/capnp/echo.capnp); they must never change.

@0x888b4f7f51e691f7;

using Proxy = import "proxy.capnp";

interface Echo $Proxy.wrap("dashmp/ipc.Echo") {
  destroy @0 (context :Proxy.Context) -> ();
  echo @1 (context :Proxy.Context, echo :Text) -> (result :Text);
}

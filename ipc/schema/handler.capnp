# A registration that can be undone.

@0xa498de44ac342420;

using Proxy = import "proxy.capnp";

interface Handler $Proxy.wrap("dashmp/ipc.Handler") {
  destroy @0 (context :Proxy.Context) -> ();
  disconnect @1 (context :Proxy.Context) -> ();
}

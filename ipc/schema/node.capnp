# What the core offers: Node to the rpc role, Chain to the wallet.

@0xab76a83dd32c5ee8;

using Proxy = import "proxy.capnp";
using Common = import "common.capnp";
using Handler = import "handler.capnp";

struct RPCRequest {
  method @0 :Text;
  params @1 :Data;  # JSON array; secrets are replaced by "secret:N"
  wallet @2 :Text;
  user @3 :Text;
}

struct RPCReply {
  result @0 :Data;  # JSON; empty exactly when code is not 0
  code @1 :Int32;
  message @2 :Text;
}

struct BlockRef {
  hash @0 :Common.Hash;
  height @1 :Int32;
  time @2 :UInt32;  # seconds since the epoch
}

interface Node $Proxy.wrap("dashmp/node.Node") {
  executeRPC @0 (context :Proxy.Context, req :RPCRequest) -> (result :RPCReply);
}

interface Notifications $Proxy.wrap("dashmp/node.Notifications") {
  updatedBlockTip @0 (context :Proxy.Context, tip :BlockRef) -> ();
}

interface Chain $Proxy.wrap("dashmp/node.Chain") {
  tip @0 (context :Proxy.Context) -> (result :BlockRef);
  handleNotifications @1 (context :Proxy.Context, n :Notifications) -> (result :Handler.Handler);
}

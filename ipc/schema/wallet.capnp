# What the wallet offers to the rpc role, and the signer to both.

@0xf82805aea0525176;

using Proxy = import "proxy.capnp";
using Common = import "common.capnp";
using Node = import "node.capnp";

interface Loader $Proxy.wrap("dashmp/wallet.Loader") {
  executeRPC @0 (context :Proxy.Context, req :Node.RPCRequest) -> (result :Node.RPCReply);
}

interface SecretBox $Proxy.wrap("dashmp/wallet.SecretBox") {
  deposit @0 (context :Proxy.Context, s :Common.Secret) -> (handle :UInt64);
  drop @1 (context :Proxy.Context, handle :UInt64) -> ();
  executeRPC @2 (context :Proxy.Context, req :Node.RPCRequest) -> (result :Node.RPCReply);
}

struct SignerStatus {
  secretMemory @0 :Text;
  keyStores @1 :UInt32;
}

interface Signer $Proxy.wrap("dashmp/wallet.Signer") {
  status @0 (context :Proxy.Context) -> (result :SignerStatus);
}

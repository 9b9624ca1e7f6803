# What the supervisor offers to each role, and what it asks every role.

@0xf3f0a4431b75dbcc;

using Proxy = import "proxy.capnp";
using Common = import "common.capnp";

enum BlockFileKind {
  blockFile @0;
  undoFile @1;
}

enum StateFile {
  peersFile @0;
  banListFile @1;
  anchorsFile @2;
  mempoolFile @3;
  feeEstimatesFile @4;
}

enum DialKind {
  dialAutomatic @0;
  dialManual @1;
  dialFeeler @2;
  dialAddrFetch @3;
}

struct Export {
  handle @0 :UInt64;
  path @1 :Text;
}

interface Core $Proxy.wrap("dashmp/sandbox/broker.Core") {
  openBlockFile @0 (context :Proxy.Context, kind :BlockFileKind, n :UInt32) -> (result :Common.Descriptor);
  notifyBlock @1 (context :Proxy.Context, hash :Common.Hash) -> ();
  stopNode @2 (context :Proxy.Context, reason :Text) -> ();
  abortNode @3 (context :Proxy.Context, message :Text) -> ();
  removeBlockFile @4 (context :Proxy.Context, kind :BlockFileKind, n :UInt32) -> ();
  dialPeer @5 (context :Proxy.Context, address :Data, port :UInt32, kind :DialKind) -> (result :Common.Descriptor);
  resolveHost @6 (context :Proxy.Context, name :Text) -> (result :List(Text));
  openState @7 (context :Proxy.Context, file :StateFile) -> (result :Common.Descriptor);
  createState @8 (context :Proxy.Context, file :StateFile) -> (result :Common.Descriptor);
  commitState @9 (context :Proxy.Context, file :StateFile) -> ();
  retireState @10 (context :Proxy.Context, file :StateFile, keep :Bool) -> ();
  takeExport @11 (context :Proxy.Context, handle :UInt64) -> (result :Common.Descriptor);
  notifyAlert @12 (context :Proxy.Context, text :Text) -> ();
}

interface RPC $Proxy.wrap("dashmp/sandbox/broker.RPC") {
  spawnEcho @0 (context :Proxy.Context) -> (result :Common.Descriptor);
  stop @1 (context :Proxy.Context, waitMillis :UInt32) -> ();
  isolation @2 (context :Proxy.Context) -> (result :Data);
  setLogging @3 (context :Proxy.Context, include :List(Text), exclude :List(Text)) -> (result :List(Text));
  setMockTime @4 (context :Proxy.Context, seconds :Int64) -> ();
  allowPeer @5 (context :Proxy.Context, node :Text) -> ();
  createExport @6 (context :Proxy.Context, path :Text) -> (result :Export);
  finishExport @7 (context :Proxy.Context, handle :UInt64, keep :Bool) -> ();
}

interface Wallet $Proxy.wrap("dashmp/sandbox/broker.Wallet") {
  listWallets @0 (context :Proxy.Context) -> (result :List(Text));
  createWallet @1 (context :Proxy.Context, name :Text) -> (result :Common.Descriptor);
  openWallet @2 (context :Proxy.Context, name :Text) -> (result :Common.Descriptor);
  setStartup @3 (context :Proxy.Context, name :Text, load :Bool) -> ();
}

interface Signer $Proxy.wrap("dashmp/sandbox/broker.Signer") {
  openKeyStore @0 (context :Proxy.Context, wallet :Text, create :Bool) -> (result :Common.Descriptor);
  openStoreKey @1 (context :Proxy.Context, wallet :Text) -> (result :Common.Descriptor);
}

interface Role $Proxy.wrap("dashmp/sandbox/broker.Role") {
  connect @0 (context :Proxy.Context, peer :Text, socket :Common.Descriptor) -> ();
  stop @1 (context :Proxy.Context) -> ();
  started @2 (context :Proxy.Context) -> ();
  setLogging @3 (context :Proxy.Context, enabled :List(Text)) -> ();
  setMockTime @4 (context :Proxy.Context, seconds :Int64) -> ();
}

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
  hasWallet @4 :Bool;  # the path names a wallet, whose name may be empty
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

struct BlockInfo {
  hash @0 :Common.Hash;
  parent @1 :Common.Hash;
  height @2 :Int32;
  time @3 :UInt32;
  medianTime @4 :Int64;
  maxTime @5 :UInt32;
  active @6 :Bool;
  hasData @7 :Bool;
}

struct BlockPosition {
  hash @0 :Common.Hash;
  file @1 :UInt32;
  offset @2 :UInt32;  # of the block itself
}

struct ChainState {
  tip @0 :BlockRef;
  initialDownload @1 :Bool;
  pruned @2 :Bool;
  pruneHeight @3 :Int32;
  progress @4 :Float64;
  importing @5 :Bool;
}

struct OutPoint {
  txID @0 :Common.Hash;
  index @1 :UInt32;
}

struct Coin {
  found @0 :Bool;
  value @1 :Int64;  # duffs
  script @2 :Data;
  height @3 :Int32;  # -1 in the mempool
  coinbase @4 :Bool;
}

struct FeeRates {
  # Duffs per 1000 bytes.
  mempoolMin @0 :Int64;
  relayMin @1 :Int64;
  incremental @2 :Int64;
  dust @3 :Int64;
}

struct FeeEstimate {
  rate @0 :Int64;
  blocks @1 :Int32;
  reason @2 :Text;
}

struct TxOutcome {
  txID @0 :Common.Hash;
  reject @1 :Text;
  code @2 :Int32;
}

struct PoolEntry {
  found @0 :Bool;
  ancestors @1 :UInt32;
  descendants @2 :UInt32;
  ancestorSize @3 :Int64;
  ancestorFees @4 :Int64;
}

enum RemovalReason {
  removedExpiry @0;
  removedSizeLimit @1;
  removedReorg @2;
  removedBlock @3;
  removedConflict @4;
  removedReplaced @5;
  removedManual @6;
}

interface Node $Proxy.wrap("dashmp/node.Node") {
  executeRPC @0 (context :Proxy.Context, req :RPCRequest) -> (result :RPCReply);
  executeRPCs @1 (context :Proxy.Context, reqs :List(RPCRequest)) -> (result :List(RPCReply));
}

interface Notifications $Proxy.wrap("dashmp/node.Notifications") {
  updatedBlockTip @0 (context :Proxy.Context, tip :BlockRef) -> ();
  blockConnected @1 (context :Proxy.Context, block :BlockRef, data :Data) -> ();
  blockDisconnected @2 (context :Proxy.Context, block :BlockRef, data :Data) -> ();
  transactionAdded @3 (context :Proxy.Context, tx :Data) -> ();
  transactionRemoved @4 (context :Proxy.Context, tx :Data, reason :RemovalReason) -> ();
}

interface Chain $Proxy.wrap("dashmp/node.Chain") {
  tip @0 (context :Proxy.Context) -> (result :BlockRef);
  handleNotifications @1 (context :Proxy.Context, n :Notifications) -> (result :Handler.Handler);
  syncNotifications @2 (context :Proxy.Context) -> ();
  state @3 (context :Proxy.Context) -> (result :ChainState);
  findBlock @4 (context :Proxy.Context, hash :Common.Hash) -> (result :BlockInfo);
  blockAt @5 (context :Proxy.Context, height :Int32) -> (result :BlockInfo);
  findFork @6 (context :Proxy.Context, hash :Common.Hash) -> (result :BlockInfo);
  findFirstBlock @7 (context :Proxy.Context, minTime :Int64, minHeight :Int32) -> (result :BlockInfo);
  readBlock @8 (context :Proxy.Context, hash :Common.Hash) -> (result :Data);
  blockPositions @9 (context :Proxy.Context, height :Int32, count :UInt32) -> (result :List(BlockPosition));
  findCoins @10 (context :Proxy.Context, outs :List(OutPoint)) -> (result :List(Coin));
  broadcastTransaction @11 (context :Proxy.Context, tx :Data, maxFee :Int64, relay :Bool) -> (result :TxOutcome);
  testTransaction @12 (context :Proxy.Context, tx :Data, maxFee :Int64) -> (result :TxOutcome);
  requestMempool @13 (context :Proxy.Context, n :Notifications) -> ();
  poolEntry @14 (context :Proxy.Context, txid :Common.Hash) -> (result :PoolEntry);
  feeRates @15 (context :Proxy.Context) -> (result :FeeRates);
  estimateFee @16 (context :Proxy.Context, blocks :Int32, conservative :Bool) -> (result :FeeEstimate);
}

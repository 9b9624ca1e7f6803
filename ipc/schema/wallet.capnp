# What the wallet offers to the rpc role, and the signer to both.

@0xf82805aea0525176;

using Proxy = import "proxy.capnp";
using Common = import "common.capnp";
using Node = import "node.capnp";

interface Loader $Proxy.wrap("dashmp/wallet.Loader") {
  executeRPC @0 (context :Proxy.Context, req :Node.RPCRequest) -> (result :Node.RPCReply);
}

interface SecretBox $Proxy.wrap("dashmp/wallet.SecretBox") {
  deposit @0 (context :Proxy.Context, method :Text, s :Common.Secret) -> (handle :UInt64);
  drop @1 (context :Proxy.Context, handle :UInt64) -> ();
  executeRPC @2 (context :Proxy.Context, req :Node.RPCRequest) -> (result :Node.RPCReply);
  take @3 (context :Proxy.Context, handle :UInt64) -> (result :Common.Secret);
}

struct SignerStatus {
  secretMemory @0 :Text;
  keyStores @1 :UInt32;
}

using DescriptorID = Data;
# Exactly 32 bytes: the SHA-256 of the canonical public form.

struct PublicDescriptor {
  id @0 :DescriptorID;
  text @1 :Text;
  normalized @2 :Text;
  keys @3 :UInt32;
  complete @4 :Bool;
  fromSeed @5 :Bool;
}

struct KeyStoreInfo {
  encrypted @0 :Bool;
  unlocked @1 :Bool;
  until @2 :Int64;  # seconds since the epoch, 0 for never
  mnemonic @3 :Bool;
  descriptors @4 :List(PublicDescriptor);
}

struct SeedRequest {
  mnemonic @0 :UInt64;  # handles, 0 for none
  passphrase @1 :UInt64;
  bits @2 :UInt32;
  method @3 :Text;
}

enum DerivedKind {
  derivedParent @0;
  derivedLastHardened @1;
  derivedChild @2;
}

struct DerivedKey {
  kind @0 :DerivedKind;
  expression @1 :UInt32;
  position @2 :UInt32;
  key @3 :Data;
}

struct KeyPath {
  descriptor @0 :DescriptorID;
  position @1 :UInt32;
}

struct SignInput {
  previous @0 :Data;
  amount @1 :Int64;  # duffs
  pubKeyScript @2 :Data;
  keys @3 :List(KeyPath);
  redeemScript @4 :Data;
  sigHash @5 :UInt8;
}

struct OwnOutput {
  index @0 :UInt32;
  path @1 :KeyPath;
}

struct SignRequest {
  transaction @0 :Data;
  inputs @1 :List(SignInput);
  change @2 :List(OwnOutput);
}

struct InputSignature {
  input @0 :UInt32;
  pubKey @1 :Data;
  signature @2 :Data;
}

enum ExportKind {
  exportDescriptor @0;
  exportMnemonic @1;
  exportMnemonicPassphrase @2;
  exportSeed @3;
  exportKey @4;
}

struct ExportRequest {
  kind @0 :ExportKind;
  descriptor @1 :DescriptorID;
  position @2 :UInt32;
  method @3 :Text;
}

interface Signer $Proxy.wrap("dashmp/wallet.Signer") {
  status @0 (context :Proxy.Context) -> (result :SignerStatus);
  openKeyStore @1 (context :Proxy.Context, name :Text, create :Bool) -> (result :KeyStoreInfo);
  closeKeyStore @2 (context :Proxy.Context, name :Text) -> ();
  keyStore @3 (context :Proxy.Context, name :Text) -> (result :KeyStoreInfo);
  addSeed @4 (context :Proxy.Context, name :Text, req :SeedRequest) -> (result :List(PublicDescriptor));
  parseDescriptor @5 (context :Proxy.Context, method :Text, handle :UInt64) -> (result :PublicDescriptor);
  addDescriptor @6 (context :Proxy.Context, name :Text, method :Text, handle :UInt64) -> (result :PublicDescriptor);
  expand @7 (context :Proxy.Context, name :Text, id :DescriptorID, first :UInt32, n :UInt32) -> (result :List(DerivedKey));
  expandDeposited @8 (context :Proxy.Context, method :Text, handle :UInt64, first :UInt32, n :UInt32) -> (result :List(DerivedKey));
  signTransaction @9 (context :Proxy.Context, name :Text, req :SignRequest) -> (result :List(InputSignature));
  signMessage @10 (context :Proxy.Context, name :Text, key :KeyPath, message :Text) -> (result :Data);
  encrypt @11 (context :Proxy.Context, name :Text, passphrase :UInt64) -> ();
  changePassphrase @12 (context :Proxy.Context, name :Text, old :UInt64, new :UInt64) -> ();
  unlock @13 (context :Proxy.Context, name :Text, passphrase :UInt64, seconds :Int64) -> ();
  lock @14 (context :Proxy.Context, name :Text) -> ();
  export @15 (context :Proxy.Context, name :Text, req :ExportRequest) -> (handle :UInt64);
}

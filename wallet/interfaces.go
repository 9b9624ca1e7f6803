// Package wallet is the contract of the wallet and of its signer: what the rpc
// role may ask the wallet, what it may give the signer, and what the wallet
// may ask the signer.
package wallet

import (
	"context"

	"dashmp/ipc"
	"dashmp/node"
)

// Loader is what the rpc role may ask the wallet process.
type Loader interface {
	// ExecuteRPC runs one RPC that the wallet owns; see node.Node.
	ExecuteRPC(ctx context.Context, req node.RPCRequest) (node.RPCReply, error)
}

// SecretBox is all that the rpc role may ask the signer.
type SecretBox interface {
	// Deposit takes a secret out of the caller's hands and returns the handle
	// by which RPC parameters name it ("secret:N"). A handle is good for one
	// use, for the named RPC method alone, and for as long as the connection.
	Deposit(ctx context.Context, method string, s ipc.Secret) (handle uint64, err error)
	// Drop wipes a deposited secret that will not be used.
	Drop(ctx context.Context, handle uint64) error
	// Take hands out what the signer exported under a handle: the text that
	// stands as "export:N" in an RPC's result. It can be taken once.
	Take(ctx context.Context, handle uint64) (ipc.Secret, error)
	// ExecuteRPC runs one RPC that the signer owns, such as signing with a key
	// given in the request; see node.Node.
	ExecuteRPC(ctx context.Context, req node.RPCRequest) (node.RPCReply, error)
}

// SignerStatus says how the signer keeps its keys.
type SignerStatus struct {
	// SecretMemory is how secrets are held: "memfd_secret" or "mlock".
	SecretMemory string
	// KeyStores is the number of open key stores.
	KeyStores uint32
}

// DescriptorID is the SHA-256 of a descriptor's canonical public form with its
// checksum (Dash Core: DescriptorID).
type DescriptorID [32]byte

// PublicDescriptor is what a key store tells of a descriptor whose keys it
// holds. Nothing in it is secret.
type PublicDescriptor struct {
	ID DescriptorID
	// Text is the canonical public form with its checksum; expanding it may
	// take what Signer.Expand tells.
	Text string
	// Normalized is the form in which each extended key stands behind its last
	// hardened step, with its origin; empty if there is none.
	Normalized string
	// Keys is how many private keys the store holds of those in Text.
	Keys uint32
	// Complete: the store can sign for every key in Text.
	Complete bool
	// FromSeed: it was made of the store's mnemonic.
	FromSeed bool
}

// KeyStoreInfo is the state of a key store.
type KeyStoreInfo struct {
	// Encrypted: at rest, what is secret is readable only with a passphrase.
	Encrypted bool
	// Unlocked: keys can be used now. Until is when that ends, in seconds since
	// the epoch; 0 means never.
	Unlocked bool
	Until    int64
	// Mnemonic: the store holds one.
	Mnemonic    bool
	Descriptors []PublicDescriptor
}

// SeedRequest asks for the default descriptors of a new or given mnemonic.
type SeedRequest struct {
	// Mnemonic and Passphrase are handles of deposited secrets, 0 for none: a
	// new mnemonic of Bits bits (128 to 256 in steps of 32), no passphrase.
	Mnemonic, Passphrase uint64
	Bits                 uint32
	// Method is the RPC for which the secrets were deposited.
	Method string
}

// DerivedKind says for which step of a key expression an extended key stands.
type DerivedKind uint8

// The kinds, as in Dash Core's DescriptorCache.
const (
	DerivedParent DerivedKind = iota
	DerivedLastHardened
	DerivedChild
)

// DerivedKey is an extended public key that cannot be derived from the public
// text of a descriptor, because hardened steps lead to it.
type DerivedKey struct {
	Kind DerivedKind
	// Expression is the place of the key expression in the descriptor.
	Expression uint32
	// Position is the child's number if Kind is DerivedChild.
	Position uint32
	// Key is the serialised extended public key with version bytes.
	Key []byte
}

// KeyPath names a key of a store: what a descriptor has at a position.
type KeyPath struct {
	Descriptor DescriptorID
	Position   uint32
}

// SignInput is an input of a transaction to be signed.
type SignInput struct {
	// Previous is the serialised transaction whose output is spent. Without it
	// the amount and the script are claims, which the signing policy may refuse.
	Previous []byte
	// Amount in duffs and PubKeyScript are used where Previous is empty.
	Amount       int64
	PubKeyScript []byte
	// Keys are where the store's keys for the input come from; none for an
	// input of somebody else.
	Keys []KeyPath
	// RedeemScript is that of a P2SH output which no descriptor of the store
	// describes.
	RedeemScript []byte
	// SigHash is the signature hash type, 0 for ALL.
	SigHash uint8
}

// OwnOutput is an output that pays the store itself.
type OwnOutput struct {
	Index uint32
	Path  KeyPath
}

// SignRequest asks for signatures over a transaction.
type SignRequest struct {
	// Transaction is serialised; its input scripts are ignored.
	Transaction []byte
	// Inputs are those of the transaction, in its order.
	Inputs []SignInput
	// Change are outputs that are our own.
	Change []OwnOutput
}

// InputSignature is one signature over a transaction.
type InputSignature struct {
	Input uint32
	// PubKey is the public key as it stands in the script.
	PubKey []byte
	// Signature is DER with the hash type behind it.
	Signature []byte
}

// ExportKind says what is exported.
type ExportKind uint8

// What can be exported to the rpc role's user.
const (
	ExportDescriptor         ExportKind = iota // private form of a descriptor, with checksum
	ExportMnemonic                             // the words
	ExportMnemonicPassphrase                   // may be empty
	ExportSeed                                 // 64 bytes in hex
	ExportKey                                  // one key in wallet import format
)

// ExportRequest names what is exported.
type ExportRequest struct {
	Kind       ExportKind
	Descriptor DescriptorID
	// Position is that of the key, for ExportKey.
	Position uint32
	// Method is the RPC whose result it will be in.
	Method string
}

// Signer is what the wallet may ask the signer. A wallet's key store has the
// wallet's name. Errors have the kinds of package wallet/signer.
type Signer interface {
	// Status tells how keys are held; it reveals none.
	Status(ctx context.Context) (SignerStatus, error)
	// OpenKeyStore opens the key store of a wallet, or makes an empty one.
	OpenKeyStore(ctx context.Context, name string, create bool) (KeyStoreInfo, error)
	// CloseKeyStore closes it and wipes what is held of it.
	CloseKeyStore(ctx context.Context, name string) error
	// KeyStore tells the state of an open one.
	KeyStore(ctx context.Context, name string) (KeyStoreInfo, error)
	// AddSeed makes Dash's default descriptors (BIP44 receiving and change,
	// DIP9 CoinJoin, in this order) of a mnemonic, which it keeps.
	AddSeed(ctx context.Context, name string, req SeedRequest) ([]PublicDescriptor, error)
	// ParseDescriptor tells the public part of a deposited descriptor, whose
	// handle stays good; method is the RPC it was deposited for. Keys counts the
	// private keys in the text. Errors have Dash Core's texts; what could be a
	// part of a key is left out of them.
	ParseDescriptor(ctx context.Context, method string, handle uint64) (PublicDescriptor, error)
	// AddDescriptor keeps the private keys of a deposited descriptor.
	AddDescriptor(ctx context.Context, name, method string, handle uint64) (PublicDescriptor, error)
	// Expand tells the keys behind hardened steps that n positions from first on
	// take; n is at most 1000.
	Expand(ctx context.Context, name string, id DescriptorID, first, n uint32) ([]DerivedKey, error)
	// ExpandDeposited is Expand for a deposited descriptor, whose handle stays
	// good.
	ExpandDeposited(ctx context.Context, method string, handle uint64, first, n uint32) ([]DerivedKey, error)
	// SignTransaction signs what the signing policy allows.
	SignTransaction(ctx context.Context, name string, req SignRequest) ([]InputSignature, error)
	// SignMessage signs a text with a key, as signmessage does: header, R, S.
	SignMessage(ctx context.Context, name string, key KeyPath, message string) ([]byte, error)
	// Encrypt gives a store a passphrase, the secret under handle.
	Encrypt(ctx context.Context, name string, passphrase uint64) error
	// ChangePassphrase replaces it.
	ChangePassphrase(ctx context.Context, name string, old, new uint64) error
	// Unlock makes keys usable for some seconds.
	Unlock(ctx context.Context, name string, passphrase uint64, seconds int64) error
	// Lock ends that.
	Lock(ctx context.Context, name string) error
	// Export puts a secret where the rpc role's SecretBox.Take finds it.
	Export(ctx context.Context, name string, req ExportRequest) (handle uint64, err error)
}

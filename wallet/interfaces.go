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
	// use, and for as long as the connection.
	Deposit(ctx context.Context, s ipc.Secret) (handle uint64, err error)
	// Drop wipes a deposited secret that will not be used.
	Drop(ctx context.Context, handle uint64) error
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

// Signer is what the wallet may ask the signer.
type Signer interface {
	// Status tells how keys are held; it reveals none.
	Status(ctx context.Context) (SignerStatus, error)
}

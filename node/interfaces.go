// Package node is the contract of the node: what the rpc and wallet roles may
// ask the core, and what the core calls back. Types here are plain Go; the
// proxies in ipc/proxy carry them across processes, and in one process they
// are called directly.
package node

import (
	"context"

	"dashmp/ipc"
)

// Hash is a block hash or transaction id in wire order (as hashed, the reverse
// of what is displayed).
type Hash [32]byte

// RPCRequest is one JSON-RPC call on its way to its owner.
type RPCRequest struct {
	// Method is the name as in the method table of the rpc role.
	Method string
	// Params is the JSON array of positional parameters. Every parameter the
	// method table marks as secret has been replaced by the JSON string
	// "secret:N", N being the decimal handle at the signer's SecretBox.
	Params []byte
	// Wallet is the wallet named by the URI path, "" for none.
	Wallet string
	// User is the authenticated RPC user, for the log.
	User string
}

// RPCReply is the answer to an RPCRequest.
type RPCReply struct {
	// Result is the JSON of the result; empty exactly when Code is not 0.
	Result []byte
	// Code is a JSON-RPC error code of Dash Core (src/rpc/protocol.h), or 0.
	Code int32
	// Message is the error's text.
	Message string
}

// Node is what the rpc role may ask the core.
type Node interface {
	// ExecuteRPC runs one RPC that the core owns. An RPC error is part of the
	// reply; the error result is for the connection and for cancellation.
	ExecuteRPC(ctx context.Context, req RPCRequest) (RPCReply, error)
}

// BlockRef names a block of the active chain.
type BlockRef struct {
	Hash   Hash
	Height int32
	// Time is the header's time in seconds since the epoch.
	Time uint32
}

// Notifications is implemented by whoever follows the chain. The core calls it
// in order, one call at a time.
type Notifications interface {
	// UpdatedBlockTip tells the current tip, once at registration and then at
	// each change.
	UpdatedBlockTip(ctx context.Context, tip BlockRef) error
}

// Chain is what the wallet role may ask the core.
type Chain interface {
	// Tip returns the tip of the active chain.
	Tip(ctx context.Context) (BlockRef, error)
	// HandleNotifications registers n until the handler is disconnected or
	// released, or the connection ends.
	HandleNotifications(ctx context.Context, n Notifications) (ipc.Handler, error)
}

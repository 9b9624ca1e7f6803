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
	// Wallet is the wallet named by the URI path. A wallet's name may be empty:
	// HasWallet tells the path /wallet/ from /.
	Wallet    string
	HasWallet bool
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
	// ExecuteRPCs runs RPCs that the core owns one after the other, so that a
	// batch of small ones costs one call. There are as many replies as requests
	// were run, in their order: at least one, and fewer than requests if the
	// replies grow beyond MaxBatchReply; the caller asks again for the rest.
	// More than MaxBatchCalls requests are refused.
	ExecuteRPCs(ctx context.Context, reqs []RPCRequest) ([]RPCReply, error)
}

// Bounds of ExecuteRPCs: requests in one call, and bytes of results after which
// no further request is run.
const (
	MaxBatchCalls = 256
	MaxBatchReply = 1 << 20
)

// Batch runs requests by execute, one after the other, within those bounds: the
// whole of ExecuteRPCs for whoever has ExecuteRPC.
func Batch(ctx context.Context, reqs []RPCRequest, execute func(context.Context, RPCRequest) (RPCReply, error)) ([]RPCReply, error) {
	if len(reqs) > MaxBatchCalls {
		return nil, ipc.Errorf(ErrArgument, "%d calls at once", len(reqs))
	}
	var replies []RPCReply
	size := 0
	for _, req := range reqs {
		r, err := execute(ctx, req)
		if err != nil {
			return nil, err
		}
		replies = append(replies, r)
		if size += len(r.Result) + len(r.Message); size > MaxBatchReply {
			break
		}
	}
	return replies, nil
}

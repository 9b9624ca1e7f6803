package ipc

import "context"

// Init is the bootstrap interface of libmultiprocess: the first object a peer
// sees on a connection. Its schema id and ordinals are those of Dash Core
// v23.1 (src/ipc/capnp/init.capnp); construct is answered by Conn itself.
type Init interface {
	// MakeEcho returns a new Echo object that lives in the callee.
	MakeEcho(ctx context.Context) (Echo, error)
}

// Echo answers every call with its argument. It exists to prove a connection.
type Echo interface {
	// Echo returns its argument unchanged.
	Echo(ctx context.Context, echo string) (string, error)
}

// Handler is a registration that can be undone: the holder calls Disconnect to
// stop the callbacks it was returned for. Releasing the last reference to it
// does the same.
type Handler interface {
	// Disconnect returns after the last callback in progress has returned.
	Disconnect(ctx context.Context) error
}

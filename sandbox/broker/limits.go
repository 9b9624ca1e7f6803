package broker

import "dashmp/ipc"

// Limits bound a connection between a role and its supervisor; both ends use
// them. They are far below those between two roles: what crosses here is small
// requests, one descriptor at a time, the list of wallets and the status, and
// the supervisor is the last process that a role may be able to fill up.
func Limits() ipc.Limits {
	return ipc.Limits{
		MessageBytes:   4 << 20,
		Segments:       64,
		Nesting:        32,
		TraversalWords: 1 << 20,
		FDsPerMessage:  2,
		FDsHeld:        16,
		CallsInFlight:  256,
		Threads:        256,
		QueuedCalls:    256,
		QueuedBytes:    8 << 20,
		HeldBytes:      16 << 20,
		Exports:        256,
		Imports:        256,
		WriteBytes:     16 << 20,
		SecretBytes:    4 << 10,
		BulkBytes:      1 << 20,
	}
}

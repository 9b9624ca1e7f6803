package main

import (
	"context"

	"dashmp/ipc"
	"dashmp/sandbox/broker"
)

// CreateExport makes a new file that the operator named in an RPC.
func (b *rpcBroker) CreateExport(_ context.Context, path string) (broker.Export, error) {
	handle, full, err := b.p.exports.Create(path)
	return broker.Export{Handle: handle, Path: full}, kinded(err)
}

// FinishExport gives it its name, or removes it.
func (b *rpcBroker) FinishExport(_ context.Context, handle uint64, keep bool) error {
	return kinded(b.p.exports.Finish(handle, keep))
}

// TakeExport hands it out.
func (b *coreBroker) TakeExport(_ context.Context, handle uint64) (ipc.FD, error) {
	return descriptor(b.p.exports.Take(handle))
}

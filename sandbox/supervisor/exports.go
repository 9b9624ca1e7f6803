package supervisor

import (
	"context"
	"os"

	"dashmp/ipc"
	"dashmp/sandbox/broker"
	"dashmp/sandbox/broker/datadir"
	"dashmp/sandbox/logd"
)

// CreateExport makes a new file that the operator named in an RPC.
func (b *rpcBroker) CreateExport(_ context.Context, path string) (broker.Export, error) {
	if err := b.set.take("CreateExport"); err != nil {
		return broker.Export{}, err
	}
	handle, full, err := b.t.exports().Create(path)
	if err != nil {
		b.t.log.Warn("refused: "+err.Error(), "verb", "CreateExport")
		return broker.Export{}, sayable(err)
	}
	b.t.log.Info("created", "verb", "CreateExport", "file", logd.Quote(full), "handle", handle)
	return broker.Export{Handle: handle, Path: full}, nil
}

// FinishExport gives a new file its name, or removes it.
func (b *rpcBroker) FinishExport(_ context.Context, handle uint64, keep bool) error {
	err := b.t.exports().Finish(handle, keep)
	b.t.log.Info("finished", "verb", "FinishExport", "handle", handle, "kept", keep && err == nil)
	if err != nil {
		return sayable(err)
	}
	return nil
}

// TakeExport hands a new file to the core.
func (b *coreBroker) TakeExport(_ context.Context, handle uint64) (ipc.FD, error) {
	return b.file("TakeExport", b.create, func() (*os.File, error) { return b.t.exports().Take(handle) })
}

// exports is the table of new files. The data directory is there before a
// broker is.
func (t *Tree) exports() *datadir.Exports {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.newFiles == nil {
		t.newFiles = t.hold.Dir.Exports(t.cfg.ExportDir)
	}
	return t.newFiles
}

package core

import (
	"context"
	"io"
	"os"

	"dashmp/sandbox/broker"
)

// exports are new files that operators name in RPCs.
type exports struct{ broker broker.Core }

// Take implements blockchain.Exports.
func (e exports) Take(ctx context.Context, handle uint64) (io.WriteCloser, error) {
	fd, err := e.broker.TakeExport(ctx, handle)
	if err != nil {
		return nil, err
	}
	f := fd.File("export")
	if f == nil {
		return nil, os.ErrClosed
	}
	return &export{io.NewOffsetWriter(f, 0), f}, nil
}

// export is written by position: the core makes no other system call on files.
type export struct {
	io.Writer
	io.Closer
}

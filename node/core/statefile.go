package core

import (
	"context"
	"fmt"
	"io"
	"os"

	"dashmp/sandbox/broker"
)

// maxState is the largest state file that is read, in bytes: several times what
// the default bound of the mempool can fill.
const maxState = 1 << 30

// readState returns what a state file holds.
func (c *Core) readState(ctx context.Context, file broker.StateFile) ([]byte, error) {
	fd, err := c.o.Broker.OpenState(ctx, file)
	if err != nil {
		return nil, err
	}
	f := fd.File(file.Name())
	if f == nil {
		return nil, os.ErrClosed
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if st.Size() > maxState {
		return nil, fmt.Errorf("%s has %d bytes", file.Name(), st.Size())
	}
	data := make([]byte, st.Size())
	n, err := f.ReadAt(data, 0)
	if err == io.EOF && int64(n) == st.Size() {
		err = nil
	}
	return data[:n], err
}

// writeState replaces a state file by what write makes.
func (c *Core) writeState(ctx context.Context, file broker.StateFile, write func(io.Writer) error) error {
	fd, err := c.o.Broker.CreateState(ctx, file)
	if err != nil {
		return err
	}
	f := fd.File(file.Name())
	if f == nil {
		return os.ErrClosed
	}
	err = write(io.NewOffsetWriter(f, 0))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return c.o.Broker.CommitState(ctx, file)
}

package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/sandbox/internal/wire"
)

// ErrGranted is returned by Send for a child that has its grant already.
var ErrGranted = errors.New("sandbox: the grant was sent before")

// Send sends the grant. It may be called once; the descriptors stay open here.
func (c *Child) Send(ctx context.Context, g Grant) error {
	frame, err := g.encode()
	if err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	c.mu.Lock()
	socket, granted := c.socket, c.granted
	c.granted = true
	c.mu.Unlock()
	if socket == nil {
		return fmt.Errorf("%s: grant: %w", c.name, os.ErrClosed)
	}
	if granted {
		return fmt.Errorf("%s: %w", c.name, ErrGranted)
	}
	err = withDeadline(ctx, socket.SetWriteDeadline, func() error {
		return borrowAll(g.FDs, nil, func(fds []int) error {
			return wire.WriteFrame(sendOn(socket), frame, fds)
		})
	})
	if err != nil {
		return fmt.Errorf("%s: grant: %w", c.name, err)
	}
	return nil
}

// borrowAll borrows every descriptor of files at once.
func borrowAll(files []NamedFD, fds []int, use func([]int) error) error {
	if len(files) == 0 {
		return use(fds)
	}
	return borrow(files[0].File, func(fd int) error {
		return borrowAll(files[1:], append(fds, fd), use)
	})
}

// AwaitReady waits for the child's answer to the grant. If the child refused to
// serve, the error is its *LayerError; if it died, the error holds its exit
// state.
func (c *Child) AwaitReady(ctx context.Context) (SelfReport, error) {
	c.mu.Lock()
	socket := c.socket
	c.mu.Unlock()
	if socket == nil {
		return SelfReport{}, fmt.Errorf("%s: %w", c.name, os.ErrClosed)
	}
	var f wire.Frame
	err := withDeadline(ctx, socket.SetReadDeadline, func() (err error) {
		f, err = wire.ReadFrame(recvOn(socket), wire.FrameReport, wire.FrameRefusal)
		return err
	})
	if errors.Is(err, io.EOF) || errors.Is(err, unix.ECONNRESET) {
		exit, werr := c.Wait(ctx)
		if werr != nil {
			return SelfReport{}, fmt.Errorf("%s: closed its socket before it was ready", c.name)
		}
		return SelfReport{}, &DiedError{Name: c.name, PID: c.pid, Exit: exit}
	}
	if err != nil {
		return SelfReport{}, fmt.Errorf("%s: answer: %w", c.name, err)
	}
	if f.Kind == wire.FrameRefusal {
		return SelfReport{}, fmt.Errorf("%s: %w", c.name, parseRefusal(f.Body))
	}
	r, err := parseReport(f.Body)
	if err != nil {
		return SelfReport{}, fmt.Errorf("%s: report: %w", c.name, err)
	}
	return r, nil
}

// DiedError is a child that ended before it was ready.
type DiedError struct {
	Name string
	PID  int
	Exit ExitState
}

// Error names the process and how it ended.
func (e *DiedError) Error() string {
	return fmt.Sprintf("%s (pid %d) ended before it was ready: %s", e.Name, e.PID, e.Exit)
}

func sendOn(f *os.File) wire.SendFunc {
	return func(p, oob []byte) (n int, err error) {
		raw, err := f.SyscallConn()
		if err != nil {
			return 0, err
		}
		werr := raw.Write(func(fd uintptr) bool {
			n, err = wire.Send(int(fd))(p, oob)
			return err != syscall.EAGAIN
		})
		return n, errors.Join(werr, err)
	}
}

func recvOn(f *os.File) wire.RecvFunc {
	return func(p, oob []byte) (n, oobn, flags int, err error) {
		raw, err := f.SyscallConn()
		if err != nil {
			return 0, 0, 0, err
		}
		rerr := raw.Read(func(fd uintptr) bool {
			n, oobn, flags, err = wire.Recv(int(fd))(p, oob)
			return err != syscall.EAGAIN
		})
		if rerr != nil {
			return 0, 0, 0, rerr
		}
		return n, oobn, flags, err
	}
}

// withDeadline runs work, which blocks on the file that set belongs to, and
// interrupts it when ctx ends.
func withDeadline(ctx context.Context, set func(time.Time) error, work func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(interrupted)
		_ = set(time.Unix(1, 0))
	})
	err := work()
	if !stop() {
		// The interruption must not hit a later user of the file.
		<-interrupted
		_ = set(time.Time{})
		if err != nil {
			return errors.Join(ctx.Err(), err)
		}
	}
	return err
}

// strictJSON decodes exactly one value without unknown fields.
func strictJSON(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("data after the value")
	}
	return nil
}

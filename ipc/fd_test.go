package ipc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"capnproto.org/go/capnp/v3"
	"golang.org/x/sys/unix"
)

// noLeak fails the test if it ends with other descriptors open than it began
// with.
func noLeak(t *testing.T) {
	t.Helper()
	before := openFDs(t)
	t.Cleanup(func() {
		eventually(t, fmt.Sprintf("no more than %d descriptors open", before), func() bool { return openFDs(t) <= before })
	})
}

func pipe(t *testing.T) (r, w int) {
	t.Helper()
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	return p[0], p[1]
}

func isOpen(fd int) bool {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err == nil
}

// echoFDs answers with the descriptors of pointers 1 to 3, in the opposite
// order.
func echoFDs(_ context.Context, sc *ServerCall) error {
	r, err := sc.NewResults()
	if err != nil {
		return err
	}
	for i := range uint16(3) {
		f, err := sc.ParamCaps().TakeFD(sc.Params(), 1+i)
		if err != nil {
			return err
		}
		if err := sc.ResultCaps().PutFD(r, 3-i, f); err != nil {
			return err
		}
	}
	return nil
}

func TestDescriptorsTravel(t *testing.T) {
	noLeak(t)
	client, server := connect(t, probe(echoFDs))
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	for range 50 {
		var ends [3]int
		var reader [3]int
		err := invoke(ctx, r, 0, func(s capnp.Struct, c *Caps) error {
			for i := range 3 {
				reader[i], ends[i] = pipe(t)
				f := NewFD(ends[i])
				if err := c.PutFD(s, uint16(1+i), f); err != nil {
					return err
				}
				if f.IsValid() {
					t.Error("PutFD did not consume the descriptor")
				}
			}
			return nil
		}, func(s capnp.Struct, c *Caps) error {
			for i := range 3 {
				f, err := c.TakeFD(s, uint16(3-i))
				if err != nil {
					return err
				}
				w := f.File("pipe")
				fmt.Fprintf(w, "end %d", i)
				w.Close()
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if isOpen(ends[i]) && i > 0 {
				// The number may have been given out again by the first take.
				continue
			}
			file := os.NewFile(uintptr(reader[i]), "pipe")
			b, err := io.ReadAll(file)
			if want := fmt.Sprint("end ", i); err != nil || string(b) != want {
				t.Errorf("read %q, %v, want %q", b, err, want)
			}
			reader[i] = -1
			file.Close()
		}
		for _, fd := range reader {
			if fd >= 0 {
				unix.Close(fd)
			}
		}
	}
	settled(t, server, 3, 3)
	settled(t, client, 3, 3)
}

func TestUnclaimedDescriptorsAreClosed(t *testing.T) {
	noLeak(t)
	client, server := connect(t, probe(
		func(context.Context, *ServerCall) error { return nil },
		func(_ context.Context, sc *ServerCall) error {
			r, err := sc.NewResults()
			if err != nil {
				return err
			}
			read, write := pipe(t)
			unix.Close(read)
			return sc.ResultCaps().PutFD(r, 1, NewFD(write))
		},
		func(context.Context, *ServerCall) error { panic("with a descriptor in hand") },
	))
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	for range 20 {
		for _, ordinal := range []uint16{0, 2, 7} {
			read, write := pipe(t)
			invoke(ctx, r, ordinal, func(s capnp.Struct, c *Caps) error { return c.PutFD(s, 1, NewFD(write)) }, nil)
			// The write end has gone everywhere: the pipe has ended.
			b := make([]byte, 1)
			if n, err := unix.Read(read, b); n != 0 || err != nil {
				t.Fatalf("read %d, %v, want the end of the pipe", n, err)
			}
			unix.Close(read)
		}
		if err := invoke(ctx, r, 1, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	settled(t, server, 3, 3)
	settled(t, client, 3, 3)
}

func TestDescriptorsOfCallsThatAreNotSent(t *testing.T) {
	noLeak(t)
	client, server := connect(t, probe(echoHandler))
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	put := func(s capnp.Struct, c *Caps) error {
		read, write := pipe(t)
		return errors.Join(c.PutFD(s, 1, NewFD(write)), c.PutFD(s, 2, NewFD(read)))
	}
	// Given up before Send.
	if err := invoke(ctx, r, 0, func(s capnp.Struct, c *Caps) error {
		return errors.Join(put(s, c), errors.New("changed my mind"))
	}, nil); err == nil {
		t.Error("no error")
	}
	// More than a message may carry.
	err := invoke(ctx, r, 0, func(s capnp.Struct, c *Caps) error {
		for range DefaultLimits().FDsPerMessage {
			if err := put(s, c); err != nil {
				return err
			}
		}
		return nil
	}, nil)
	wantKind(t, err, ErrLimit)
	// After the connection has ended.
	server.Close()
	receive(t, "the end", client.Done())
	err = invoke(ctx, r, 0, put, nil)
	wantKind(t, err, ErrDisconnected)
	// With a cancelled context.
	done, cancel := context.WithCancel(ctx)
	cancel()
	if err := invoke(done, r, 0, put, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestFDOwnership(t *testing.T) {
	noLeak(t)
	read, write := pipe(t)
	unix.Close(read)
	f := NewFD(write)
	g := f
	if !f.IsValid() || f.Take() != write || g.IsValid() || g.Take() != -1 || g.File("x") != nil {
		t.Error("copies do not share one ownership")
	}
	h := NewFD(write)
	if err := h.Look(func(fd int) error {
		if fd != write {
			t.Errorf("Look at %d", fd)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Error("second Close:", err)
	}
	if isOpen(write) {
		t.Error("open after Close")
	}
	wantKind(t, h.Look(func(int) error { return nil }), ErrDescriptor)
	if NewFD(-1).IsValid() || (FD{}).Take() != -1 || (FD{}).Close() != nil {
		t.Error("an empty FD")
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	from, err := FromFile(file)
	if err != nil || !from.IsValid() {
		t.Fatal(err)
	}
	if _, err := file.Stat(); err == nil {
		t.Error("FromFile left the file open")
	}
	from.Close()
}

func TestCheckFD(t *testing.T) {
	noLeak(t)
	var seen []string
	client, _ := connectWith(t, Options{}, Options{
		CheckFD: func(class string, f FD) error {
			seen = append(seen, class)
			return f.Look(func(fd int) error {
				var st unix.Stat_t
				if err := unix.Fstat(fd, &st); err != nil {
					return err
				}
				if st.Mode&unix.S_IFMT == unix.S_IFIFO {
					return errors.New("no pipes here")
				}
				return nil
			})
		},
		Bootstrap: probe(
			func(_ context.Context, sc *ServerCall) error {
				f, err := sc.ParamCaps().TakeFD(sc.Params(), 1)
				f.Close()
				return err
			},
			func(_ context.Context, sc *ServerCall) error {
				v, err := sc.ParamCaps().TakeSecret(sc.Params(), 1)
				v.Close()
				return err
			}),
	})
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	err := invoke(ctx, r, 0, func(s capnp.Struct, c *Caps) error {
		read, write := pipe(t)
		unix.Close(read)
		return c.PutFD(s, 1, NewFD(write))
	}, nil)
	if !errors.Is(err, ErrDescriptor) || !strings.Contains(err.Error(), "no pipes here") {
		t.Error(err)
	}
	err = invoke(ctx, r, 1, func(s capnp.Struct, c *Caps) error {
		v, err := NewSecret([]byte("x"))
		if err != nil {
			return err
		}
		return c.PutSecret(s, 1, v)
	}, nil)
	if err != nil {
		t.Error(err)
	}
	if fmt.Sprint(seen) != "[fd secret]" {
		t.Errorf("classes %v", seen)
	}
}

// TestDescriptorWithoutOne asks for a descriptor where an object without one
// came.
func TestDescriptorWithoutOne(t *testing.T) {
	client, _ := connect(t, probe(func(_ context.Context, sc *ServerCall) error {
		f, err := sc.ParamCaps().TakeFD(sc.Params(), 1)
		f.Close()
		return err
	}))
	r := bootstrapRef(t, client)
	err := invoke(WithThread(context.Background(), "main"), r, 0, func(s capnp.Struct, c *Caps) error {
		return c.PutObject(s, 1, probe(echoHandler))
	}, nil)
	wantKind(t, err, ErrDescriptor)
}

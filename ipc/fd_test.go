package ipc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"

	"capnproto.org/go/capnp/v3"
	"golang.org/x/sys/unix"

	"dashmp/ipc/internal/memfile"
)

// noLeak fails the test if it ends with other descriptors open than it began
// with.
func noLeak(t *testing.T) {
	t.Helper()
	before := openFDs(t)
	t.Cleanup(func() {
		eventually(t, fmt.Sprintf("%d descriptors open", before), func() bool { return openFDs(t) == before })
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

func TestSecretTravels(t *testing.T) {
	noLeak(t)
	const text = "correct horse battery staple"
	client, server := connect(t, probe(func(_ context.Context, sc *ServerCall) error {
		v, err := sc.ParamCaps().TakeSecret(sc.Params(), 1)
		if err != nil {
			return err
		}
		defer v.Close()
		return v.Open(func(b []byte) error {
			if string(b) != text || v.Len() != len(text) {
				t.Errorf("secret of %d bytes, %q", v.Len(), b)
			}
			return nil
		})
	}))
	r := bootstrapRef(t, client)
	v, err := NewSecret([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var wire bytes.Buffer
	err = invoke(WithThread(context.Background(), "main"), r, 0, func(s capnp.Struct, c *Caps) error {
		if err := c.PutSecret(s, 1, v); err != nil {
			return err
		}
		return capnp.NewEncoder(&wire).Encode(s.Message())
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if v.IsValid() {
		t.Error("PutSecret did not consume the secret")
	}
	if bytes.Contains(wire.Bytes(), []byte("correct")) {
		t.Error("the secret is in the message")
	}
	_ = server
}

func TestSecretPrintsRedacted(t *testing.T) {
	v, err := NewSecret([]byte("hunter2"))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	type holder struct {
		Name   string
		Secret Secret
	}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%08b", "%o", "%e", "%p", "%T %[1]v", "%U"} {
		fmt.Fprintf(&out, verb+"\n", v)
		fmt.Fprintf(&out, verb+"\n", &v)
		fmt.Fprintf(&out, verb+"\n", holder{"x", v})
		fmt.Fprintf(&out, verb+"\n", []Secret{v})
		fmt.Fprintf(&out, verb+"\n", map[string]Secret{"k": v})
	}
	fmt.Fprintln(&out, v, fmt.Sprint(v), v.String(), v.GoString())
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		l := slog.New(h)
		l.Info("x", "secret", v, "in", holder{"y", v}, "ptr", &v)
	}
	b, err := json.Marshal(map[string]any{"a": v, "b": holder{"z", v}, "c": []Secret{v}})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(b)
	if k, err := json.Marshal(map[Secret]int{v: 1}); err != nil || !bytes.Contains(k, []byte(redacted)) {
		t.Errorf("as a map key: %s, %v", k, err)
	}
	for _, bad := range []string{"hunter2", "68756e74", "own:", "size"} {
		if strings.Contains(out.String(), bad) {
			t.Errorf("%q in the output:\n%s", bad, out.String())
		}
	}
	if n := strings.Count(out.String(), redacted); n < 80 {
		t.Errorf("only %d times redacted", n)
	}
}

func TestSecretIsWipedAndEmptySecretsWork(t *testing.T) {
	noLeak(t)
	v, err := NewSecret(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Open(func(b []byte) error {
		if len(b) != 0 {
			t.Errorf("%d bytes in an empty secret", len(b))
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	v.Close()
	wantKind(t, v.Open(func([]byte) error { return nil }), ErrDescriptor)

	// A received secret's memory is cleared when it is closed, also while
	// somebody else has it open.
	fd, _, err := memfile.NewSecret([]byte("hunter2"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := unix.Dup(fd)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(other)
	got, err := receivedSecret(own(fd), 1<<10)
	if err != nil {
		t.Fatal(err)
	}
	got.Close()
	if err := memfile.View(other, 7, func(b []byte) error {
		if !bytes.Equal(b, make([]byte, 7)) {
			t.Errorf("after Close: %q", b)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestUnfitMemoryIsRefused passes files that could be shrunk, changed or are
// not memory at all where a Secret or a Bulk is expected.
func TestUnfitMemoryIsRefused(t *testing.T) {
	noLeak(t)
	memfd := func(seals int, size int64) FD {
		fd, err := unix.MemfdCreate("x", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
		if err == nil {
			err = unix.Ftruncate(fd, size)
		}
		if err == nil && seals != 0 {
			_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals)
		}
		if err != nil {
			t.Fatal(err)
		}
		return NewFD(fd)
	}
	const fixed, frozen = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW, unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	file := func() FD {
		f, err := os.CreateTemp(t.TempDir(), "x")
		if err != nil {
			t.Fatal(err)
		}
		f.Truncate(100)
		fd, err := FromFile(f)
		if err != nil {
			t.Fatal(err)
		}
		return fd
	}
	secretFD := func() FD {
		fd, sealed, err := memfile.NewSecret([]byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		if sealed {
			t.Log("no memfd_secret here")
		}
		return NewFD(fd)
	}
	client, _ := connectWith(t, Options{}, Options{
		Limits: Limits{SecretBytes: 1000, BulkBytes: 2000},
		Bootstrap: probe(
			func(_ context.Context, sc *ServerCall) error {
				v, err := sc.ParamCaps().TakeSecret(sc.Params(), 1)
				v.Close()
				return err
			},
			func(_ context.Context, sc *ServerCall) error {
				v, err := sc.ParamCaps().TakeBulk(sc.Params(), 1)
				v.Close()
				return err
			}),
	})
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	for _, c := range []struct {
		name         string
		fd           func() FD
		secret, bulk bool
	}{
		{"no seals", func() FD { return memfd(0, 100) }, false, false},
		{"shrink only", func() FD { return memfd(unix.F_SEAL_SHRINK, 100) }, false, false},
		{"grow only", func() FD { return memfd(unix.F_SEAL_GROW, 100) }, false, false},
		{"fixed size", func() FD { return memfd(fixed, 100) }, true, false},
		{"frozen", func() FD { return memfd(frozen, 100) }, true, true},
		{"as large as allowed", func() FD { return memfd(frozen, 1000) }, true, true},
		{"too large for a secret", func() FD { return memfd(frozen, 1001) }, false, true},
		{"too large for both", func() FD { return memfd(frozen, 2001) }, false, false},
		{"absurdly large", func() FD { return memfd(frozen, 1<<62) }, false, false},
		{"secret memory", secretFD, true, false},
		{"a file", file, false, false},
		{"a pipe", func() FD { r, w := pipe(t); unix.Close(w); return NewFD(r) }, false, false},
		{"a device", func() FD { f, _ := os.Open("/dev/zero"); fd, _ := FromFile(f); return fd }, false, false},
		{"a directory", func() FD { f, _ := os.Open("/"); fd, _ := FromFile(f); return fd }, false, false},
	} {
		for ordinal, fit := range []bool{c.secret, c.bulk} {
			err := invoke(ctx, r, uint16(ordinal), func(s capnp.Struct, caps *Caps) error {
				return caps.PutFD(s, 1, c.fd())
			}, nil)
			if fit && err != nil {
				t.Errorf("%s, %d: %v", c.name, ordinal, err)
			}
			if !fit && !errors.Is(err, ErrDescriptor) {
				t.Errorf("%s, %d: %v, want %s", c.name, ordinal, err, ErrDescriptor)
			}
		}
	}
}

func TestBulkTravels(t *testing.T) {
	noLeak(t)
	data := bytes.Repeat([]byte("0123456789abcdef"), 3<<16)
	client, _ := connect(t, probe(func(_ context.Context, sc *ServerCall) error {
		v, err := sc.ParamCaps().TakeBulk(sc.Params(), 1)
		if err != nil {
			return err
		}
		got, err := v.Bytes()
		if err != nil || !bytes.Equal(got, data) || v.Len() != len(data) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		err = v.Open(func(p []byte) error {
			if !bytes.Equal(p, data) {
				t.Error("the view differs")
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		r, err := sc.NewResults()
		if err != nil {
			return err
		}
		return sc.ResultCaps().PutBulk(r, 1, v)
	}))
	r := bootstrapRef(t, client)
	err := invoke(WithThread(context.Background(), "main"), r, 0, func(s capnp.Struct, c *Caps) error {
		v, err := NewBulk(data)
		if err != nil {
			return err
		}
		v.own.get()
		if _, err := unix.Pwrite(v.own.get(), []byte("x"), 0); err == nil {
			t.Error("a sealed payload was written to")
		}
		return c.PutBulk(s, 1, v)
	}, func(s capnp.Struct, c *Caps) error {
		v, err := c.TakeBulk(s, 1)
		if err != nil {
			return err
		}
		defer v.Close()
		got, err := v.Bytes()
		if !bytes.Equal(got, data) {
			t.Error("what came back differs")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	empty, err := NewBulk(nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := empty.Bytes(); err != nil || len(b) != 0 {
		t.Error(b, err)
	}
	empty.Close()
	if _, err := empty.Bytes(); !errors.Is(err, ErrDescriptor) {
		t.Error(err)
	}
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

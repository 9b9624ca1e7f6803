package ipc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"capnproto.org/go/capnp/v3"
	"golang.org/x/sys/unix"

	"dashmp/ipc/internal/memfile"
)

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

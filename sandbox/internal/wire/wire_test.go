package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func sample() *Grant {
	return &Grant{
		Role: "core", Build: "b1", Mode: "enforce", Filter: []byte{1, 2, 3, 4, 5, 6, 7, 8},
		FS:     []Right{{"FS_EXECUTE", 1, 1}, {"FS_REFER", 1 << 13, 2}},
		Net:    []Right{{"NET_BIND_TCP", 1, 4}},
		Config: []byte(`{}`), Names: []string{"log", "chainstate"},
	}
}

func TestGrantRoundTrip(t *testing.T) {
	frame, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	h, err := ParseHeader(frame[:HeaderSize])
	if err != nil {
		t.Fatal(err)
	}
	if want := (Header{FrameGrant, len(frame) - HeaderSize, 2}); h != want {
		t.Errorf("header %+v, want %+v", h, want)
	}
	g, err := ParseGrant(frame[HeaderSize:])
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(sample(), g); d != "" {
		t.Error(d)
	}
}

// TestNoCapnpFrameLooksLikeOurs: what Cap'n Proto reads as the number of
// segments is beyond what any implementation accepts (512 in KJ).
func TestNoCapnpFrameLooksLikeOurs(t *testing.T) {
	b := Header{Kind: FrameGrant}.Append(nil)
	if segments := binary.LittleEndian.Uint32(b); segments < 1<<31 {
		t.Errorf("a frame of ours announces %d segments", segments)
	}
	if !IsFrame(b) || IsFrame([]byte{0, 0, 0, 0}) || IsFrame(b[:3]) {
		t.Error("IsFrame")
	}
}

func TestEveryPrefixIsTruncated(t *testing.T) {
	frame, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	body := frame[HeaderSize:]
	for n := range body {
		if _, err := ParseGrant(body[:n]); !errors.Is(err, ErrTruncated) {
			t.Fatalf("%d of %d bytes: %v, want %v", n, len(body), err, ErrTruncated)
		}
	}
	if _, err := ParseGrant(append(body, 0)); !errors.Is(err, ErrSurplus) {
		t.Errorf("one byte too many: %v", err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Grant)
		want   Kind
	}{
		{"name twice", func(g *Grant) { g.Names = []string{"log", "log"} }, ErrDuplicate},
		{"empty name", func(g *Grant) { g.Names = []string{""} }, ErrText},
		{"space in a name", func(g *Grant) { g.Names = []string{"a b"} }, ErrText},
		{"long role", func(g *Grant) { g.Role = strings.Repeat("x", maxText+1) }, ErrTooLong},
		{"long filter", func(g *Grant) { g.Filter = make([]byte, maxFilter+1) }, ErrTooLong},
		{"long configuration", func(g *Grant) { g.Config = make([]byte, maxConfig+1) }, ErrTooLong},
		{"many rights", func(g *Grant) { g.FS = make([]Right, maxRights+1) }, ErrTooLong},
		{"many names", func(g *Grant) {
			g.Names = nil
			for i := range MaxFDs + 1 {
				g.Names = append(g.Names, "n"+string(rune('A'+i%26))+strings.Repeat("x", i/26))
			}
		}, ErrTooLong},
		{"role beyond its length field", func(g *Grant) { g.Role = strings.Repeat("x", 1<<16+4) }, ErrSurplus},
	}
	for _, tc := range tests {
		g := sample()
		tc.change(g)
		_, err := g.Encode()
		if err == nil {
			t.Errorf("%s was encoded", tc.name)
		} else if tc.want != ErrSurplus && !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
}

func pair(t testing.TB) (a, b int) {
	t.Helper()
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = unix.Close(p[0])
		_ = unix.Close(p[1])
	})
	return p[0], p[1]
}

// open reports whether a descriptor is open.
func isOpen(fd int) bool {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err == nil
}

func TestFrameOverASocket(t *testing.T) {
	a, b := pair(t)
	frame, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteFrame(Send(a), frame, []int{a, b}); err != nil {
		t.Fatal(err)
	}
	// What follows the frame must stay in the socket.
	if _, err := unix.Write(a, []byte("next")); err != nil {
		t.Fatal(err)
	}
	f, err := ReadFrame(Recv(b), FrameGrant)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.FDs) != 2 || !bytes.Equal(f.Body, frame[HeaderSize:]) {
		t.Errorf("%d descriptors, %d bytes", len(f.FDs), len(f.Body))
	}
	for _, fd := range f.FDs {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("descriptor %d: flags %#x, %v", fd, flags, err)
		}
		_ = unix.Close(fd)
	}
	rest := make([]byte, 8)
	if n, err := unix.Read(b, rest); err != nil || string(rest[:n]) != "next" {
		t.Errorf("%q, %v", rest[:n], err)
	}
	_ = unix.Shutdown(a, unix.SHUT_WR)
	if _, err := ReadFrame(Recv(b), FrameGrant); !errors.Is(err, io.EOF) {
		t.Errorf("end: %v, want %v", err, io.EOF)
	}
}

// TestAFailedReadLeaksNoDescriptor: the kernel reuses the lowest free number,
// so a leak shows as a number that is still taken.
func TestAFailedReadLeaksNoDescriptor(t *testing.T) {
	frame, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	lowest := func() int {
		fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd) //nolint:errcheck // a device
		return fd
	}
	bad := bytes.Clone(frame)
	bad[6] = 99
	for name, b := range map[string][]byte{"refused header": bad, "truncated body": frame[:len(frame)-1]} {
		a, c := pair(t)
		before := lowest()
		if err := WriteFrame(Send(a), b, []int{a, a}); err != nil {
			t.Fatal(err)
		}
		_ = unix.Shutdown(a, unix.SHUT_WR)
		if _, err := ReadFrame(Recv(c), FrameGrant); err == nil {
			t.Errorf("%s was read", name)
		}
		if after := lowest(); after != before || isOpen(before) {
			t.Errorf("%s: lowest free descriptor %d before, %d after", name, before, after)
		}
	}
}

func FuzzHeader(f *testing.F) {
	f.Add(Header{Kind: FrameGrant, Size: 10, FDs: 3}.Append(nil))
	f.Add(Header{Kind: FrameReport, Size: MaxReport}.Append(nil))
	f.Add(bytes.Repeat([]byte{0xff}, HeaderSize))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := ParseHeader(b)
		if err != nil {
			return
		}
		if h.Size < 0 || h.Size > MaxGrant || h.FDs < 0 || h.FDs > MaxFDs {
			t.Fatalf("%+v was accepted", h)
		}
		if !bytes.Equal(h.Append(nil), b) {
			t.Fatalf("%+v encodes to other bytes", h)
		}
	})
}

func FuzzGrant(f *testing.F) {
	for _, g := range []*Grant{sample(), {Role: "a", Build: "b", Mode: "off", Config: []byte("{}")}} {
		frame, err := g.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(frame[HeaderSize:])
		f.Add(frame[HeaderSize : len(frame)-3])
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := ParseGrant(b)
		if err != nil {
			return
		}
		// What is accepted has one encoding: the bytes it came from.
		frame, err := g.Encode()
		if err != nil {
			t.Fatalf("accepted, but not encoded: %v", err)
		}
		if !bytes.Equal(frame[HeaderSize:], b) {
			t.Fatal("another encoding of the same grant was accepted")
		}
		seen := make(map[string]bool)
		for _, n := range g.Names {
			if seen[n] {
				t.Fatalf("%q twice", n)
			}
			seen[n] = true
		}
	})
}

func FuzzRights(f *testing.F) {
	f.Add(unix.UnixRights(3, 4, 5))
	f.Add(unix.UnixRights(3)[:12])
	f.Fuzz(func(t *testing.T, b []byte) {
		fds, _ := ParseRights(b)
		if len(fds)*4 > len(b) {
			t.Fatalf("%d descriptors in %d bytes", len(fds), len(b))
		}
	})
}

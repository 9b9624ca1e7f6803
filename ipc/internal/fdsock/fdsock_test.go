package fdsock

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func pair(t *testing.T, flags, maxRights int) (a, b *Socket) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|flags, 0)
	if err != nil {
		t.Fatal(err)
	}
	var s [2]*Socket
	for i, fd := range fds {
		if s[i], err = New(os.NewFile(uintptr(fd), "socket"), maxRights, false); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s[i].Close() })
	}
	return s[0], s[1]
}

func openFDs(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc:", err)
	}
	return len(entries)
}

func TestBytes(t *testing.T) {
	for name, flags := range map[string]int{"non-blocking": unix.SOCK_NONBLOCK, "blocking": 0} {
		a, b := pair(t, flags, 4)
		a.SetQuick(flags == 0)
		b.SetQuick(flags == 0)
		if n, err := a.Send([][]byte{[]byte("he"), nil, []byte("llo")}, nil); n != 5 || err != nil {
			t.Fatalf("%s: sent %d, %v", name, n, err)
		}
		p := make([]byte, 64)
		if n, rights, err := b.Recv(p); string(p[:n]) != "hello" || len(rights) != 0 || err != nil {
			t.Fatalf("%s: %q, %v, %v", name, p[:n], rights, err)
		}
	}
}

// TestRecvWaits: the waiting goroutine is woken by bytes, by a kick and by the
// end.
func TestRecvWaits(t *testing.T) {
	a, b := pair(t, unix.SOCK_NONBLOCK, 4)
	got := make(chan error)
	recv := func() {
		_, _, err := b.Recv(make([]byte, 64))
		got <- err
	}
	go recv()
	b.Kick()
	if err := <-got; !errors.Is(err, ErrKicked) {
		t.Fatalf("after a kick: %v", err)
	}
	b.Kick() // before anybody waits
	go recv()
	if err := <-got; !errors.Is(err, ErrKicked) {
		t.Fatalf("kicked beforehand: %v", err)
	}
	go recv()
	if _, err := a.Send([][]byte{{1}}, nil); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Fatalf("after bytes: %v", err)
	}
	go recv()
	a.Close()
	if err := <-got; !errors.Is(err, io.EOF) {
		t.Fatalf("after the end: %v", err)
	}
	go recv()
	b.Close()
	if err := <-got; err == nil {
		t.Fatal("no error from a closed socket")
	}
}

func TestRights(t *testing.T) {
	before := openFDs(t)
	a, b := pair(t, unix.SOCK_NONBLOCK, 3)
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	fd := int(null.Fd())
	p := make([]byte, 64)
	for _, n := range []int{1, 2, 3} {
		rights := []int{fd, fd, fd}[:n]
		// Bytes before and after, each in a buffer of its own: the rights come
		// with the last byte of a recvmsg, and it stops behind theirs.
		for _, s := range []struct {
			b string
			r []int
		}{{"before", nil}, {"with", rights}, {"after", nil}} {
			if _, err := a.Send([][]byte{[]byte(s.b)}, s.r); err != nil {
				t.Fatal(err)
			}
		}
		m, got, err := b.Recv(p)
		if string(p[:m]) != "beforewith" || len(got) != n || err != nil {
			t.Fatalf("%q, %d rights, %v", p[:m], len(got), err)
		}
		for _, fd := range got {
			flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
			if err != nil || flags&unix.FD_CLOEXEC == 0 {
				t.Errorf("flags %#x, %v: not close-on-exec", flags, err)
			}
			unix.Close(fd)
		}
		if m, got, err := b.Recv(p); string(p[:m]) != "after" || len(got) != 0 || err != nil {
			t.Fatalf("%q, %d rights, %v", p[:m], len(got), err)
		}
	}
	// One more than the receiver allows, by a sender that allows more.
	loose, err := New(a.file, 10, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loose.Send([][]byte{{1}}, []int{fd, fd, fd, fd}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Recv(p); !errors.Is(err, ErrRights) {
		t.Fatalf("four of three rights: %v", err)
	}
	// What was not read when the socket closes is closed by the kernel.
	if _, err := loose.Send([][]byte{{1}}, []int{fd}); err != nil {
		t.Fatal(err)
	}
	a.Close()
	b.Close()
	null.Close()
	if n := openFDs(t); n != before {
		t.Errorf("%d descriptors open, %d before", n, before)
	}
}

// TestPlain: where no rights are wanted, the bytes arrive and the rights never get
// into the process.
func TestPlain(t *testing.T) {
	a, b := pair(t, unix.SOCK_NONBLOCK, 200)
	b.rx.read, b.rx.plain = b.read, true
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	many := make([]int, 200)
	for i := range many {
		many[i] = int(null.Fd())
	}
	before := openFDs(t)
	p := make([]byte, 64)
	for range 100 {
		if _, err := a.Send([][]byte{[]byte("x")}, many); err != nil {
			t.Fatal(err)
		}
		if n, rights, err := b.Recv(p); string(p[:n]) != "x" || len(rights) != 0 || err != nil {
			t.Fatalf("%q, %d rights, %v", p[:n], len(rights), err)
		}
	}
	if n := openFDs(t); n != before {
		t.Errorf("%d descriptors open, %d before", n, before)
	}
	a.Close()
	if _, _, err := b.Recv(p); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	if _, err := b.Send([][]byte{[]byte("x")}, nil); !errors.Is(err, unix.EPIPE) {
		t.Errorf("to a peer that has gone: %v", err)
	}
}

// TestCredentialsAreRefused: any control message but rights ends it.
func TestOtherControlMessages(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[0])
	if err := unix.SetsockoptInt(fds[1], unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
		t.Fatal(err)
	}
	s, err := New(os.NewFile(uintptr(fds[1]), "socket"), 10, false)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := unix.Write(fds[0], []byte{1}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Recv(make([]byte, 8)); !errors.Is(err, ErrRights) {
		t.Errorf("error %v", err)
	}
}

// TestFull: Send never waits, SendWait does, and nothing is lost between them.
func TestFull(t *testing.T) {
	a, b := pair(t, unix.SOCK_NONBLOCK, 4)
	chunk := bytes.Repeat([]byte("0123456789abcdef"), 1<<12)
	sent := 0
	for {
		n, err := a.Send([][]byte{chunk[:1000], chunk[1000:]}, nil)
		if errors.Is(err, ErrAgain) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		sent += n
		if n < len(chunk) {
			break
		}
	}
	done := make(chan error)
	go func() {
		n, err := a.SendWait([][]byte{[]byte("late")}, nil)
		if err == nil && n != 4 {
			err = io.ErrShortWrite
		}
		done <- err
	}()
	p := make([]byte, 1<<16)
	var got []byte
	for len(got) < sent+4 {
		n, _, err := b.Recv(p)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p[:n]...)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if string(got[sent:]) != "late" {
		t.Errorf("the end is %q", got[sent:])
	}
}

func TestSendWaitEnds(t *testing.T) {
	a, b := pair(t, unix.SOCK_NONBLOCK, 4)
	big := make([]byte, 1<<20)
	for {
		if _, err := a.Send([][]byte{big}, nil); err != nil {
			break
		}
	}
	done := make(chan error)
	go func() {
		_, err := a.SendWait([][]byte{big}, nil)
		done <- err
	}()
	b.Close()
	select {
	case err := <-done:
		if err == nil {
			t.Error("no error")
		}
	case <-time.After(30 * time.Second):
		t.Fatal("SendWait did not return")
	}
}

func TestNotASocket(t *testing.T) {
	f, err := os.Open("/")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := New(f, 1, false); err == nil {
		s.Close()
		t.Error("a directory was accepted")
	}
	if f.Close() == nil {
		t.Error("New left the file open")
	}
}

package supervisor

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/ipc"
	"dashmp/ipc/proxy/walletproxy"
	"dashmp/policy"
)

// secretText is what an honest rpc deposits.
var secretText = bytes.Repeat([]byte("s"), 3*4096)

// deposit makes an honest deposit whose descriptors the hostile rpc between it and
// the signer exchanges for others, and says what came of it.
func (r *realTree) deposit(exchange func(honest []int) []int) error {
	r.t.Helper()
	signer := r.sibling(policy.Signer, policy.RPC)
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, pair := range [][2]int{{fds[1], signer}, {signer, fds[1]}} {
		change := exchange
		if pair[0] == signer {
			change = nil
		}
		done := make(chan struct{})
		go func() { defer close(done); relay(pair[0], pair[1], change) }()
		defer func() { <-done }()
	}
	defer unix.Close(signer)
	defer unix.Close(fds[1])
	defer func() { // ends both relays
		_ = unix.Shutdown(signer, unix.SHUT_RDWR)
		_ = unix.Shutdown(fds[1], unix.SHUT_RDWR)
	}()
	_ = unix.SetNonblock(fds[0], true)
	conn, err := ipc.NewConn(os.NewFile(uintptr(fds[0]), "rpc"), ipc.Options{Name: "rpc", Peer: "signer"})
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the end of the attempt
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	box, err := walletproxy.BootstrapSecretBox(ctx, conn)
	if err != nil {
		return err
	}
	secret, err := ipc.NewSecret(secretText)
	if err != nil {
		r.t.Fatal(err)
	}
	_, err = box.Deposit(ctx, "signmessagewithprivkey", secret)
	if errors.Is(err, context.DeadlineExceeded) {
		r.t.Error("the deposit hung")
	}
	return err
}

// relay copies what comes, and passes other descriptors than it got.
func relay(from, to int, exchange func([]int) []int) {
	b, oob := make([]byte, 64<<10), make([]byte, unix.CmsgSpace(4*253))
	for {
		n, oobn, _, _, err := unix.Recvmsg(from, b, oob, unix.MSG_CMSG_CLOEXEC)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			_ = unix.Shutdown(to, unix.SHUT_WR)
			return
		}
		var honest []int
		if all, err := unix.ParseSocketControlMessage(oob[:oobn]); err == nil {
			for i := range all {
				fds, _ := unix.ParseUnixRights(&all[i])
				honest = append(honest, fds...)
			}
		}
		var rights []byte
		if len(honest) > 0 {
			if sent := exchange(honest); len(sent) > 0 {
				rights = unix.UnixRights(sent...)
			}
		}
		_, err = unix.SendmsgN(to, b[:n], rights, nil, unix.MSG_NOSIGNAL)
		for _, fd := range honest {
			unix.Close(fd)
		}
		if err != nil {
			return
		}
	}
}

// memory is a memory file of the secret's size with these seals.
func memory(t *testing.T, seals int) int {
	t.Helper()
	fd, err := unix.MemfdCreate("secret", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_NOEXEC_SEAL)
	if err == nil {
		err = unix.Ftruncate(fd, int64(len(secretText)))
	}
	if err == nil && seals != 0 {
		_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// TestHostileSecrets: an rpc that has been taken over gives the signer descriptors
// that are no secret, among them memory that it shrinks once it has been
// checked.
func TestHostileSecrets(t *testing.T) {
	r := newRealTree(t)
	honest := func(fds []int) []int { return fds }
	if err := r.deposit(honest); err != nil {
		t.Fatalf("control: an honest deposit: %v", err)
	}
	before := r.victim(policy.Signer)
	before.fds++ // the last connection may not have been replaced
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.Truncate(int64(len(secretText))); err != nil {
		t.Fatal(err)
	}
	pipe := make([]int, 2)
	if err := unix.Pipe2(pipe, unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pipe[0])
	defer unix.Close(pipe[1])
	// What the hostile rpc keeps hold of, it shrinks as soon as it has sent it,
	// and all the time.
	loose, sealed := memory(t, 0), memory(t, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				_ = unix.Ftruncate(loose, 0)
				_ = unix.Ftruncate(loose, int64(len(secretText)))
				_ = unix.Ftruncate(sealed, 0)
			}
		}
	}()
	one := func(fd int) func([]int) []int { return func([]int) []int { return []int{fd} } }
	for name, c := range map[string]struct {
		exchange func([]int) []int
		taken    bool
	}{
		"memory that shrinks":           {one(loose), false},
		"memory sealed against growing": {one(memory(t, unix.F_SEAL_GROW)), false},
		"memory that cannot shrink":     {one(sealed), true},
		"a file":                        {one(int(file.Fd())), false},
		"a pipe":                        {one(pipe[0]), false},
		"none":                          {func([]int) []int { return nil }, false},
		"two":                           {func(fds []int) []int { return []int{fds[0], fds[0]} }, false},
		"253":                           {func([]int) []int { return repeated(253, pipe[1]) }, false},
	} {
		for range 20 {
			if err := r.deposit(c.exchange); (err == nil) != c.taken {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	close(stop)
	<-stopped
	if err := r.deposit(honest); err != nil {
		t.Errorf("an honest deposit afterwards: %v", err)
	}
	r.unharmed(before, 32<<10)
}

func repeated(n, fd int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = fd
	}
	return list
}

// shrinkVar makes this test binary a receiver that checks only the size: its
// value is the descriptor.
const shrinkVar = "DASH_TEST_SHRINK"

// naiveView maps a memory file after a look at its size, says so, and reads it
// when it is told to.
func naiveView() string {
	debug.SetPanicOnFault(false)
	fd, _ := strconv.Atoi(os.Getenv(shrinkVar))
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err.Error()
	}
	m, err := unix.Mmap(fd, 0, int(st.Size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return err.Error()
	}
	os.Stdout.WriteString("mapped\n")
	var b [1]byte
	_, _ = os.Stdin.Read(b[:])
	return "read " + strconv.Itoa(int(m[len(m)-1]))
}

// TestShrunkMemoryKillsTheNaive is the control: memory that is shrunk after the
// look at its size ends a receiver that does not insist on seals.
func TestShrunkMemoryKillsTheNaive(t *testing.T) {
	for _, shrink := range []bool{false, true} {
		fd := memory(t, 0)
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), shrinkVar+"=3")
		dup, err := unix.Dup(fd)
		if err != nil {
			t.Fatal(err)
		}
		f := os.NewFile(uintptr(dup), "memory")
		defer f.Close()
		cmd.ExtraFiles = []*os.File{f}
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 7)); err != nil {
			t.Fatal(err)
		}
		if shrink {
			if err := unix.Ftruncate(fd, 0); err != nil {
				t.Fatal(err)
			}
		}
		in.Close()
		if err := cmd.Wait(); (err != nil) != shrink {
			t.Errorf("shrunk %v: the receiver ended with %v", shrink, err)
		}
	}
}

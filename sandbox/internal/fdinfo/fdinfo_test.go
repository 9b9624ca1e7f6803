package fdinfo

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"dashmp/policy"
)

// zoo is one descriptor of each kind.
type zoo map[string]int

func newZoo(t *testing.T) zoo {
	t.Helper()
	z := make(zoo)
	add := func(name string, fd int, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		z[name] = fd
		t.Cleanup(func() { _ = unix.Close(fd) })
	}
	open := func(path string, flags int) (int, error) { return unix.Open(path, flags|unix.O_CLOEXEC, 0o600) }
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	add2 := func(name string) func(int, error) { return func(fd int, err error) { add(name, fd, err) } }
	add2("file")(open(path, unix.O_RDWR|unix.O_CREAT))
	add2("file r")(open(path, unix.O_RDONLY))
	add2("file w")(open(path, unix.O_WRONLY))
	add2("file path")(open(path, unix.O_PATH))
	add2("dir")(open(dir, unix.O_RDONLY|unix.O_DIRECTORY))
	add2("null")(open("/dev/null", unix.O_RDONLY))
	add2("zero")(open("/dev/zero", unix.O_RDONLY))
	if err := unix.Mkfifo(path+".fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	add2("fifo")(open(path+".fifo", unix.O_RDONLY|unix.O_NONBLOCK))
	var p [2]int
	err := unix.Pipe2(p[:], unix.O_CLOEXEC)
	add("pipe r", p[0], err)
	add("pipe w", p[1], err)
	for name, typ := range map[string]int{"stream": unix.SOCK_STREAM, "seqpacket": unix.SOCK_SEQPACKET, "dgram": unix.SOCK_DGRAM} {
		pair, err := unix.Socketpair(unix.AF_UNIX, typ|unix.SOCK_CLOEXEC, 0)
		add(name, pair[0], err)
		add(name+" peer", pair[1], err)
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	add("stream alone", fd, err)
	fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	add("udp", fd, err)
	z.tcp(t, add)
	fd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	add("epoll", fd, err)
	fd, err = unix.Eventfd(0, unix.EFD_CLOEXEC)
	add("eventfd", fd, err)
	z.memory(t, add)
	return z
}

func (z zoo) tcp(t *testing.T, add func(string, int, error)) {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // the copy lives on
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // the copy lives on
	for name, f := range map[string]interface{ File() (*os.File, error) }{"listener": l, "tcp": c.(*net.TCPConn)} {
		file, err := f.File()
		if err != nil {
			t.Fatal(err)
		}
		fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
		_ = file.Close()
		add(name, fd, err)
	}
}

func (z zoo) memory(t *testing.T, add func(string, int, error)) {
	t.Helper()
	const resize = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW
	for name, m := range map[string]struct{ flags, seals int }{
		"memfd":           {unix.MFD_ALLOW_SEALING, resize},
		"memfd unsealed":  {unix.MFD_ALLOW_SEALING, 0},
		"memfd shrinks":   {unix.MFD_ALLOW_SEALING, unix.F_SEAL_SEAL | unix.F_SEAL_GROW},
		"memfd open seal": {unix.MFD_ALLOW_SEALING, unix.F_SEAL_SHRINK | unix.F_SEAL_GROW},
		"memfd no-exec":   {unix.MFD_ALLOW_SEALING | unix.MFD_NOEXEC_SEAL, resize},
	} {
		fd, err := unix.MemfdCreate("test", m.flags|unix.MFD_CLOEXEC)
		add(name, fd, err)
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, m.seals); err != nil {
			t.Fatal(name, err)
		}
	}
	if fd, err := unix.MemfdSecret(unix.O_CLOEXEC); err == nil {
		add("secretmem", fd, nil)
	} else {
		t.Logf("no secret memory here: %v", err)
	}
}

// TestCheck tries every descriptor against every class: what is not listed as
// fitting must be refused.
func TestCheck(t *testing.T) {
	class := func(kind policy.FDKind, access policy.AccessMode) policy.FDClass {
		return policy.FDClass{Name: "x", Kind: kind, Access: access}
	}
	sealed := func(kind policy.FDKind) policy.FDClass {
		return policy.FDClass{Name: "x", Kind: kind, Access: policy.ReadWrite, Seals: policy.SealResize}
	}
	tests := []struct {
		name  string
		class policy.FDClass
		// loose and strict are what fits under Check and under CheckStrict.
		loose, strict []string
	}{
		{"file rw", class(policy.KindRegular, policy.ReadWrite), []string{"file"}, nil},
		{"file r", class(policy.KindRegular, policy.ReadOnly), []string{"file r"}, nil},
		{"file w", class(policy.KindRegular, policy.WriteOnly), []string{"file w"}, nil},
		{"null", class(policy.KindNull, policy.ReadOnly), []string{"null"}, nil},
		{"pipe r", class(policy.KindPipe, policy.ReadOnly), []string{"pipe r", "fifo"}, []string{"pipe r"}},
		{"pipe w", class(policy.KindPipe, policy.WriteOnly), []string{"pipe w"}, nil},
		{
			"stream", class(policy.KindUnixStream, policy.ReadWrite),
			[]string{"stream", "stream peer", "stream alone"}, []string{"stream", "stream peer"},
		},
		{"seqpacket", class(policy.KindUnixSeqpacket, policy.ReadWrite), []string{"seqpacket", "seqpacket peer"}, nil},
		{"listener", class(policy.KindTCPListener, policy.ReadWrite), []string{"listener"}, []string{}},
		{"tcp", class(policy.KindTCPStream, policy.ReadWrite), []string{"tcp"}, []string{"tcp"}},
		{"epoll", class(policy.KindEpoll, policy.ReadWrite), []string{"epoll", "eventfd"}, []string{"epoll"}},
		{"eventfd", class(policy.KindEventfd, policy.ReadWrite), []string{"epoll", "eventfd"}, []string{"eventfd"}},
		{"memfd", sealed(policy.KindMemfd), []string{"memfd", "memfd no-exec"}, nil},
		{"secret", sealed(policy.KindSecretMem), []string{"memfd no-exec", "secretmem"}, nil},
	}
	z := newZoo(t)
	// net.Listen makes a multipath listener where the kernel can.
	if p, _ := unix.GetsockoptInt(z["listener"], unix.SOL_SOCKET, unix.SO_PROTOCOL); p == unix.IPPROTO_TCP {
		tests[8].strict = []string{"listener"}
	}
	for _, tc := range tests {
		if tc.strict == nil {
			tc.strict = tc.loose
		}
		for name, fd := range z {
			if _, err := Check(tc.class, fd); (err == nil) != slices.Contains(tc.loose, name) {
				t.Errorf("%s as class %s: %v", name, tc.name, err)
			}
			if _, err := CheckStrict(tc.class, fd); (err == nil) != slices.Contains(tc.strict, name) {
				t.Errorf("%s as class %s, strictly: %v", name, tc.name, err)
			}
		}
	}
}

func TestCheckOfWhatIsNotOpen(t *testing.T) {
	for _, fd := range []int{-1, 1 << 20} {
		if _, err := Check(policy.FDClass{Kind: policy.KindRegular}, fd); err == nil {
			t.Errorf("descriptor %d was accepted", fd)
		}
	}
}

func TestASocketThatSendsSignalsIsRefused(t *testing.T) {
	z := newZoo(t)
	if _, err := unix.FcntlInt(uintptr(z["stream"]), unix.F_SETFL, unix.O_ASYNC); err != nil {
		t.Fatal(err)
	}
	_, err := Check(policy.FDClass{Kind: policy.KindUnixStream, Access: policy.ReadWrite}, z["stream"])
	if err == nil || !strings.Contains(err.Error(), "O_ASYNC") {
		t.Errorf("%v", err)
	}
}

func TestOwn(t *testing.T) {
	z := newZoo(t)
	fds, err := Own()
	if err != nil {
		t.Fatal(err)
	}
	for name, fd := range z {
		if !slices.Contains(fds, fd) {
			t.Errorf("%s (%d) is not in %v", name, fd, fds)
		}
	}
	if got := RuntimeName(z["epoll"]); got != "epoll" {
		t.Errorf("a poller is %q", got)
	}
	if got := RuntimeName(z["file"]); got != "" {
		t.Errorf("a file is %q of the runtime", got)
	}
}

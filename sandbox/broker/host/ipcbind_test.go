package host

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestIPCPath(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"unix", "/net/node.sock"},
		{"unix:x.sock", "/net/x.sock"},
		{"unix:/run/x", "/run/x"},
		{"unix:", ""}, {"", ""}, {"127.0.0.1:80", ""}, {"tcp:x", ""},
		{"unix:/" + strings.Repeat("x", 107), ""},
	} {
		got, err := IPCPath(c.in, "/net")
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q: got %q, %v", c.in, got, err)
		}
	}
}

// A file that is not ours, no socket, or listened on is never replaced; a dead
// socket of ours is.
func TestProbeIPC(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(at("file"), []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(at("nowhere"), at("link")); err != nil {
		t.Fatal(err)
	}
	live, err := net.ListenUnix("unix", &net.UnixAddr{Name: at("live"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	for name, want := range map[string]string{
		"file": "no socket", "link": "no socket", "live": "another process listens", "missing/x": "", "new": "",
	} {
		err := ProbeIPC(at(name))
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "hint")) {
			t.Errorf("%s: %v", name, err)
		}
		if want == "" {
			continue
		}
		if _, err := ListenIPC(at(name)); err == nil {
			t.Errorf("%s: was bound", name)
		}
	}
	if b, _ := os.ReadFile(at("file")); string(b) != "precious" {
		t.Error("the foreign file was replaced")
	}
	if c, err := net.Dial("unix", at("live")); err != nil {
		t.Errorf("the live socket was taken over: %v", err)
	} else {
		c.Close()
	}
	if os.Geteuid() == 0 {
		dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: at("theirs"), Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		dead.SetUnlinkOnClose(false)
		dead.Close()
		if err := os.Chown(at("theirs"), 12345, 12345); err != nil {
			t.Fatal(err)
		}
		if err := ProbeIPC(at("theirs")); err == nil || !strings.Contains(err.Error(), "another user") {
			t.Errorf("a dead socket of another user: %v", err)
		}
	}
}

func TestListenIPC(t *testing.T) {
	path := filepath.Join(t.TempDir(), "node.sock")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	l, err := ListenIPC(path) // takes the place of the dead one
	if err != nil {
		t.Fatal(err)
	}
	if st, _ := os.Stat(path); st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", st.Mode())
	}
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	f, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fd := int(f.Fd())
	if fl, _ := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); fl&unix.FD_CLOEXEC == 0 {
		t.Error("not close-on-exec")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("the socket was left behind")
	}
	// One that took its place meanwhile is not removed.
	if l, err = ListenIPC(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Error("a file of someone else was removed")
	}
}

// Another user cannot pass even where the mode of the path would let it.
func TestAcceptChecksThePeer(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to connect as another user")
	}
	dir, err := os.MkdirTemp("", "ipc") // t.TempDir is its owner's only
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for p := filepath.Dir(dir); p != "/"; p = filepath.Dir(p) {
		if st, err := os.Stat(p); err != nil || st.Mode().Perm()&0o001 == 0 {
			t.Skipf("%s cannot be passed by another user", p)
		}
	}
	path := filepath.Join(dir, "node.sock")
	l, err := ListenIPC(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	stranger := asUser(t, 12345, path)
	defer unix.Close(stranger)
	own, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	f, err := l.Accept() // the stranger came first
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cred, err := unix.GetsockoptUcred(int(f.Fd()), unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil || cred.Uid != 0 {
		t.Errorf("accepted user %d, %v", cred.Uid, err)
	}
}

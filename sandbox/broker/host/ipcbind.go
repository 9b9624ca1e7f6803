package host

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// IPCListener is a unix socket of -ipcbind. It is reachable by its owner only,
// and accepts no one else but root.
type IPCListener struct {
	l    *net.UnixListener
	path string
	ino  uint64
}

// IPCPath returns the socket's path that a value of -ipcbind means: "unix" is
// node.sock in the network directory, "unix:PATH" is PATH, relative to that.
func IPCPath(value, netDir string) (string, error) {
	path, ok := strings.CutPrefix(value, "unix:")
	switch {
	case value == "unix":
		path = "node.sock"
	case !ok || path == "":
		return "", Sayf("Unable to bind to IPC address '%s'; hint: unix and unix:PATH are supported", value)
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(netDir, path)
	}
	if len(path) >= len(unix.RawSockaddrUnix{}.Path) {
		return "", Sayf("Unable to bind to IPC address '%s': the path is longer than the kernel takes; hint: use a shorter one", value)
	}
	return path, nil
}

// ProbeIPC fails if a socket could not be bound at path, and changes nothing: a
// file of another kind or owner is never replaced, nor a socket that someone
// listens on. What is left is a socket of ours that nobody listens on.
func ProbeIPC(path string) error {
	var st unix.Stat_t
	err := unix.Lstat(path, &st)
	bad := func(why, hint string) error {
		return Sayf("Unable to bind to IPC address 'unix:%s': %s; hint: %s", path, why, hint)
	}
	switch {
	case errors.Is(err, unix.ENOENT):
		return nil
	case err != nil:
		return bad(err.Error(), "check the permissions of its directory")
	case st.Mode&unix.S_IFMT != unix.S_IFSOCK:
		return bad("a file that is no socket is there", "choose another path")
	case int(st.Uid) != os.Geteuid():
		return bad("a socket of another user is there", "choose another path")
	}
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err == nil {
		c.Close()
		return bad("another process listens there", "stop it, or choose another path")
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return bad(err.Error(), "choose another path")
	}
	return nil
}

// ListenIPC binds path, after ProbeIPC again. A dead socket of ours is
// replaced. The socket has mode 0600 from the beginning: it is bound under the
// umask of the node, which is 077.
func ListenIPC(path string) (*IPCListener, error) {
	if err := ProbeIPC(path); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, Sayf("Unable to bind to IPC address 'unix:%s': %w", path, err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, Sayf("Unable to bind to IPC address 'unix:%s': %w", path, err)
	}
	l.SetUnlinkOnClose(false)
	var st unix.Stat_t
	err = os.Chmod(path, 0o600)
	if err == nil {
		err = unix.Lstat(path, &st)
	}
	if err != nil {
		l.Close()
		return nil, Sayf("Unable to bind to IPC address 'unix:%s': %w", path, err)
	}
	return &IPCListener{l, path, st.Ino}, nil
}

// Path is where the socket is.
func (l *IPCListener) Path() string { return l.path }

// Accept returns the next connection whose peer is this user or root. It reads
// nothing. It fails once the listener is closed.
func (l *IPCListener) Accept() (*os.File, error) {
	for {
		c, err := l.l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		f, err := checked(c)
		if err == nil {
			return f, nil
		}
	}
}

// checked turns a connection of a peer that may connect into a file.
func checked(c *net.UnixConn) (*os.File, error) {
	defer c.Close()
	rc, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd := -1
	var cerr error
	err = rc.Control(func(s uintptr) {
		var cred *unix.Ucred
		if cred, cerr = unix.GetsockoptUcred(int(s), unix.SOL_SOCKET, unix.SO_PEERCRED); cerr != nil {
			return
		}
		if cred.Uid != 0 && int(cred.Uid) != os.Geteuid() {
			cerr = fmt.Errorf("user %d may not connect", cred.Uid)
			return
		}
		// The duplicate shares the non-blocking description.
		fd, cerr = unix.FcntlInt(s, unix.F_DUPFD_CLOEXEC, 3)
	})
	if err == nil {
		err = cerr
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "ipc client"), nil
}

// Close stops listening and removes the socket, if it is still the one that was
// bound.
func (l *IPCListener) Close() error {
	err := l.l.Close()
	var st unix.Stat_t
	if unix.Lstat(l.path, &st) == nil && st.Ino == l.ino {
		_ = os.Remove(l.path)
	}
	return err
}

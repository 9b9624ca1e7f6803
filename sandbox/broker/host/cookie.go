package host

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// CookieUser is the user name in the cookie file.
const CookieUser = "__cookie__"

// Cookie is an RPC cookie file that this process has written.
type Cookie struct{ path string }

// WriteCookie writes a fresh cookie, "__cookie__:" and 64 hexadecimal digits,
// readable by its owner only (rpc/request.cpp, GenerateAuthCookie), and returns
// its content, which the caller wipes.
func WriteCookie(path string) (*Cookie, []byte, error) {
	var pw [32]byte
	if _, err := rand.Read(pw[:]); err != nil {
		return nil, nil, err
	}
	content := hex.AppendEncode([]byte(CookieUser+":"), pw[:])
	clear(pw[:])
	if err := replace(path, content); err != nil {
		clear(content)
		return nil, nil, Sayf("Unable to write the cookie authentication file %s: %w", path, err)
	}
	return &Cookie{path}, content, nil
}

// Path is where the cookie is.
func (c *Cookie) Path() string { return c.path }

// Remove deletes the file; one that is gone already is no error.
func (c *Cookie) Remove() error {
	if err := os.Remove(c.path); err != nil && !os.IsNotExist(err) {
		return Sayf("Unable to remove random auth cookie file: %w", err)
	}
	return nil
}

// WritePID writes the pid file (init.cpp, CreatePidFile).
func WritePID(path string) error {
	if err := os.WriteFile(path, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o600); err != nil {
		return Sayf("Unable to create the PID file '%s': %w", path, err)
	}
	return nil
}

// Replace writes a file beside its final name and renames it there, so that a
// reader sees the old content or the new, and its owner only sees either.
func Replace(path string, content []byte) error { return replace(path, content) }

func replace(path string, content []byte) error {
	tmp := path + ".tmp"
	// Not os.Remove: a directory in its place is somebody's.
	if err := unix.Unlink(tmp); err != nil && !errors.Is(err, unix.ENOENT) {
		return &os.PathError{Op: "unlink", Path: tmp, Err: err}
	}
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		_ = os.Remove(tmp)
	}
	return err
}

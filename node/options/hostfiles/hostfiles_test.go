package hostfiles

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"dashmp/node/options"
)

func TestReader(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, size int) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if data, err := r.ReadFile(write("full", options.MaxFileBytes)); err != nil || len(data) != options.MaxFileBytes {
		t.Errorf("a file of the largest size: %d bytes, %v", len(data), err)
	}
	if _, err := r.ReadFile(write("over", options.MaxFileBytes+1)); err == nil {
		t.Error("a file over the largest size is read")
	}
	if _, err := r.ReadFile(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := r.ReadFile(dir); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory: %v", err)
	}
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadFile(fifo); err == nil {
		t.Error("a FIFO is read")
	}
	if !r.IsDir(dir) || r.IsDir(fifo) || r.IsDir(filepath.Join(dir, "none")) {
		t.Error("IsDir is wrong")
	}
	if wd, _ := os.Getwd(); r.WorkDir() != wd || r.HomeDir() != os.Getenv("HOME") {
		t.Errorf("working directory %q, home %q", r.WorkDir(), r.HomeDir())
	}
}

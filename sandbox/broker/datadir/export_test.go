package datadir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestExports(t *testing.T) {
	root := t.TempDir()
	d, err := Open(Options{Root: root, Net: "regtest"})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	e := d.Exports("")
	defer e.Close()
	h, path, err := e.Create("out.dat")
	if err != nil || path != filepath.Join(root, "regtest", "out.dat") {
		t.Fatal(path, err)
	}
	if _, _, err := e.Create("out.dat"); !errors.Is(err, ErrExport) {
		t.Errorf("a second one of the name: %v", err)
	}
	f, err := e.Take(h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Take(h); !errors.Is(err, ErrNotFound) {
		t.Errorf("taken twice: %v", err)
	}
	if _, err := f.WriteString("x"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := e.Finish(h, true); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "x" {
		t.Errorf("%q, %v", b, err)
	}
	if _, _, err := e.Create("out.dat"); !errors.Is(err, ErrExists) {
		t.Errorf("what exists: %v", err)
	}
	if err := os.Symlink(root, filepath.Join(root, "regtest", "link")); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"../x", "/etc/x", "missing/x", "link/x", "..", ".", ""} {
		if _, _, err := e.Create(bad); err == nil {
			t.Errorf("%q was created", bad)
		}
	}
	var last uint64
	for i := range maxExports + 2 {
		if last, _, err = e.Create(string(rune('a' + i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Finish(last, false); err != nil {
		t.Error(err)
	}
	e.Close()
	left, _ := filepath.Glob(filepath.Join(root, "regtest", "*"+incomplete))
	if len(left) != 0 {
		t.Errorf("left over: %q", left)
	}
	elsewhere := t.TempDir()
	any := d.Exports("/")
	h, _, err = any.Create(filepath.Join(elsewhere, "y"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(elsewhere, "y"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := any.Finish(h, true); !errors.Is(err, ErrExists) {
		t.Errorf("it replaced another file: %v", err)
	}
}

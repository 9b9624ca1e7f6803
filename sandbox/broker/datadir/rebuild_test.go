package datadir

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestRemoveFlatFile: only a regular file of that number goes, and no link is
// followed.
func TestRemoveFlatFile(t *testing.T) {
	d := open(t, Options{Root: t.TempDir(), Net: "regtest"})
	blocks := filepath.Join(d.Path(), "blocks")
	secret := filepath.Join(t.TempDir(), "secret")
	for _, name := range []string{secret, filepath.Join(blocks, "blk00001.dat"), filepath.Join(blocks, "rev00001.dat")} {
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink(secret, filepath.Join(blocks, "blk00002.dat")), os.Mkdir(filepath.Join(blocks, "blk00003.dat"), 0o700)); err != nil {
		t.Fatal(err)
	}
	for n, ok := range map[uint32]bool{1: true, 2: false, 3: false, 4: true, MaxFlatFile + 1: false} {
		if _, err := d.RemoveFlatFile(false, n); (err == nil) != ok {
			t.Errorf("file %d: %v", n, err)
		}
	}
	left, err := os.ReadDir(blocks)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range left {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != "blk00002.dat blk00003.dat index rev00001.dat" {
		t.Errorf("left: %s", got)
	}
	if _, err := os.Stat(secret); err != nil {
		t.Error("a link was followed")
	}
}

// TestCleanBlockFiles: undo files go, and block files behind a gap; whatever else
// is there stays.
func TestCleanBlockFiles(t *testing.T) {
	for name, tt := range map[string]struct{ before, after string }{
		"no gap":        {"blk00000.dat blk00001.dat rev00000.dat", "blk00000.dat blk00001.dat"},
		"gap":           {"blk00000.dat blk00002.dat rev00002.dat", "blk00000.dat"},
		"none at first": {"blk00005.dat blk00006.dat", ""},
		"others":        {"blk00000.dat blk0000x.dat blk000001.dat xyz00000.dat blk00000.txt", "blk00000.dat blk00000.txt blk000001.dat blk0000x.dat xyz00000.dat"},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, Options{Root: t.TempDir(), Net: "regtest"})
			blocks := filepath.Join(d.Path(), "blocks")
			for _, f := range strings.Fields(tt.before) {
				if err := os.WriteFile(filepath.Join(blocks, f), []byte("x"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := d.CleanBlockFiles(); err != nil {
				t.Fatal(err)
			}
			var names []string
			left, err := os.ReadDir(blocks)
			for _, e := range left {
				if e.Name() != "index" {
					names = append(names, e.Name())
				}
			}
			if got := strings.Join(names, " "); err != nil || got != tt.after {
				t.Errorf("left %q, want %q, %v", got, tt.after, err)
			}
		})
	}
}

// TestEmptiedDatabase: a database is emptied only while nobody holds it.
func TestEmptiedDatabase(t *testing.T) {
	d := open(t, Options{Root: t.TempDir(), Net: "regtest"})
	f, err := d.BlockIndex(false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("content"); err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if _, err := d.BlockIndex(true); !errors.Is(err, ErrLocked) {
		t.Errorf("while it is held: %v", err)
	}
	if st, _ := f.Stat(); st.Size() != 7 {
		t.Errorf("it was emptied while it was held")
	}
	f.Close()
	g, err := d.BlockIndex(true)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if st, _ := g.Stat(); st.Size() != 0 {
		t.Errorf("%d bytes are left", st.Size())
	}
}

// TestImport: files for -loadblock are regular ones, and cannot be written.
func TestImport(t *testing.T) {
	dir := t.TempDir()
	fifo, file := filepath.Join(dir, "fifo"), filepath.Join(dir, "file")
	if err := errors.Join(unix.Mkfifo(fifo, 0o600), os.WriteFile(file, []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{fifo, dir, filepath.Join(dir, "none")} {
		if f, err := Import(path); err == nil {
			t.Errorf("%s was opened", f.Name())
			f.Close()
		}
	}
	f, err := Import(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("y"); err == nil {
		t.Error("it can be written")
	}
}

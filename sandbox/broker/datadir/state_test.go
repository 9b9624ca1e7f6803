package datadir

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestState(t *testing.T) {
	root := t.TempDir()
	d := open(t, Options{Root: root})
	if _, err := d.OpenState("peers.dat"); !errors.Is(err, ErrNotFound) {
		t.Errorf("before it is there: %v", err)
	}
	if err := d.CommitState("peers.dat"); !errors.Is(err, ErrNotFound) {
		t.Errorf("committed without being created: %v", err)
	}
	store := func(s string) {
		t.Helper()
		f, err := d.CreateState("peers.dat")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(s); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	load := func() string {
		t.Helper()
		f, err := d.OpenState("peers.dat")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.Write([]byte("x")); err == nil {
			t.Error("what was opened for reading can be written to")
		}
		b, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	store("one")
	if err := d.CommitState("peers.dat"); err != nil {
		t.Fatal(err)
	}
	store("two, not committed")
	if got := load(); got != "one" {
		t.Errorf("%q", got)
	}
	store("2") // nothing of the last attempt is left in it
	if err := d.CommitState("peers.dat"); err != nil {
		t.Fatal(err)
	}
	if got := load(); got != "2" {
		t.Errorf("%q", got)
	}
	if st, err := os.Stat(filepath.Join(root, "peers.dat")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v %v", st.Mode(), err)
	}
	if err := d.RetireState("peers.dat", true); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(root, "peers.dat.bak")); err != nil || string(b) != "2" {
		t.Errorf("%q %v", b, err)
	}
	for range 2 {
		if err := d.RetireState("peers.dat", false); err != nil {
			t.Errorf("one that is not there: %v", err)
		}
	}
}

// A link in the place of a state file is neither read nor written through.
func TestStateFollowsNoLink(t *testing.T) {
	root := t.TempDir()
	d := open(t, Options{Root: root})
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"peers.dat", "peers.dat.new"} {
		if err := os.Symlink(secret, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if f, err := d.OpenState("peers.dat"); err == nil {
		f.Close()
		t.Error("a link was read through")
	}
	f, err := d.CreateState("peers.dat")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.WriteString("overwritten")
	f.Close()
	if err := d.CommitState("peers.dat"); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(secret); err != nil || string(b) != "precious" {
		t.Errorf("%q %v", b, err)
	}
}

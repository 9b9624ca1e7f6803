package datadir

import (
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// tries is how often the race is run; DASH_RACE_TRIES asks for more.
func tries(t *testing.T) int {
	if n, err := strconv.Atoi(os.Getenv("DASH_RACE_TRIES")); err == nil && n > 0 {
		return n
	}
	if testing.Short() {
		return 2000
	}
	return 20000
}

// attack exchanges, as fast as it can, a directory with a link that leads out of
// the tree, and a file with a link to a file outside, until stop is closed.
func attack(t *testing.T, stop <-chan struct{}, wg *sync.WaitGroup, a, b string) {
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			select {
			case <-stop:
				return
			default:
				if err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE); err != nil {
					t.Errorf("rename: %v", err)
					return
				}
			}
		}
	}()
}

// TestOpenersAreRaceFree lets two threads rename and link inside the wallet
// directory while wallets are opened: no opened file may ever lie outside. The
// control opens by path and must be led astray, or the race was none.
func TestOpenersAreRaceFree(t *testing.T) {
	o := Options{Root: t.TempDir(), Net: "regtest"}
	d := open(t, o)
	outside := t.TempDir()
	w := filepath.Join(o.Path(), "wallets")
	for _, dir := range []string{outside, mkdir(t, w, "victim"), mkdir(t, w, "file")} {
		if err := os.WriteFile(filepath.Join(dir, walletFile), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := func(from, to string) {
		if err := os.Symlink(from, to); err != nil {
			t.Fatal(err)
		}
	}
	link(outside, filepath.Join(w, "link"))
	link(filepath.Join(outside, walletFile), filepath.Join(w, "file", "link"))
	var target syscall.Stat_t
	if err := syscall.Stat(filepath.Join(outside, walletFile), &target); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	attack(t, stop, &wg, filepath.Join(w, "victim"), filepath.Join(w, "link"))
	attack(t, stop, &wg, filepath.Join(w, "file", walletFile), filepath.Join(w, "file", "link"))
	defer wg.Wait()
	defer close(stop)

	byPath := func(name string) (*os.File, error) {
		return os.OpenFile(filepath.Join(w, name, walletFile), os.O_RDWR, 0)
	}
	strayed := func(opener func(string) (*os.File, error), name string) bool {
		f, err := opener(name)
		if err != nil {
			return false
		}
		defer f.Close()
		var st syscall.Stat_t
		if err := syscall.Fstat(int(f.Fd()), &st); err != nil {
			t.Fatal(err)
		}
		return st.Ino == target.Ino && st.Dev == target.Dev
	}
	n, opened, astray := tries(t), 0, 0
	for i := range n {
		name := []string{"victim", "file"}[i%2]
		if strayed(d.OpenWallet, name) {
			t.Fatalf("try %d: OpenWallet(%q) opened a file outside", i, name)
		}
		if f, err := d.OpenWallet(name); err == nil {
			opened++
			f.Close()
		}
		if strayed(byPath, name) {
			astray++
		}
	}
	if astray == 0 || opened == 0 {
		t.Fatalf("no race: %d opened, the control was led astray %d times of %d", opened, astray, n)
	}
	t.Logf("%d tries, %d opened, control led astray %d times", n, opened, astray)
}

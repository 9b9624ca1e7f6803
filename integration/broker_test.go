package integration

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// raceTime is how long directories are exchanged under the broker's hands.
const raceTime = time.Second

// swap exchanges two names for ever, as fast as it can.
func swap(a, b string, stop <-chan struct{}) (swaps int) {
	for {
		select {
		case <-stop:
			return swaps
		default:
		}
		if unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE) == nil {
			swaps++
		}
	}
}

// race makes a directory below root whose name is at times a link to outside,
// and another whose name is, and runs open until raceTime has passed.
func race(t *testing.T, root, outside string, open func(name string)) (swaps, tries int) {
	t.Helper()
	for _, name := range []string{"race", "deep"} {
		if err := os.MkdirAll(filepath.Join(root, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(outside, filepath.Join(root, "."+name)); err != nil {
			t.Fatal(err)
		}
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var counts [2]int
	for i, name := range []string{"race", "deep"} {
		wg.Go(func() { counts[i] = swap(filepath.Join(root, name), filepath.Join(root, "."+name), stop) })
	}
	for end := time.Now().Add(raceTime); time.Now().Before(end); tries++ {
		open(fmt.Sprintf("race/w%d", tries))
		open(fmt.Sprintf("deep/a/b/w%d", tries))
	}
	close(stop)
	wg.Wait()
	return counts[0] + counts[1], tries
}

// escaped lists what is outside.
func escaped(t *testing.T, outside string) []string {
	t.Helper()
	entries, err := os.ReadDir(outside)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestBrokerRaces: the wallet role asks for wallets in directories that somebody
// exchanges for links all the time. Nothing is ever made outside, and the role
// gets no descriptor from there.
func TestBrokerRaces(t *testing.T) {
	n := launch(t)
	outside := t.TempDir()
	made, refused := 0, 0
	swaps, tries := race(t, filepath.Join(n.dir, "regtest", "wallets"), outside, func(name string) {
		_, err := n.call(t.Context(), "createwallet", name, true, true)
		var e *rpcError
		switch {
		case err == nil:
			made++
			_, _ = n.call(t.Context(), "unloadwallet", name)
		case errors.As(err, &e):
			refused++
		default:
			t.Errorf("createwallet %s: %v", name, err)
		}
	})
	if got := escaped(t, outside); len(got) > 0 {
		t.Errorf("made outside: %v", got)
	}
	if made == 0 || refused == 0 || swaps < 100 {
		t.Errorf("no race: %d made, %d refused, %d exchanges", made, refused, swaps)
	}
	t.Logf("%d tries during %d exchanges: %d made, %d refused", tries, swaps, made, refused)
	if p := n.role("wallet"); p.Restarts != 0 || !p.Confined {
		t.Errorf("the wallet: %d restarts, confined %v", p.Restarts, p.Confined)
	}
}

// TestRacesEscapeTheNaive is the control: who resolves the same names by path
// makes files outside.
func TestRacesEscapeTheNaive(t *testing.T) {
	root, outside := t.TempDir(), t.TempDir()
	race(t, root, outside, func(name string) {
		path := filepath.Join(root, name)
		// A look first, as a careful program does that knows only paths.
		if real, err := filepath.EvalSymlinks(filepath.Dir(filepath.Dir(path))); err == nil && real == outside {
			return
		}
		if os.MkdirAll(path, 0o700) != nil {
			return
		}
		f, err := os.OpenFile(filepath.Join(path, "wallet"), os.O_CREATE|os.O_EXCL|os.O_WRONLY|syscall.O_NOFOLLOW, 0o600)
		if err == nil {
			f.Close()
		}
	})
	if len(escaped(t, outside)) == 0 {
		t.Error("the race does no harm to a program that uses paths")
	}
}

package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// tree lists everything below root with size and mode.
func tree(t *testing.T, root string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		st, err := e.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, p)
		size := st.Size()
		if e.IsDir() {
			size = 0
		}
		list = append(list, fmt.Sprintf("%s %v %d", rel, st.Mode(), size))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func open(t *testing.T, o Options) *Dir {
	t.Helper()
	if err := Probe(o); err != nil {
		t.Fatal(err)
	}
	d, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func mkdir(t *testing.T, elem ...string) string {
	t.Helper()
	p := filepath.Join(elem...)
	if err := os.MkdirAll(p, 0o700); err != nil {
		t.Fatal(err)
	}
	return p
}

// The layout is Dash Core's and nothing else: create_cache.py of Dash Core's
// functional suite removes every other entry with a file's unlink.
func TestLayout(t *testing.T) {
	root := t.TempDir()
	open(t, Options{Root: root, Net: "regtest"})
	want := []string{
		". drwx------ 0", ".lock -rw------- 0", "blocks drwx------ 0", "blocks/index drwx------ 0",
		"chainstate drwx------ 0", "evodb drwx------ 0", "indexes drwx------ 0", "llmq drwx------ 0", "wallets drwx------ 0",
	}
	if d := cmp.Diff(want, tree(t, filepath.Join(root, "regtest"))); d != "" {
		t.Error(d)
	}
}

func TestMissingWalletsDirectoryIsNotMadeLater(t *testing.T) {
	root := t.TempDir()
	o := Options{Root: root, Net: "regtest"}
	mkdir(t, o.Path(), "blocks")
	d := open(t, o)
	if _, err := os.Stat(filepath.Join(o.Path(), "wallets")); !errors.Is(err, os.ErrNotExist) {
		t.Error("wallets was made in an old directory: Dash Core's wallets beside it would be hidden from it")
	}
	if _, err := d.CreateWallet("chainstate"); !errors.Is(err, ErrName) {
		t.Errorf("a wallet in the chain state: %v", err)
	}
	f, err := d.CreateWallet("w")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if names, err := d.ListWallets(); err != nil || cmp.Diff([]string{"w"}, names) != "" {
		t.Errorf("wallets %q, %v", names, err)
	}
}

func TestMainNetworkIsRootItself(t *testing.T) {
	root := filepath.Join(t.TempDir(), ".dashcore")
	open(t, Options{Root: root, CreateRoot: true})
	for _, name := range []string{".lock", "blocks", "wallets"} {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			t.Error(err)
		}
	}
}

// Whatever makes a start fail is found before anything is created or changed.
func TestProbeChangesNothing(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	for name, c := range map[string]struct {
		prepare func(t *testing.T, o *Options)
		kind    Kind
		text    string
	}{
		"no data directory": {func(_ *testing.T, o *Options) { o.Root = missing }, ErrMissing,
			fmt.Sprintf("Specified data directory %q does not exist.", missing)},
		"no blocks directory": {func(_ *testing.T, o *Options) { o.BlocksDir = missing }, ErrMissing,
			fmt.Sprintf("Specified blocks directory %q does not exist.", missing)},
		"no wallet directory": {func(_ *testing.T, o *Options) { o.WalletDir = missing }, ErrMissing,
			fmt.Sprintf("Specified -walletdir %q does not exist", missing)},
		"network directory is a file": {func(t *testing.T, o *Options) {
			if err := os.WriteFile(o.Path(), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, ErrAccess, "Cannot write to data directory"},
		"Dash Core's chain state": {func(t *testing.T, o *Options) {
			levelDB(t, mkdir(t, o.Path(), "chainstate"))
		}, ErrForeign, "holds a database of Dash Core"},
		"Dash Core's block index": {func(t *testing.T, o *Options) {
			levelDB(t, mkdir(t, o.Path(), "blocks", "index"))
		}, ErrForeign, "holds a database of Dash Core"},
		"in use by Dash Core": {func(t *testing.T, o *Options) {
			posixLock(t, filepath.Join(mkdir(t, o.Path()), ".lock"))
		}, ErrLocked, "Cannot obtain a lock on data directory"},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{Root: t.TempDir(), Net: "regtest"}
			root := o.Root
			c.prepare(t, &o)
			before := tree(t, root)
			err := Probe(o)
			if !errors.Is(err, c.kind) || !strings.HasPrefix(err.Error(), c.text) && !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %v, want %s: %s", err, c.kind, c.text)
			}
			var e *Error
			if !errors.As(err, &e) || (c.kind == ErrForeign && e.Hint == "") || strings.ContainsAny(e.Text+e.Hint, "\n") {
				t.Errorf("no hint, or not one line: %q", err)
			}
			if _, err := os.Lstat(missing); err == nil {
				t.Error("the missing directory was made")
			}
			if d := cmp.Diff(before, tree(t, root)); d != "" {
				t.Error(d)
			}
		})
	}
}

func levelDB(t *testing.T, dir string) {
	t.Helper()
	for name, text := range map[string]string{"CURRENT": "MANIFEST-000002\n", "MANIFEST-000002": "x", "LOCK": "", "000003.log": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// posixLock locks a file as Dash Core does (fsbridge::FileLock::TryLock).
func posixLock(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := unix.FcntlFlock(f.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK}); err != nil {
		t.Fatal(err)
	}
}

func TestLockExcludesDashCoreAndOurselves(t *testing.T) {
	o := Options{Root: t.TempDir(), Net: "regtest"}
	d := open(t, o)
	want := "Cannot obtain a lock on data directory " + o.Path() + ". Dash Core is probably already running."
	if err := Probe(o); !errors.Is(err, ErrLocked) || err.Error() != want {
		t.Errorf("probe: %v", err)
	}
	if _, err := Open(o); !errors.Is(err, ErrLocked) || err.Error() != want {
		t.Errorf("open: %v", err)
	}
	f, err := os.OpenFile(filepath.Join(o.Path(), ".lock"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	core := func() error { return unix.FcntlFlock(f.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK}) }
	if err := core(); err == nil {
		t.Error("Dash Core would have got the lock")
	}
	// Closing some other description of the file must not give the lock away.
	f.Close()
	if err := Probe(o); !errors.Is(err, ErrLocked) {
		t.Errorf("the lock was lost by closing another descriptor: %v", err)
	}
	d.Close()
	if err := Probe(o); err != nil {
		t.Errorf("after Close: %v", err)
	}
}

// The operator's links at the level of the layout are followed, none below.
func TestLinks(t *testing.T) {
	o, elsewhere := Options{Root: t.TempDir(), Net: "regtest"}, t.TempDir()
	mkdir(t, o.Path())
	for _, name := range []string{"blocks", "chainstate", "wallets"} {
		if err := os.Symlink(mkdir(t, elsewhere, name), filepath.Join(o.Path(), name)); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t, o)
	f, err := d.FlatFile(false, 0, true)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := os.Stat(filepath.Join(elsewhere, "blocks", "blk00000.dat")); err != nil {
		t.Error("the operator's link was not followed")
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, l := range [][2]string{
		{secret, "blocks/rev00000.dat"}, {secret, "chainstate/chainstate.bolt"},
		{filepath.Dir(secret), "wallets/evil"}, {"../blocks", "wallets/sideways"},
	} {
		if err := os.Symlink(l[0], filepath.Join(elsewhere, l[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(secret), walletFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func() (*os.File, error){
		"undo file":     func() (*os.File, error) { return d.FlatFile(true, 0, true) },
		"database":      func() (*os.File, error) { return d.Chainstate(true) },
		"open wallet":   func() (*os.File, error) { return d.OpenWallet("evil") },
		"create wallet": func() (*os.File, error) { return d.CreateWallet("sideways/x") },
		"key store":     func() (*os.File, error) { return d.CreateKeyStore("evil") },
	} {
		if f, err := try(); err == nil {
			t.Errorf("%s: the link was followed to %s", name, f.Name())
			f.Close()
		}
	}
	if names, _ := d.ListWallets(); len(names) != 0 {
		t.Errorf("ListWallets followed a link: %q", names)
	}
}

// What is no regular file is refused and does not hold up the opener.
func TestOnlyRegularFiles(t *testing.T) {
	o := Options{Root: t.TempDir(), Net: "regtest"}
	d := open(t, o)
	if err := unix.Mkfifo(filepath.Join(o.Path(), "blocks", "blk00000.dat"), 0o600); err != nil {
		t.Fatal(err)
	}
	mkdir(t, o.Path(), "blocks", "rev00000.dat")
	for _, undo := range []bool{false, true} {
		if f, err := d.FlatFile(undo, 0, true); err == nil {
			t.Errorf("undo %v: opened %s", undo, f.Name())
			f.Close()
		}
	}
}

func TestFlatFile(t *testing.T) {
	d := open(t, Options{Root: t.TempDir(), Net: "regtest"})
	if _, err := d.FlatFile(false, 0, false); !errors.Is(err, ErrNotFound) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := d.FlatFile(false, MaxFlatFile+1, true); !errors.Is(err, ErrName) {
		t.Errorf("six digits: %v", err)
	}
	f, err := d.FlatFile(true, MaxFlatFile, true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if filepath.Base(f.Name()) != "rev99999.dat" {
		t.Error(f.Name())
	}
}

// A wallet that another node has loaded is refused in Dash Core's words.
func TestWalletInUse(t *testing.T) {
	d := open(t, Options{Root: t.TempDir(), Net: "regtest"})
	f, err := d.CreateWallet("w")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	if _, err := d.OpenWallet("w"); !errors.Is(err, ErrLocked) || err.Error() != walletInUse {
		t.Errorf("got %v", err)
	}
}

// A database is not handed out while another description holds its lock, and
// is as soon as that has gone.
func TestDatabaseIsNotSharedByTwoWriters(t *testing.T) {
	d := open(t, Options{Root: t.TempDir(), Net: "regtest"})
	f, err := d.Chainstate(false)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Chainstate(false); !errors.Is(err, ErrLocked) {
		t.Errorf("second writer: %v", err)
	}
	f.Close()
	g, err := d.Chainstate(false)
	if err != nil {
		t.Fatal(err)
	}
	g.Close()
}

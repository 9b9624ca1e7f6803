package datadir

import (
	"errors"
	"os"
	"path/filepath"
)

// Options say where the data directory is. All paths are absolute.
type Options struct {
	// Root is -datadir or its default.
	Root string
	// CreateRoot allows Root itself to be made: it is the default one.
	CreateRoot bool
	// Net is the network's directory below Root: "regtest", "" for main.
	Net string
	// BlocksDir is -blocksdir, "" if it is Root.
	BlocksDir string
	// WalletDir is -walletdir, "" for the default.
	WalletDir string
}

// Path returns the network directory's path.
func (o Options) Path() string { return filepath.Join(o.Root, o.Net) }

// Probe looks for everything that would make Open fail, as far as that can be
// seen without creating or changing anything.
func Probe(o Options) error {
	if !isDir(o.Root) && !o.CreateRoot {
		return errorf(ErrMissing, nil, "Specified data directory \"%s\" does not exist.", o.Root)
	}
	if o.BlocksDir != "" && !isDir(o.BlocksDir) {
		return errorf(ErrMissing, nil, "Specified blocks directory \"%s\" does not exist.", o.BlocksDir)
	}
	if o.WalletDir != "" && !isDir(o.WalletDir) {
		return errorf(ErrMissing, nil, "Specified -walletdir \"%s\" does not exist", o.WalletDir)
	}
	for _, p := range []string{o.Path(), o.Root} {
		if _, err := os.Lstat(p); err == nil {
			if !isDir(p) {
				return errNotWritable(p, nil)
			}
			if err := probeLock(o.Path()); p == o.Path() && err != nil {
				return err
			}
			return probeForeign(o)
		}
	}
	return nil
}

func isDir(p string) bool {
	st, err := os.Stat(p)
	return err == nil && st.IsDir()
}

// Dir is an open and locked data directory.
type Dir struct {
	o    Options
	lock *os.File

	net, blocks, index, chainstate, indexes, wallets *os.File
	// flat is set if there is no directory wallets: wallets then lie in the
	// network directory itself, as in Dash Core, beside what is not a wallet.
	flat bool
}

// Open makes what is missing of the directory, locks it and opens its parts.
// The caller should have called Probe before.
func Open(o Options) (*Dir, error) {
	d := &Dir{o: o}
	if err := d.open(); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *Dir) open() error {
	fresh := !isDir(d.o.Path())
	if d.o.CreateRoot && !isDir(d.o.Root) {
		if err := os.MkdirAll(d.o.Root, 0o700); err != nil {
			return errNotWritable(d.o.Root, err)
		}
	}
	if fresh && d.o.Net != "" {
		if err := os.Mkdir(d.o.Path(), 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return errNotWritable(d.o.Root, err)
		}
	}
	var err error
	if d.net, err = openDir(nil, d.o.Path()); err != nil {
		return errNotWritable(d.o.Path(), err)
	}
	if d.lock, err = lock(d.net); err != nil {
		return err
	}
	if err := probeForeign(d.o); err != nil { // again, now that we hold the lock
		return err
	}
	return d.openParts(fresh)
}

// openParts opens the directories of the layout, and makes those which are
// missing. Dash Core makes "wallets" in new network directories only and takes
// its absence to mean that wallets lie in the network directory (EnsureDataDir,
// GetWalletDir); making it later would hide those from Dash Core.
func (d *Dir) openParts(fresh bool) error {
	var err error
	if fresh || (d.o.Net == "" && d.isNew()) {
		if err := mkdirat(d.net, "wallets"); err != nil {
			return errNotWritable(d.net.Name(), err)
		}
	}
	for _, name := range []string{"chainstate", "indexes", "evodb", "llmq"} {
		f, err := d.part(d.net, name)
		if err != nil {
			return err
		}
		switch name {
		case "chainstate":
			d.chainstate = f
		case "indexes":
			d.indexes = f
		default:
			f.Close()
		}
	}
	if d.blocks, err = d.openBlocks(); err != nil {
		return err
	}
	if d.index, err = d.openIndex(); err != nil {
		return err
	}
	return d.openWallets()
}

// isNew reports whether the directory of the main network, which is Root
// itself, has never been used.
func (d *Dir) isNew() bool {
	return !existsBeneath(d.net, "blocks") && !existsBeneath(d.net, "wallet.dat")
}

// part opens one directory of the layout, making it if it is missing.
func (d *Dir) part(at *os.File, name string) (*os.File, error) {
	f, err := openDir(at, name)
	if errors.Is(err, os.ErrNotExist) {
		if err = mkdirat(at, name); err == nil {
			f, err = openDir(at, name)
		}
	}
	if err != nil {
		return nil, errNotWritable(filepath.Join(at.Name(), name), err)
	}
	return f, nil
}

// openBlocks opens where the flat files are: BLOCKSDIR/NET/blocks.
func (d *Dir) openBlocks() (*os.File, error) {
	if d.o.BlocksDir == "" {
		return d.part(d.net, "blocks")
	}
	p := filepath.Join(d.o.BlocksDir, d.o.Net, "blocks")
	if err := os.MkdirAll(p, 0o700); err != nil {
		return nil, errNotWritable(p, err)
	}
	f, err := openDir(nil, p)
	if err != nil {
		return nil, errNotWritable(p, err)
	}
	return f, nil
}

// openIndex opens the block index, which stays in the data directory even when
// the block files are elsewhere.
func (d *Dir) openIndex() (*os.File, error) {
	b, err := d.part(d.net, "blocks")
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return d.part(b, "index")
}

func (d *Dir) openWallets() error {
	var err error
	switch {
	case d.o.WalletDir != "":
		d.wallets, err = openDir(nil, d.o.WalletDir)
	default:
		d.wallets, err = openDir(d.net, "wallets")
		if errors.Is(err, os.ErrNotExist) {
			d.flat = true
			d.wallets, err = openDir(d.net, ".")
		}
	}
	if err != nil {
		return errNotWritable(filepath.Join(d.o.Path(), "wallets"), err)
	}
	return nil
}

// Path returns the network directory's path.
func (d *Dir) Path() string { return d.o.Path() }

// WalletPath returns the wallet directory's path.
func (d *Dir) WalletPath() string { return d.wallets.Name() }

// Close gives the lock back and closes all directories; files that were opened
// through them stay open.
func (d *Dir) Close() {
	for _, f := range []*os.File{d.blocks, d.index, d.chainstate, d.indexes, d.wallets, d.net, d.lock} {
		if f != nil {
			f.Close()
		}
	}
}

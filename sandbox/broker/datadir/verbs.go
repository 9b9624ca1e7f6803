package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// MaxFlatFile is the highest number of a block or undo file: the names have
// five digits.
const MaxFlatFile = 99999

// FlatFile opens blk?????.dat, or rev?????.dat if undo is set, and creates it
// if create is set and it is missing.
func (d *Dir) FlatFile(undo bool, n uint32, create bool) (*os.File, error) {
	if n > MaxFlatFile {
		return nil, errorf(ErrName, nil, "block file number %d is above %d", n, MaxFlatFile)
	}
	prefix := "blk"
	if undo {
		prefix = "rev"
	}
	flags := 0
	if create {
		flags = unix.O_CREAT
	}
	f, err := openRegular(d.blocks, fmt.Sprintf("%s%05d.dat", prefix, n), flags)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errorf(ErrNotFound, err, "%s%05d.dat does not exist", prefix, n)
	}
	return f, access(err)
}

// RemoveFlatFile removes blk?????.dat, or rev?????.dat if undo is set, and
// returns its path. One that is missing is no error; what is not a regular file
// stays.
func (d *Dir) RemoveFlatFile(undo bool, n uint32) (string, error) {
	f, err := d.FlatFile(undo, n, false)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	return f.Name(), access(unlinkat(d.blocks, filepath.Base(f.Name())))
}

// CleanBlockFiles removes what -reindex cannot use of a pruned block directory:
// all undo files, and the block files beyond the first gap (CleanupBlockRevFiles).
func (d *Dir) CleanBlockFiles() error {
	list, err := openBeneath(d.blocks, ".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return access(err)
	}
	defer list.Close()
	names, err := list.Readdirnames(-1)
	if err != nil {
		return access(err)
	}
	slices.Sort(names)
	next := uint32(0)
	var errs []error
	for _, name := range names {
		undo, n, ok := flatFileNumber(name)
		switch {
		case !ok:
		case !undo && n == next:
			next++
		default:
			_, err := d.RemoveFlatFile(undo, n)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// flatFileNumber takes the name of a block or undo file apart.
func flatFileNumber(name string) (undo bool, n uint32, ok bool) {
	if len(name) != len("blk00000.dat") || name[8:] != ".dat" {
		return false, 0, false
	}
	for _, digit := range []byte(name[3:8]) {
		if digit < '0' || digit > '9' {
			return false, 0, false
		}
		n = 10*n + uint32(digit-'0')
	}
	return name[:3] == "rev", n, name[:3] == "rev" || name[:3] == "blk"
}

// Import opens a file that the operator named for -loadblock.
func Import(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		f.Close()
		return nil, errors.Join(err, errorf(ErrAccess, err, "%s is no regular file", path))
	}
	return f, nil
}

// Chainstate opens the database of unspent outputs, creating it if needed, and
// emptying it if empty is set.
func (d *Dir) Chainstate(empty bool) (*os.File, error) {
	return d.database(d.chainstate, "chainstate.bolt", empty)
}

// BlockIndex opens the database of block headers, creating it if needed, and
// emptying it if empty is set.
func (d *Dir) BlockIndex(empty bool) (*os.File, error) {
	return d.database(d.index, "blockindex.bolt", empty)
}

// database opens a database of the node. The caller gets a file description of
// its own, and only while nobody else holds the database's lock.
func (d *Dir) database(dir *os.File, name string, empty bool) (*os.File, error) {
	f, err := openRegular(dir, name, unix.O_CREAT)
	if err != nil {
		return nil, access(err)
	}
	if f, err = free(f); err != nil || !empty {
		return f, err
	}
	if err := f.Truncate(0); err != nil {
		f.Close()
		return nil, access(err)
	}
	return f, nil
}

// free passes on a database that nobody holds.
func free(f *os.File) (*os.File, error) {
	if err := checkFree(f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// CreateWallet makes the database of a new wallet.
func (d *Dir) CreateWallet(name string) (*os.File, error) { return d.create(name, walletFile) }

// OpenWallet opens the database of an existing wallet.
func (d *Dir) OpenWallet(name string) (*os.File, error) { return d.openIn(name, walletFile) }

// CreateKeyStore makes the key store of a wallet.
func (d *Dir) CreateKeyStore(name string) (*os.File, error) { return d.create(name, keyStoreFile) }

// OpenKeyStore opens the key store of a wallet.
func (d *Dir) OpenKeyStore(name string) (*os.File, error) { return d.openIn(name, keyStoreFile) }

// StoreKey opens the file of a key store's key, creating it if needed. There is
// a key store already.
func (d *Dir) StoreKey(name string) (*os.File, error) {
	dir, err := d.walletDir(name)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	if !existsBeneath(dir, keyStoreFile) {
		return nil, errorf(ErrNotFound, nil, "Wallet %q has no key store.", name)
	}
	f, err := openRegular(dir, storeKeyFile, unix.O_CREAT)
	return f, access(err)
}

// WalletExists is the error of opening a wallet that is not there.
func (d *Dir) WalletExists(name string) error {
	dir, err := d.walletDir(name)
	if err != nil {
		return err
	}
	defer dir.Close()
	if !existsBeneath(dir, walletFile) {
		return errorf(ErrNotFound, nil, "Wallet %q does not exist.", name)
	}
	return nil
}

func (d *Dir) create(name, file string) (*os.File, error) {
	parts, err := d.walletName(name)
	if err != nil {
		return nil, err
	}
	dir, err := mkdirBeneath(d.wallets, parts)
	if err != nil {
		return nil, d.badPath(name, err)
	}
	defer dir.Close()
	exists := errorf(ErrExists, nil, "Failed to create database path '%s'. Database already exists.", dir.Name())
	if existsBeneath(dir, "wallet.dat") {
		return nil, exists.hint("a wallet of %s is there", packageName)
	}
	f, err := openRegular(dir, file, unix.O_CREAT|unix.O_EXCL)
	if errors.Is(err, os.ErrExist) {
		return nil, exists.hint("choose another name, or load the wallet")
	}
	return f, access(err)
}

// walletDir opens the directory of a wallet.
func (d *Dir) walletDir(name string) (*os.File, error) {
	parts, err := d.walletName(name)
	if err != nil {
		return nil, err
	}
	dir, err := openBeneath(d.wallets, strings.Join(append([]string{"."}, parts...), "/"), unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errorf(ErrNotFound, err, "Failed to load database path '%s'. Path does not exist.", d.wallets.Name()+"/"+name)
	}
	if err != nil {
		return nil, d.badPath(name, err)
	}
	return dir, nil
}

func (d *Dir) openIn(name, file string) (*os.File, error) {
	dir, err := d.walletDir(name)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	f, err := openRegular(dir, file, 0)
	if errors.Is(err, os.ErrNotExist) {
		e := errorf(ErrNotFound, err, "Failed to load database path '%s'. Data is not in recognized format.", dir.Name())
		if existsBeneath(dir, "wallet.dat") {
			return nil, e.hint("a wallet of %s is there, which this program does not read", packageName)
		}
		return nil, e
	}
	if err != nil {
		return nil, access(err)
	}
	if f, err = free(f); errors.Is(err, ErrLocked) {
		return nil, errorf(ErrLocked, err, "%s", walletInUse)
	}
	return f, err
}

// walletInUse is what operators look for of Dash Core's, which keeps wallets in
// SQLite (src/wallet/sqlite.cpp); only the first word is not true of ours.
const walletInUse = "SQLiteDatabase: Unable to obtain an exclusive lock on the database, is it being used by another instance of " + packageName + "?"

func (d *Dir) walletName(name string) ([]string, error) {
	parts, err := splitName(name)
	if err == nil && d.flat && len(parts) > 0 && reserved(parts[0]) {
		err = errorf(ErrName, nil, "Invalid wallet name %q: %s is a directory of the node.", name, parts[0])
	}
	return parts, err
}

// badPath is what Dash Core says of a wallet path that is no directory.
func (d *Dir) badPath(name string, err error) error {
	return errorf(ErrName, err, "Invalid -wallet path '%s'. -wallet path should point to a directory where %s can be stored, or a location where such a directory could be created (%q)",
		name, walletFile, d.wallets.Name()).hint("links below the wallet directory are not followed")
}

// maxWallets bounds what ListWallets returns; maxScan bounds what it reads.
const (
	maxWallets = 10000
	maxScan    = 200000
)

// ListWallets returns the names of all wallets, sorted. Like Dash Core it looks
// into sub-directories (ListDatabases); unlike it, not through links.
func (d *Dir) ListWallets() ([]string, error) {
	s := scan{left: maxScan}
	root, err := openBeneath(d.wallets, ".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, access(err)
	}
	defer root.Close()
	if err := s.dir(root, "", 0, d.flat); err != nil {
		return nil, access(err)
	}
	slices.Sort(s.names)
	return s.names, nil
}

type scan struct {
	names []string
	left  int // entries that may still be read
}

func (s *scan) dir(dir *os.File, name string, depth int, skipReserved bool) error {
	for {
		entries, err := dir.ReadDir(256)
		for _, e := range entries {
			if s.left--; s.left < 0 || len(s.names) >= maxWallets {
				return nil
			}
			switch {
			case e.Name() == walletFile && e.Type().IsRegular():
				s.names = append(s.names, name)
			case e.IsDir() && depth < maxDepth && !(skipReserved && reserved(e.Name())):
				s.sub(dir, name, e.Name(), depth)
			}
		}
		if err != nil || len(entries) == 0 {
			return nil // the end, or what could not be read
		}
	}
}

// sub looks into one sub-directory; one that cannot be opened is passed over,
// as in Dash Core.
func (s *scan) sub(dir *os.File, name, entry string, depth int) {
	f, err := openBeneath(dir, entry, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if name != "" {
		entry = name + "/" + entry
	}
	_ = s.dir(f, entry, depth+1, false)
}

// access wraps an error of the operating system, nil for nil.
func access(err error) error {
	var own *Error
	if err == nil || errors.As(err, &own) {
		return err
	}
	return errorf(ErrAccess, err, "%v", err)
}

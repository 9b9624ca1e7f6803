package blockfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Kind says which of the two sequences of files is meant.
type Kind uint8

const (
	// Blocks is blk?????.dat.
	Blocks Kind = iota
	// Undo is rev?????.dat.
	Undo
)

// File is one open flat file.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Size is the length in bytes.
	Size() (int64, error)
	// Truncate sets the length; what is added reads as zeros.
	Truncate(size int64) error
	// Sync returns when what was written is on disk.
	Sync() error
}

// Opener opens file n of a kind for reading and writing, and creates it if it
// is missing.
type Opener func(ctx context.Context, kind Kind, n uint32) (File, error)

// maxOpen is how many files are kept open; the role's policy allows 64.
const maxOpen = 32

type handleKey struct {
	kind Kind
	n    uint32
}

type handle struct {
	file File
	// users counts calls in progress; only a handle without any is closed.
	users int
	// dirty: written since the last Sync.
	dirty bool
	// gone: forgotten; the last user closes it.
	gone bool
	// stamp orders by last use.
	stamp uint64
}

// handles keeps files open between calls.
type handles struct {
	open Opener

	mu     sync.Mutex // guards what follows, and every handle's fields
	all    map[handleKey]*handle
	clock  uint64
	closed bool
}

// use calls f with a file. write marks it for the next sync. A file that somebody
// has deleted or renamed is opened anew, once: it may be back.
func (h *handles) use(ctx context.Context, k handleKey, write bool, f func(File) error) error {
	err := h.try(ctx, k, write, f)
	if errors.Is(err, ErrDeleted) {
		h.forget(k)
		err = h.try(ctx, k, write, f)
	}
	return err
}

func (h *handles) try(ctx context.Context, k handleKey, write bool, f func(File) error) error {
	e, err := h.acquire(ctx, k, write)
	if err != nil {
		return err
	}
	defer h.release(e)
	return f(e.file)
}

func (h *handles) release(e *handle) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e.users--; e.gone && e.users == 0 {
		e.file.Close()
	}
}

// forget closes a file, at the latest when its last user is done.
func (h *handles) forget(k handleKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.all[k]
	if e == nil {
		return
	}
	delete(h.all, k)
	if e.dirty {
		_ = e.file.Sync() // if it was only renamed
	}
	if e.gone = true; e.users == 0 {
		e.file.Close()
	}
}

func (h *handles) acquire(ctx context.Context, k handleKey, write bool) (*handle, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, ErrClosed
	}
	e := h.all[k]
	if e == nil {
		if err := h.evict(); err != nil {
			return nil, err
		}
		f, err := h.open(ctx, k.kind, k.n)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", k, err)
		}
		e = &handle{file: f}
		h.all[k] = e
	}
	h.clock++
	e.stamp = h.clock
	e.users++
	e.dirty = e.dirty || write
	return e, nil
}

// evict closes the least recently used file if there are too many. One that
// was written is synced first, since sync would not find it any more.
func (h *handles) evict() error {
	if len(h.all) < maxOpen {
		return nil
	}
	var victim handleKey
	var oldest *handle
	for k, e := range h.all {
		if e.users == 0 && (oldest == nil || e.stamp < oldest.stamp) {
			victim, oldest = k, e
		}
	}
	if oldest == nil {
		return nil // all in use; the policy leaves room for it
	}
	if oldest.dirty {
		if err := oldest.file.Sync(); err != nil {
			return fmt.Errorf("sync %s: %w", victim, err)
		}
	}
	delete(h.all, victim)
	return oldest.file.Close()
}

// sync waits until all that was written is on disk.
func (h *handles) sync() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for k, e := range h.all {
		if !e.dirty {
			continue
		}
		if err := e.file.Sync(); err != nil {
			return fmt.Errorf("sync %s: %w", k, err)
		}
		e.dirty = false
	}
	return nil
}

func (h *handles) close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var errs []error
	for _, e := range h.all {
		errs = append(errs, e.file.Close())
	}
	h.all, h.closed = nil, true
	return errors.Join(errs...)
}

// String is the file's name.
func (k handleKey) String() string {
	if k.kind == Undo {
		return fmt.Sprintf("rev%05d.dat", k.n)
	}
	return fmt.Sprintf("blk%05d.dat", k.n)
}

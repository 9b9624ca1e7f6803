package signer

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"time"

	"dashmp/ipc"
	"dashmp/wallet/signer/internal/lockbox"
)

// deposited is a secret that waits for its use.
type deposited struct {
	region *lockbox.Region
	// method is the RPC for which alone it may be used.
	method string
}

// newHandle is a number that cannot be guessed, since the wallet process names
// handles too and must not find another's.
func newHandle() uint64 {
	var b [8]byte
	for {
		_, _ = rand.Read(b[:]) // it never fails
		if n := binary.LittleEndian.Uint64(b[:]); n != 0 {
			return n
		}
	}
}

// findBox returns the Box that has a secret for a method.
func (s *Signer) findBox(method string, handle uint64) (*Box, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for b := range s.boxes {
		if b.has(method, handle) {
			return b, nil
		}
	}
	return nil, ipc.Errorf(ErrHandle, "no secret has this handle")
}

// takeDeposited hands over a deposited secret. The handle is used up.
func (s *Signer) takeDeposited(method string, handle uint64) (*lockbox.Region, error) {
	b, err := s.findBox(method, handle)
	if err != nil {
		return nil, err
	}
	return b.take(method, handle)
}

// peek runs use with a deposited secret, whose handle stays good.
func (s *Signer) peek(method string, handle uint64, use func(b []byte) error) error {
	box, err := s.findBox(method, handle)
	if err != nil {
		return err
	}
	return box.peek(method, handle, use)
}

// Limits of what waits to be taken by the rpc role.
const (
	maxExports = 4096
	exportTime = time.Minute
)

// export keeps a secret until Take, for a minute.
func (s *Signer) export(r *lockbox.Region) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.exports) >= maxExports {
		r.Close()
		return 0, ipc.Errorf(ErrBox, "no more than %d results wait to be taken", maxExports)
	}
	h := newHandle()
	s.exports[h] = r
	time.AfterFunc(exportTime, func() {
		if r := s.takeExport(h); r != nil {
			r.Close()
		}
	})
	return h, nil
}

func (s *Signer) takeExport(handle uint64) *lockbox.Region {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.exports[handle]
	delete(s.exports, handle)
	return r
}

// Take hands out what was exported under a handle, once.
func (b *Box) Take(_ context.Context, handle uint64) (ipc.Secret, error) {
	r := b.s.takeExport(handle)
	if r == nil {
		return ipc.Secret{}, ipc.Errorf(ErrHandle, "nothing was exported under this handle")
	}
	defer r.Close()
	return ipc.NewSecret(r.Bytes())
}

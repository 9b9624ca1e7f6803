package signer

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"dashmp/ipc"
	"dashmp/node/params"
	"dashmp/wallet"
	"dashmp/wallet/signer/internal/lockbox"
)

// Options are what a Signer works with.
type Options struct {
	// WIFPrefix is the network's version byte of private keys in wallet import
	// format.
	WIFPrefix byte
	// Log receives what goes to debug.log.
	Log *slog.Logger
}

// Signer implements wallet.Signer and makes Boxes.
type Signer struct {
	o Options
	// base58 are the version bytes of the network that has WIFPrefix.
	base58 params.Base58
	// reserve is a page that is never used: holding it shows at the start, and
	// from then on, that memory can be locked.
	reserve *lockbox.Region

	mu     sync.Mutex // guards boxes and closed
	boxes  map[*Box]struct{}
	closed bool
}

var _ wallet.Signer = (*Signer)(nil)

// New returns a Signer. It fails where secrets cannot be kept: that is decided
// at the start and not at the first secret.
func New(o Options) (*Signer, error) {
	reserve, err := lockbox.New(1)
	if err != nil {
		return nil, fmt.Errorf("the signer has no memory for secrets: %w; raise the limit on locked memory (ulimit -l) to 8 MiB", err)
	}
	b58, err := base58(o.WIFPrefix)
	if err != nil {
		reserve.Close()
		return nil, err
	}
	s := &Signer{o: o, base58: b58, reserve: reserve, boxes: map[*Box]struct{}{}}
	if !erases {
		o.Log.Warn("this build does not erase what signing leaves in memory; build it with GOEXPERIMENT=runtimesecret")
	}
	return s, nil
}

// Status tells how keys are held.
func (s *Signer) Status(context.Context) (wallet.SignerStatus, error) {
	return wallet.SignerStatus{SecretMemory: s.reserve.Kind()}, nil
}

// Erases reports whether signing leaves no copies of a key in memory.
func (s *Signer) Erases() bool { return erases }

// Close wipes all Boxes.
func (s *Signer) Close() {
	s.mu.Lock()
	boxes := s.boxes
	s.boxes, s.closed = nil, true
	s.reserve.Close()
	s.mu.Unlock()
	for b := range boxes {
		b.wipe()
	}
}

// Kinds of errors of a Box.
const (
	// ErrHandle: there is no secret under that handle.
	ErrHandle = ipc.Kind("signer.handle")
	// ErrBox: the Box is full or closed, or the secret too large for it.
	ErrBox = ipc.Kind("signer.box")
)

// WIFPrefix is the version byte of private keys in wallet import format on a
// chain (main, test, devnet or regtest).
func WIFPrefix(chain string) byte {
	if chain == params.Main {
		return 204
	}
	return 239
}

// base58 are the version bytes of the network with a prefix of private keys. All
// test networks have the same.
func base58(prefix byte) (params.Base58, error) {
	network := params.Regtest
	if prefix == WIFPrefix(params.Main) {
		network = params.Main
	}
	p, err := params.Select(network, params.Options{})
	if err != nil {
		return params.Base58{}, err
	}
	return p.Base58, nil
}

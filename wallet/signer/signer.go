package signer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"dashmp/ipc"
	"dashmp/node/params"
	"dashmp/sandbox/broker"
	"dashmp/wallet"
	"dashmp/wallet/signer/internal/keystore"
	"dashmp/wallet/signer/internal/lockbox"
	"dashmp/wallet/signer/internal/secretly"
)

// Cost is what a guess at a passphrase costs.
type Cost = keystore.Cost

// Options are what a Signer works with.
type Options struct {
	// Network is the chain's name: main, test, devnet-NAME or regtest.
	Network string
	// Base58 are the network's version bytes.
	Base58 params.Base58
	// Broker opens key stores.
	Broker broker.Signer
	// Policy is what is signed.
	Policy Policy
	// Cost is that of new passphrases; the zero value stands for the default.
	Cost Cost
	// Now is the node's clock.
	Now func() time.Time
	// Log receives what goes to debug.log.
	Log *slog.Logger
}

// Signer implements wallet.Signer and makes Boxes.
type Signer struct {
	o Options
	// reserve is a page that is never used: holding it shows at the start, and
	// from then on, that memory can be locked.
	reserve *lockbox.Region

	// opening is held while a key store is opened.
	opening sync.Mutex
	mu      sync.Mutex // guards the rest; taken after opening, before a Box's
	boxes   map[*Box]struct{}
	rings   map[string]*keyring
	exports map[uint64]*lockbox.Region
	closed  bool
}

var _ wallet.Signer = (*Signer)(nil)

// New returns a Signer. It fails where secrets cannot be kept: that is decided
// at the start and not at the first secret.
func New(o Options) (*Signer, error) {
	reserve, err := lockbox.New(1)
	if err != nil {
		return nil, fmt.Errorf("the signer has no memory for secrets: %w; raise the limit on locked memory (ulimit -l) to 8 MiB", err)
	}
	if o.Cost == (Cost{}) {
		o.Cost = keystore.DefaultCost
	}
	s := &Signer{o: o, reserve: reserve, boxes: map[*Box]struct{}{},
		rings: map[string]*keyring{}, exports: map[uint64]*lockbox.Region{}}
	if !secretly.Erases {
		o.Log.Warn("this build does not erase what signing leaves in memory; build it with GOEXPERIMENT=runtimesecret")
	}
	return s, nil
}

// Status tells how keys are held.
func (s *Signer) Status(context.Context) (wallet.SignerStatus, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return wallet.SignerStatus{SecretMemory: s.reserve.Kind(), KeyStores: uint32(len(s.rings))}, nil
}

// Erases reports whether signing leaves no copies of a key in memory.
func (s *Signer) Erases() bool { return secretly.Erases }

// Close wipes all Boxes and closes the key stores.
func (s *Signer) Close() error {
	s.opening.Lock()
	defer s.opening.Unlock()
	s.mu.Lock()
	boxes, rings, exports := s.boxes, s.rings, s.exports
	s.boxes, s.rings, s.exports, s.closed = nil, nil, nil, true
	s.reserve.Close()
	s.mu.Unlock()
	for b := range boxes {
		b.wipe()
	}
	for _, r := range exports {
		r.Close()
	}
	var errs []error
	for _, k := range rings {
		errs = append(errs, k.close())
	}
	secretly.Collect()
	return errors.Join(errs...)
}

// Kinds of errors of a Box.
const (
	// ErrHandle: there is no secret under that handle.
	ErrHandle = ipc.Kind("signer.handle")
	// ErrBox: the Box is full or closed, or the secret too large for it.
	ErrBox = ipc.Kind("signer.box")
)

package chain

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"dashmp/node/arith"
	"dashmp/node/blockfile"
	"dashmp/node/coins"
	"dashmp/node/params"
	"dashmp/node/storage"
	"dashmp/node/wire"
)

// Options are what a Manager works with.
type Options struct {
	Params *params.Params
	// Network goes into the databases, which are refused under another one.
	Network []byte
	// IndexDB and CoinsDB are the databases; they stay the caller's. After a
	// -reindex both are empty, after a -reindex-chainstate the second is.
	IndexDB, CoinsDB *storage.DB
	// Files opens blk and rev files.
	Files blockfile.Opener
	Sizes blockfile.Sizes
	Rules Rules
	// Now is the node's clock, which follows mock time; Steady one that does
	// not, for intervals (nil: time.Now).
	Now, Steady func() time.Time
	Log         *slog.Logger

	// Reindex: import all block files before anything else.
	Reindex bool
	// CacheBytes is -dbcache's share for coins; BatchBytes is -dbbatchsize.
	CacheBytes int64
	BatchBytes int
	// Spare is memory of others, such as an empty mempool, that the cache may
	// use meanwhile; nil means none.
	Spare func() int64
	// PruneTarget is how many bytes the block files may hold (-prune): 0 keeps
	// all of them, PruneManually prunes by PruneTo only. Remove removes a file,
	// which has been closed; one that is missing is no error. PruneLock is the
	// highest block that others do not need any more; nil means that nobody
	// does. It is called under the lock.
	PruneTarget uint64
	Remove      func(ctx context.Context, kind blockfile.Kind, n uint32) error
	PruneLock   func() int
	// Threads is how many verify scripts; 1 verifies in order (-par).
	Threads int
	// Scripts remembers what verified; nil means nothing is remembered.
	Scripts *ScriptCache
	// AssumeValid is the block below which scripts are taken for valid
	// (-assumevalid), zero for none.
	AssumeValid wire.Hash
	// MinimumChainWork is -minimumchainwork.
	MinimumChainWork arith.Uint256
	// NoCheckpoints is -checkpoints=0.
	NoCheckpoints bool
	// MaxTipAge is -maxtipage in seconds.
	MaxTipAge int64
	// StopAtHeight is -stopatheight, 0 for never.
	StopAtHeight int
	// Stop asks for the end of the node when the height is reached; nil if nobody
	// can. The chain does not move any more then.
	Stop func()
	// Fatal hears of the first error of the system; nil if nobody wants to. It
	// and Spare are called under the lock and must not call the Manager.
	Fatal func(error)
}

// Manager is the chain. Open makes one.
type Manager struct {
	o      Options
	files  *blockfile.Store
	store  *coins.Store
	events events

	// activation keeps the active chain in place, except for whoever has it.
	activation sync.Mutex
	// mu guards what follows and the mutable part of every Index. It is taken
	// after activation.
	mu         sync.RWMutex
	coins      *coins.Cache
	blocks     map[wire.Hash]*Index
	active     []*Index // by height
	candidates candidates
	// unlinked are blocks that are here while one of an ancestor is not, by parent.
	unlinked   map[*Index][]*Index
	dirty      map[*Index]struct{}
	failed     map[*Index]struct{} // with FailedValid of their own
	bestHeader *Index
	// bestInvalid is the failed block with the most work.
	bestInvalid  *Index
	nextSequence int32
	// precious counts down; preciousWork is the tip's at the last call.
	precious     int32
	preciousWork arith.Uint256
	lastWrite    time.Time
	lastFlush    time.Time
	// checkPrune: files have grown since the last look at the target.
	checkPrune bool

	tip       atomic.Pointer[Index]
	synced    atomic.Bool // latches: the initial download is over
	importing atomic.Bool
	pruned    atomic.Bool // block files have been pruned
	stopping  atomic.Bool
	broken    atomic.Pointer[error] // the first error of the system
	// intact: that error left everything in memory as it was.
	intact atomic.Bool
}

// Tip is the last block of the active chain.
func (m *Manager) Tip() *Index { return m.tip.Load() }

// setTip changes the active chain by one block.
func (m *Manager) setTip(x *Index) {
	m.active = append(m.active[:x.height], x)
	m.tip.Store(x)
}

func (m *Manager) contains(x *Index) bool {
	return x != nil && int(x.height) < len(m.active) && m.active[x.height] == x
}

// fork is where the way from x meets the active chain.
func (m *Manager) fork(x *Index) *Index { return Fork(x, m.Tip()) }

// abort makes err the reason for which nothing changes any more.
func (m *Manager) abort(what string, err error) error {
	err = systemError(what, err)
	if m.broken.CompareAndSwap(nil, &err) {
		m.o.Log.Error("*** " + what + ": " + err.Error())
		if m.o.Fatal != nil {
			m.o.Fatal(err)
		}
	}
	return err
}

// usable is nil unless the chain must not change any more.
func (m *Manager) usable() error {
	if err := m.broken.Load(); err != nil {
		return *err
	}
	if m.stopping.Load() {
		return ErrClosed
	}
	return nil
}

// Interrupt makes long work end at the next step; nothing changes afterwards.
func (m *Manager) Interrupt() { m.stopping.Store(true) }

// Close writes everything down and closes the block files. The databases are
// the caller's.
func (m *Manager) Close(ctx context.Context) error {
	m.Interrupt()
	m.activation.Lock()
	defer m.activation.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	var err error
	if m.broken.Load() == nil || m.intact.Load() {
		err = m.write(true)
	}
	return errors.Join(err, m.files.Close())
}

// InitialDownload reports whether the chain is still being downloaded: the tip
// has too little work or is too old, or files are being imported. Once it is
// over, it is over (IsInitialBlockDownload).
func (m *Manager) InitialDownload() bool {
	if m.synced.Load() {
		return false
	}
	tip := m.Tip()
	if m.importing.Load() || tip == nil || tip.work.Cmp(m.o.MinimumChainWork) < 0 {
		return true
	}
	if int64(tip.time) < m.o.Now().Unix()-m.o.MaxTipAge {
		return true
	}
	if !m.synced.Swap(true) {
		m.o.Log.Info("Leaving InitialBlockDownload (latching to false)")
	}
	return false
}

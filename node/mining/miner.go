package mining

import (
	"log/slog"
	"sync"
	"time"

	"dashmp/node/chain"
	"dashmp/node/consensus"
	"dashmp/node/mempool"
	"dashmp/node/params"
	"dashmp/node/wire"
)

// Defaults of -blockmaxsize in bytes and -blockmintxfee in duffs per 1000 bytes
// (Dash Core: src/policy/policy.h).
const (
	DefaultMaxSize    = 2_000_000
	DefaultMinFeeRate = 1000
)

// Pool is the memory pool as far as a miner asks it; a *mempool.Pool is one.
type Pool interface {
	// ForMining is the pool in the order in which blocks take from it.
	ForMining() mempool.Snapshot
	// Get finds a transaction, nil if it is not there.
	Get(id wire.Hash) *wire.Tx
	// Status tells how many there are.
	Status() mempool.Status
	// Updates counts the changes of the pool (GetTransactionsUpdated).
	Updates() uint64
}

// Options are what a Miner works with.
type Options struct {
	Chain *chain.Manager
	Rules *consensus.Rules
	// Pool is nil without a memory pool.
	Pool Pool
	// Now is the node's network-adjusted clock, which follows mock time.
	Now func() time.Time
	Log *slog.Logger

	// MaxSize is -blockmaxsize in bytes.
	MaxSize uint64
	// MinFeeRate is -blockmintxfee in duffs per 1000 bytes.
	MinFeeRate int64
	// Version is -blockversion, nil if it is not given; main ignores it.
	Version *int32
	// LogFeeRates is -printpriority.
	LogFeeRates bool

	// Governance tells what is known of superblocks.
	Governance func() consensus.Governance
	// Peers is the number of connections, nil if there never are any.
	Peers func() int
	// Warnings is what getmininginfo shows, nil for none.
	Warnings func() string
}

// Miner makes blocks on the tip of a chain. New makes one.
type Miner struct {
	o Options
	p *params.Params

	// stop is closed by Interrupt.
	stop     chan struct{}
	stopOnce sync.Once

	// mu guards what follows.
	mu sync.Mutex
	// last describes the last block that was assembled, nil if there was none.
	last *assembled
	// payload is the coinbase payload of the block payloadOf.
	payload   *wire.CbTx
	payloadOf wire.Hash

	// serving guards work, the template that getblocktemplate hands out; it is
	// taken before mu.
	serving sync.Mutex
	work    work
}

// assembled is what getmininginfo tells of a block.
type assembled struct{ size, txs int }

// New makes a Miner.
func New(o Options) *Miner {
	return &Miner{o: o, p: o.Rules.Params(), stop: make(chan struct{})}
}

// Interrupt ends searches for a nonce and waiting for a new template, those that
// begin later included.
func (m *Miner) Interrupt() { m.stopOnce.Do(func() { close(m.stop) }) }

func (m *Miner) interrupted() bool {
	select {
	case <-m.stop:
		return true
	default:
		return false
	}
}

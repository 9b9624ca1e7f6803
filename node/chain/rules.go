package chain

import (
	"errors"
	"fmt"

	"dashmp/node/coins"
	"dashmp/node/consensus"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// Rules judge headers and blocks. An error that is a *consensus.Error condemns
// what was judged; any other is one of the system.
type Rules interface {
	// CheckHeader applies the rules that need no context.
	CheckHeader(h *wire.Header, hash wire.Hash) error
	// CheckHeaderInChain applies those that depend on the ancestors. now is in
	// seconds since the epoch; checkpoint is the height of the last checkpoint
	// whose block is known, 0 if none.
	CheckHeaderInChain(h *wire.Header, parent *Index, now int64, checkpoint int) error
	// LastCheckpoint is the height of the last checkpoint whose block is known.
	LastCheckpoint(known func(wire.Hash) bool) int
	// CheckBlock applies to a block the rules that need no context.
	CheckBlock(b *wire.Block, hash wire.Hash, do consensus.Checks) error
	// CheckBlockInChain applies those that depend on the ancestors only.
	CheckBlockInChain(b *wire.Block, parent *Index) error
	// EnforceBIP30 reports whether the block after parent may not overwrite
	// unspent outputs.
	EnforceBIP30(parent *Index) bool
	// Connect begins to judge a block that is being connected at x.
	Connect(b *wire.Block, x *Index, c Context) (Connection, error)
}

// Context is what a block is connected in. It may be asked only until Connect
// returns.
type Context struct {
	// View is the state before the block.
	View coins.View
	// Lookup finds a known header, nil if it is unknown.
	Lookup func(wire.Hash) *Index
	// Read reads a block.
	Read func(*Index) (*wire.Block, error)
	// AssumedValid: scripts are not verified.
	AssumedValid bool
	// JustCheck: the block is not kept.
	JustCheck bool
}

// Connection judges the transactions of one block in their order.
type Connection interface {
	// Flags are the script rules of the block.
	Flags() script.Flags
	// Transaction judges transaction i, which spends these coins in the order
	// of its inputs. missing is set if there is no coin for one of them.
	Transaction(i int, tx *wire.Tx, spent []coins.Coin, missing bool) error
	// Finish judges the whole, after all scripts.
	Finish() error
}

// ErrorKind is a class of errors of the package; compare with errors.Is.
type ErrorKind string

func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrSystem: the disk or a database failed; the chain no longer changes.
	ErrSystem ErrorKind = "chain: system error"
	// ErrLoad: what is on disk cannot be a chain of this network.
	ErrLoad ErrorKind = "chain: the stored chain cannot be loaded"
	// ErrNetwork: what is on disk is that of another network.
	ErrNetwork ErrorKind = "chain: the stored chain is that of another network"
	// ErrVersion: what is on disk has a layout of another version.
	ErrVersion ErrorKind = "chain: the stored chain has another layout"
	// ErrPruned: blocks have been pruned, and the node is to keep all of them.
	ErrPruned ErrorKind = "chain: the stored chain is pruned"
	// ErrForeign: there is something else where the genesis block belongs.
	ErrForeign ErrorKind = "chain: blk00000.dat does not begin with this network's genesis block"
	// ErrGenesis: the genesis block cannot be invalidated.
	ErrGenesis ErrorKind = "chain: the genesis block cannot be invalidated"
	// ErrNoData: the block, or what it spent, is not on disk.
	ErrNoData ErrorKind = "chain: block not available"
	// ErrVerify: Verify found damage.
	ErrVerify ErrorKind = "chain: verification failed"
	// ErrClosed: the manager is closed.
	ErrClosed ErrorKind = "chain: closed"
	// ErrTip: a block to be tested does not build on the tip.
	ErrTip ErrorKind = "inconclusive-not-best-prevblk"
)

// refusal is err as the refusal of a block, nil if it is an error of the system.
func refusal(err error) *consensus.Error {
	var e *consensus.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

func refuse(kind consensus.Kind, reject string) *consensus.Error {
	return &consensus.Error{Kind: kind, Reject: reject}
}

func systemError(what string, err error) error { return fmt.Errorf("%w: %s: %w", ErrSystem, what, err) }

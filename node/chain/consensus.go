package chain

import (
	"errors"

	"dashmp/node/coins"
	"dashmp/node/consensus"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// Consensus are the rules of node/consensus in the order in which Dash Core's
// ConnectBlock asks them. It is used under the Manager's lock only.
type Consensus struct {
	r          *consensus.Rules
	governance func() consensus.Governance
	// last is the coinbase payload of the block lastHash, which nearly always
	// is the parent of the next.
	last     *wire.CbTx
	lastHash wire.Hash
}

var _ Rules = (*Consensus)(nil)

// NewConsensus makes Rules. governance tells what is known of superblocks when
// a block is connected.
func NewConsensus(r *consensus.Rules, governance func() consensus.Governance) *Consensus {
	return &Consensus{r: r, governance: governance}
}

// CheckHeader implements Rules.
func (c *Consensus) CheckHeader(h *wire.Header, hash wire.Hash) error {
	return c.r.CheckHeader(h, hash, true)
}

// CheckHeaderInChain implements Rules.
func (c *Consensus) CheckHeaderInChain(h *wire.Header, parent *Index, now int64, checkpoint int) error {
	return c.r.ContextualCheckHeader(h, parent, consensus.HeaderContext{Now: now, Checkpoint: checkpoint})
}

// LastCheckpoint implements Rules.
func (c *Consensus) LastCheckpoint(known func(wire.Hash) bool) int { return c.r.LastCheckpoint(known) }

// CheckBlock implements Rules.
func (c *Consensus) CheckBlock(b *wire.Block, hash wire.Hash, do consensus.Checks) error {
	return c.r.CheckBlock(b, hash, do)
}

// CheckBlockInChain implements Rules.
func (c *Consensus) CheckBlockInChain(b *wire.Block, parent *Index) error {
	return c.r.ContextualCheckBlock(b, parent)
}

// EnforceBIP30 implements Rules.
func (c *Consensus) EnforceBIP30(parent *Index) bool { return c.r.EnforceBIP30(parent) }

// Connect implements Rules.
func (c *Consensus) Connect(b *wire.Block, x *Index, ctx Context) (Connection, error) {
	if err := c.r.CheckSuperblockStart(x.Height(), x.Hash()); err != nil {
		return nil, err
	}
	payload, err := c.payload(x.Parent(), ctx)
	if err != nil {
		return nil, err
	}
	err = c.r.CheckSpecialTxs(b, consensus.SpecialContext{
		Prev: x.Parent(), PrevCbTx: payload, SkipCbTx: ctx.AssumedValid,
		Lookup: func(h wire.Hash) (consensus.Block, bool) {
			found := ctx.Lookup(h)
			return asBlock(found), found != nil
		},
	})
	if err != nil {
		return nil, err
	}
	return &connection{c: c, b: b, x: x, flags: c.r.ScriptFlags(x.Height())}, nil
}

// payload is that of a block's coinbase, nil if it has none.
func (c *Consensus) payload(x *Index, ctx Context) (*wire.CbTx, error) {
	if x.Parent() == nil {
		return nil, nil
	}
	if x.Hash() == c.lastHash {
		return c.last, nil
	}
	b, err := ctx.Read(x)
	if err != nil {
		return nil, err
	}
	c.remember(x, b)
	return c.last, nil
}

func (c *Consensus) remember(x *Index, b *wire.Block) {
	c.lastHash, c.last = x.Hash(), nil
	if cb, err := wire.PayloadOf[*wire.CbTx](b.Txs[0]); err == nil {
		c.last = cb
	}
}

// connection judges one block.
type connection struct {
	c       *Consensus
	b       *wire.Block
	x       *Index
	flags   script.Flags
	fees    int64
	sigOps  int
	spent   []consensus.Coin
	heights []int
}

func (c *connection) Flags() script.Flags { return c.flags }

func (c *connection) Transaction(_ int, tx *wire.Tx, spent []coins.Coin, missing bool) error {
	c.spent, c.heights = c.spent[:0], c.heights[:0]
	for i := range spent {
		c.spent = append(c.spent, consensus.Coin(spent[i]))
		c.heights = append(c.heights, int(spent[i].Height))
	}
	if missing {
		c.spent = c.spent[:len(spent)-1] // which one is missing does not matter
	}
	height := c.x.Height()
	if !tx.IsCoinbase() {
		fee, err := consensus.CheckTxInputs(tx, c.spent, height)
		if err != nil {
			return consensus.InBlock(err)
		}
		if c.fees, err = consensus.AddFees(c.fees, fee); err != nil {
			return err
		}
		locks := consensus.SequenceLocks(tx, c.c.r.SequenceLocksActive(height), c.heights, c.x.Parent())
		if !locks.Satisfied(c.x.Parent()) {
			return consensus.NonFinal()
		}
	}
	c.sigOps += consensus.SigOps(tx, c.spent, c.flags)
	return c.c.r.CheckBlockSigOps(c.sigOps, height)
}

func (c *connection) Finish() error {
	err := c.c.r.CheckCoinbase(c.b.Txs[0], c.x.Parent(), c.fees, c.c.governance())
	if err == nil {
		c.c.remember(c.x, c.b)
	}
	return err
}

// IsUnverified reports whether a block was refused only because this build
// cannot verify it.
func IsUnverified(err error) bool { return errors.Is(err, consensus.KindUnverified) }

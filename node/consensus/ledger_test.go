package consensus

import (
	"slices"
	"testing"

	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// ledger connects blocks in Dash Core's order of checks, the plainest way.
type ledger struct {
	rules *Rules
	chain *fakeChain
	coins map[wire.OutPoint]Coin
	// governance has superblocks disabled, which is spork 9's default.
	governance Governance
	// cb is the payload of the tip's coinbase.
	cb *wire.CbTx
	// last are the spends of the latest block that had any.
	last []*wire.Tx
}

func newLedger(p *params.Params) *ledger {
	l := &ledger{rules: New(p, nil), chain: &fakeChain{}, coins: make(map[wire.OutPoint]Coin)}
	l.chain.add(p.Genesis.Header, p.GenesisHash)
	return l
}

// test judges a block on top of the tip as TestBlockValidity does.
func (l *ledger) test(b *wire.Block, now int64, work bool) error {
	prev, hash := l.chain.tip(), b.Header.Hash()
	if err := l.rules.ContextualCheckHeader(&b.Header, prev, HeaderContext{Now: now}); err != nil {
		return err
	}
	if err := l.rules.CheckBlock(b, hash, Checks{Work: work, MerkleRoot: true}); err != nil {
		return err
	}
	if err := l.rules.ContextualCheckBlock(b, prev); err != nil {
		return err
	}
	_, err := l.connect(b, hash)
	return err
}

// connect does what ConnectBlock does and returns the coins afterwards.
func (l *ledger) connect(b *wire.Block, hash wire.Hash) (*overlay, error) {
	r, prev := l.rules, l.chain.tip()
	height := nextHeight(prev)
	view := &overlay{below: l.coins, changed: make(map[wire.OutPoint]*Coin)}
	if r.EnforceBIP30(prev) {
		have := func(o wire.OutPoint) (bool, error) { _, ok := view.get(o); return ok, nil }
		if err := CheckBIP30(b, have); err != nil {
			return nil, err
		}
	}
	if err := r.CheckSuperblockStart(height, hash); err != nil {
		return nil, err
	}
	c := SpecialContext{Prev: prev, PrevCbTx: l.cb, Lookup: l.chain.lookup}
	if err := r.CheckSpecialTxs(b, c); err != nil {
		return nil, err
	}
	var fees int64
	sigOps := 0
	for _, tx := range b.Txs {
		spent := view.spentBy(tx)
		if !tx.IsCoinbase() {
			fee, err := CheckTxInputs(tx, spent, height)
			if err != nil {
				return nil, InBlock(err)
			}
			if fees, err = AddFees(fees, fee); err != nil {
				return nil, err
			}
			var heights []int
			for _, c := range spent {
				heights = append(heights, int(c.Height))
			}
			if !SequenceLocks(tx, r.SequenceLocksActive(height), heights, prev).Satisfied(prev) {
				return nil, NonFinal()
			}
		}
		sigOps += SigOps(tx, spent, r.ScriptFlags(height))
		if err := r.CheckBlockSigOps(sigOps, height); err != nil {
			return nil, err
		}
		if err := runScripts(tx, spent, r.ScriptFlags(height)); err != nil {
			return nil, ScriptFailure(err, runScripts(tx, spent, r.ScriptFlags(height)&^optional) != nil)
		}
		view.apply(tx, height)
	}
	return view, r.CheckCoinbase(b.Txs[0], prev, fees, l.governance)
}

// optional are the rules of blocks that not every node has always had.
const optional = script.VerifyDERSig | script.VerifyNullDummy | script.VerifyCheckLockTime | script.VerifyCheckSequence

func runScripts(tx *wire.Tx, spent []Coin, flags script.Flags) error {
	for i, c := range spent {
		checker := &script.TxChecker{Tx: tx, Index: i}
		if err := script.Verify(tx.Inputs[i].ScriptSig, c.Out.ScriptPubKey, flags, checker); err != nil {
			return err
		}
	}
	return nil
}

// add connects a valid block.
func (l *ledger) add(t testing.TB, b *wire.Block) {
	t.Helper()
	hash := b.Header.Hash()
	if err := l.test(b, 1<<32, true); err != nil {
		t.Fatalf("height %d: %v", len(l.chain.headers), err)
	}
	view, err := l.connect(b, hash)
	if err != nil {
		t.Fatal(err)
	}
	for o, c := range view.changed {
		if c == nil {
			delete(l.coins, o)
		} else {
			l.coins[o] = *c
		}
	}
	l.chain.add(b.Header, hash)
	l.cb, _ = wire.PayloadOf[*wire.CbTx](b.Txs[0])
	for _, tx := range b.Txs[1:] {
		if len(tx.Inputs) > 0 {
			l.last = b.Txs[1:]
			break
		}
	}
}

// overlay are coins with changes that do not last. A nil coin is spent.
type overlay struct {
	below   map[wire.OutPoint]Coin
	changed map[wire.OutPoint]*Coin
}

func (v *overlay) get(o wire.OutPoint) (Coin, bool) {
	if c, ok := v.changed[o]; ok {
		if c == nil {
			return Coin{}, false
		}
		return *c, true
	}
	c, ok := v.below[o]
	return c, ok
}

// spentBy are the coins tx spends, fewer if one is missing.
func (v *overlay) spentBy(tx *wire.Tx) (spent []Coin) {
	if tx.IsCoinbase() {
		return nil
	}
	for i := range tx.Inputs {
		if c, ok := v.get(tx.Inputs[i].PrevOut); ok {
			spent = append(spent, c)
		}
	}
	return spent
}

func (v *overlay) apply(tx *wire.Tx, height int) {
	if !tx.IsCoinbase() {
		for i := range tx.Inputs {
			v.changed[tx.Inputs[i].PrevOut] = nil
		}
	}
	id := tx.ID()
	for i, out := range tx.Outputs {
		if !script.IsUnspendable(out.ScriptPubKey) {
			v.changed[wire.OutPoint{Hash: id, Index: uint32(i)}] = &Coin{out, uint32(height), tx.IsCoinbase()}
		}
	}
}

// clone is a deep copy of a block whose transactions can be changed.
func clone(b *wire.Block) *wire.Block {
	n := &wire.Block{Header: b.Header}
	for _, tx := range b.Txs {
		n.Txs = append(n.Txs, tx.Clone())
	}
	return n
}

// seal sets the merkle root.
func seal(b *wire.Block) *wire.Block {
	// Copies have no id of an earlier state.
	for i := range b.Txs {
		b.Txs[i] = b.Txs[i].Clone()
	}
	b.Header.MerkleRoot, _ = b.MerkleRoot()
	return b
}

// coinsAt are the outpoints of coins that fit, in a fixed order.
func (l *ledger) coinsAt(fit func(Coin) bool) (list []wire.OutPoint) {
	for o, c := range l.coins {
		if fit(c) {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b wire.OutPoint) int {
		if d := int(l.coins[a].Height) - int(l.coins[b].Height); d != 0 {
			return d
		}
		if d := a.Hash.Compare(b.Hash); d != 0 {
			return d
		}
		return int(a.Index) - int(b.Index)
	})
	return list
}

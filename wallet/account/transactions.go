package account

import (
	"cmp"
	"errors"
	"slices"

	"dashmp/node"
	"dashmp/node/address"
	"dashmp/node/storage"
	"dashmp/node/wire"
)

// State says where a transaction is.
type State uint8

// The states.
const (
	// Inactive: neither in a block nor in the mempool, as far as is known.
	Inactive State = iota
	InMempool
	Confirmed
	Abandoned
	// Conflicted: a block has another that spends the same. Block is that block.
	Conflicted
)

// Tx is a transaction that concerns the wallet.
type Tx struct {
	Raw   *wire.Tx
	ID    wire.Hash
	State State
	// Block has it, at Position, if it is Confirmed.
	Block    node.BlockRef
	Position uint32
	// Received is when the wallet first saw it, in seconds since the epoch.
	Received int64
	// Order is its place among the wallet's.
	Order int64
	// Comment and To are the sender's notes.
	Comment, To string
	// Sent: it was made by this wallet.
	Sent bool
}

// Time is what lists show: that of the block, unless the wallet saw it earlier
// (Dash Core: nTimeSmart, simplified to these two).
func (t *Tx) Time() int64 {
	if t.State == Confirmed && int64(t.Block.Time) < t.Received {
		return int64(t.Block.Time)
	}
	return t.Received
}

func (a *Account) loadTx(_, value []byte) error {
	t, err := decodeTx(value)
	if err != nil {
		return err
	}
	if t.State == InMempool {
		t.State = Inactive // until the core says that it has it
	}
	a.keep(t)
	return nil
}

func (a *Account) keep(t *Tx) {
	a.txs[t.ID] = t
	a.byOrder = append(a.byOrder, t)
	for i := range t.Raw.Inputs {
		o := t.Raw.Inputs[i].PrevOut
		a.spends[o] = append(a.spends[o], t)
	}
}

func (a *Account) sortTxs() {
	slices.SortFunc(a.byOrder, func(x, y *Tx) int { return cmp.Compare(x.Order, y.Order) })
}

// concerns reports whether a transaction pays or spends what is ours.
func (a *Account) concerns(t *wire.Tx) bool {
	for i := range t.Outputs {
		if a.isMine(t.Outputs[i].ScriptPubKey) {
			return true
		}
	}
	return a.spendsOurs(t)
}

// spendsOurs reports whether a transaction spends a coin that was ours.
func (a *Account) spendsOurs(t *wire.Tx) bool {
	for i := range t.Inputs {
		if a.ownOutput(t.Inputs[i].PrevOut) != nil {
			return true
		}
	}
	return false
}

// ownOutput is an output of a stored transaction that pays us, nil if it is not.
func (a *Account) ownOutput(o wire.OutPoint) *wire.TxOut {
	t := a.txs[o.Hash]
	if t == nil || int64(o.Index) >= int64(len(t.Raw.Outputs)) {
		return nil
	}
	if out := &t.Raw.Outputs[o.Index]; a.isMine(out.ScriptPubKey) {
		return out
	}
	return nil
}

// batch collects what one event changes, to be written in one commit.
type batch struct {
	txs   map[wire.Hash]*Tx
	descs map[*desc]bool
}

func newBatch() *batch { return &batch{map[wire.Hash]*Tx{}, map[*desc]bool{}} }

func (a *Account) write(b *batch, best *node.BlockRef) error {
	if len(b.txs) == 0 && len(b.descs) == 0 && best == nil {
		return nil
	}
	err := a.db.Update(func(tx *storage.Tx) error {
		for id, t := range b.txs {
			if err := tx.Put(bucketTx, id[:], t.encode()); err != nil {
				return err
			}
		}
		for d := range b.descs {
			if err := putDescs(tx, []*desc{d}); err != nil {
				return err
			}
		}
		if best != nil {
			return putBest(tx, *best)
		}
		return nil
	})
	if err == nil && best != nil {
		a.best = *best
	}
	if errors.Is(err, storage.ErrClosed) {
		return nil // unloaded meanwhile
	}
	return err
}

// see takes a transaction in, if it concerns the wallet, and returns it.
func (a *Account) see(raw *wire.Tx, b *batch) *Tx {
	t := a.txs[raw.ID()]
	if t == nil {
		if !a.concerns(raw) {
			return nil
		}
		t = &Tx{Raw: raw, ID: raw.ID(), Received: a.o.Now().Unix(), Order: a.nextOrder()}
		a.keep(t)
	}
	b.txs[t.ID] = t
	for i := range raw.Outputs {
		if p, ok := a.scripts[string(raw.Outputs[i].ScriptPubKey)]; ok {
			if d := a.used(p); d != nil {
				b.descs[d] = true
			}
		}
	}
	return t
}

func (a *Account) nextOrder() int64 {
	if n := len(a.byOrder); n > 0 {
		return a.byOrder[n-1].Order + 1
	}
	return 0
}

// BlockConnected tells of a new tip.
func (a *Account) BlockConnected(ref node.BlockRef, block *wire.Block) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := newBatch()
	for i, raw := range block.Txs {
		a.inBlock(ref, uint32(i), raw, b)
	}
	return a.write(b, &ref)
}

func (a *Account) inBlock(ref node.BlockRef, i uint32, raw *wire.Tx, b *batch) {
	for j := range raw.Inputs {
		for _, other := range a.spends[raw.Inputs[j].PrevOut] {
			if other.ID != raw.ID() && other.State != Confirmed {
				a.conflict(other, ref, b)
			}
		}
	}
	if t := a.see(raw, b); t != nil {
		t.State, t.Block, t.Position = Confirmed, ref, i
	}
}

// conflict marks a transaction, and what spends it, as contradicted by a block.
func (a *Account) conflict(t *Tx, ref node.BlockRef, b *batch) {
	if t.State == Conflicted && t.Block.Height <= ref.Height {
		return
	}
	t.State, t.Block = Conflicted, ref
	b.txs[t.ID] = t
	a.eachSpender(t, func(s *Tx) { a.conflict(s, ref, b) })
}

func (a *Account) eachSpender(t *Tx, f func(*Tx)) {
	for i := range t.Raw.Outputs {
		for _, s := range a.spends[wire.OutPoint{Hash: t.ID, Index: uint32(i)}] {
			f(s)
		}
	}
}

// BlockDisconnected tells that a block was the tip; parent is the tip now.
func (a *Account) BlockDisconnected(ref, parent node.BlockRef) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.rewind(ref.Height, parent)
}

// Rewind forgets the blocks above parent, which is the last block that the
// wallet and the chain have in common.
func (a *Account) Rewind(parent node.BlockRef) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.rewind(parent.Height+1, parent)
}

func (a *Account) rewind(from int32, parent node.BlockRef) error {
	b := newBatch()
	for _, t := range a.txs {
		if (t.State == Confirmed || t.State == Conflicted) && t.Block.Height >= from {
			t.State, t.Block, t.Position = Inactive, node.BlockRef{}, 0
			b.txs[t.ID] = t
		}
	}
	return a.write(b, &parent)
}

// PoolAdded tells of a transaction in the mempool.
func (a *Account) PoolAdded(raw *wire.Tx) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := newBatch()
	t := a.see(raw, b)
	if t == nil || t.State == Confirmed {
		return nil
	}
	t.State = InMempool
	return a.write(b, nil)
}

// PoolRemoved tells that a transaction left the mempool, not by a block.
func (a *Account) PoolRemoved(id wire.Hash) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.txs[id]
	if t == nil || t.State != InMempool {
		return nil
	}
	t.State = Inactive
	b := newBatch()
	b.txs[id] = t
	return a.write(b, nil)
}

// ForgetPool is for a lost connection to the core: nothing is known to be in the
// mempool.
func (a *Account) ForgetPool() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, t := range a.txs {
		if t.State == InMempool {
			t.State = Inactive
		}
	}
}

// ScanBlock takes in what concerns the wallet of a block of the active chain
// that it has followed already. It reports whether there was anything.
func (a *Account) ScanBlock(ref node.BlockRef, block *wire.Block) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := newBatch()
	for i, raw := range block.Txs {
		a.inBlock(ref, uint32(i), raw, b)
	}
	return len(b.txs) > 0, a.write(b, nil)
}

// SetBest moves the block up to which the chain was followed.
func (a *Account) SetBest(ref node.BlockRef) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.best == ref {
		return nil
	}
	return a.write(newBatch(), &ref)
}

// Add stores a transaction that this wallet made, before it is broadcast.
func (a *Account) Add(raw *wire.Tx, comment, to string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := newBatch()
	t := a.txs[raw.ID()]
	if t == nil {
		t = &Tx{Raw: raw, ID: raw.ID(), Received: a.o.Now().Unix(), Order: a.nextOrder()}
		a.keep(t)
	}
	t.Comment, t.To, t.Sent = comment, to, true
	b.txs[t.ID] = t
	return a.write(b, nil)
}

// Errors of Abandon.
var (
	ErrNotOurs      = errors.New("Invalid or non-wallet transaction id")
	ErrNotAbandoned = errors.New("Transaction not eligible for abandonment")
)

// Abandon gives a transaction up that is neither in a block nor in the mempool,
// with all that spends it.
func (a *Account) Abandon(id wire.Hash) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.txs[id]
	if t == nil {
		return ErrNotOurs
	}
	if t.State == Confirmed || t.State == InMempool {
		return ErrNotAbandoned
	}
	b := newBatch()
	a.abandon(t, b)
	return a.write(b, nil)
}

func (a *Account) abandon(t *Tx, b *batch) {
	if t.State == Abandoned || t.State == Confirmed {
		return
	}
	if t.State != Conflicted {
		t.State = Abandoned
	}
	b.txs[t.ID] = t
	a.eachSpender(t, func(s *Tx) { a.abandon(s, b) })
}

// Unconfirmed are the wallet's own transactions that the core should be told of
// again: neither confirmed nor given up, in their order.
func (a *Account) Unconfirmed() (out []*wire.Tx) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, t := range a.byOrder {
		if t.State == Inactive && !t.Raw.IsCoinbase() {
			out = append(out, t.Raw)
		}
	}
	return out
}

// address is the text of an output script's address, "" if it has none.
func (a *Account) address(s []byte) string {
	if d, ok := address.FromScript(s); ok {
		return address.Encode(d, a.o.Base58)
	}
	return ""
}

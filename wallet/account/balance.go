package account

import (
	"dashmp/node/wire"
)

// coinbaseMaturity is the depth from which a coinbase can be spent, plus the
// block itself (Dash Core: COINBASE_MATURITY).
const coinbaseMaturity = 100

// depth is the number of blocks on top of a transaction, its own included; 0 in
// the mempool or nowhere, negative under a conflicting block.
func (a *Account) depth(t *Tx) int {
	switch t.State {
	case Confirmed:
		return int(a.best.Height-t.Block.Height) + 1
	case Conflicted:
		return -(int(a.best.Height-t.Block.Height) + 1)
	}
	return 0
}

// toMaturity is how many blocks a coinbase must wait.
func (a *Account) toMaturity(t *Tx) int {
	if !t.Raw.IsCoinbase() {
		return 0
	}
	return max(0, coinbaseMaturity+1-a.depth(t))
}

// trusted reports whether an unconfirmed output can be relied on: the
// transaction is ours, in the mempool, and so is all it spends (CachedTxIsTrusted).
func (a *Account) trusted(t *Tx, seen map[wire.Hash]bool) bool {
	switch {
	case t.State == Confirmed:
		return true
	case t.State != InMempool, seen[t.ID]:
		return t.State == InMempool && seen[t.ID]
	}
	seen[t.ID] = true
	for i := range t.Raw.Inputs {
		o := t.Raw.Inputs[i].PrevOut
		if a.ownOutput(o) == nil || !a.spendable(o) || !a.trusted(a.txs[o.Hash], seen) {
			return false
		}
	}
	return true
}

// spendable reports whether the signer has keys for an own output.
func (a *Account) spendable(o wire.OutPoint) bool {
	out := a.ownOutput(o)
	return out != nil && a.scripts[string(out.ScriptPubKey)].d.keys
}

// spent reports whether a stored transaction that counts spends an output.
func (a *Account) spent(o wire.OutPoint) bool {
	for _, t := range a.spends[o] {
		if t.State != Abandoned && t.State != Conflicted {
			return true
		}
	}
	return false
}

// Balance is what the wallet owns, in duffs: Trusted can be spent, Pending is
// unconfirmed and of others, Immature are young coinbases. Used is the part of
// Trusted and Pending on addresses that were spent from.
type Balance struct{ Trusted, Pending, Immature, Used int64 }

// Balances sums the wallet's coins that have at least minDepth blocks on top:
// those that the signer has keys for, and those that are only watched.
func (a *Account) Balances(minDepth int) (mine, watched Balance) {
	a.mu.Lock()
	defer a.mu.Unlock()
	seen := map[wire.Hash]bool{}
	for _, t := range a.byOrder {
		trusted, depth := a.trusted(t, seen), a.depth(t)
		for i := range t.Raw.Outputs {
			out := &t.Raw.Outputs[i]
			o := wire.OutPoint{Hash: t.ID, Index: uint32(i)}
			if !a.isMine(out.ScriptPubKey) || a.spent(o) {
				continue
			}
			b := &watched
			if a.spendable(o) {
				b = &mine
			}
			switch {
			case t.Raw.IsCoinbase() && t.State == Confirmed && a.toMaturity(t) > 0:
				b.Immature += out.Value
			case t.Raw.IsCoinbase() && t.State != Confirmed:
			case trusted && depth >= minDepth:
				b.Trusted += out.Value
			case !trusted && depth == 0 && t.State == InMempool:
				b.Pending += out.Value
			}
		}
	}
	return mine, watched
}

// Coin is an output that the wallet can spend, or watch.
type Coin struct {
	Out    wire.OutPoint
	Value  int64 // duffs
	Script []byte
	// Depth is the number of blocks on top, its own included; 0 in the mempool.
	Depth int
	// Safe: confirmed, or ours.
	Safe bool
	// Spendable: the signer has keys for it.
	Spendable, Solvable bool
	Coinbase            bool
	Address             string
	// Raw is the transaction that has it.
	Raw *wire.Tx
}

// Coins lists the wallet's coins, in the order of their transactions: neither
// spent, nor immature, nor locked unless those are asked for.
func (a *Account) Coins(locked bool) []Coin {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []Coin
	seen := map[wire.Hash]bool{}
	for _, t := range a.byOrder {
		if t.State != Confirmed && t.State != InMempool || a.toMaturity(t) > 0 {
			continue
		}
		safe := a.trusted(t, seen)
		for i := range t.Raw.Outputs {
			o := wire.OutPoint{Hash: t.ID, Index: uint32(i)}
			if _, held := a.locked[o]; held && !locked {
				continue
			}
			if s := t.Raw.Outputs[i]; a.isMine(s.ScriptPubKey) && !a.spent(o) {
				p := a.scripts[string(s.ScriptPubKey)]
				out = append(out, Coin{
					Out: o, Value: s.Value, Script: s.ScriptPubKey, Depth: a.depth(t), Safe: safe, Raw: t.Raw,
					Spendable: p.d.keys, Solvable: p.d.d.IsSolvable(), Coinbase: t.Raw.IsCoinbase(), Address: a.address(s.ScriptPubKey),
				})
			}
		}
	}
	return out
}

// View is a transaction as lists show it.
type View struct {
	Tx
	// Depth is as in Coin; negative under a conflicting block.
	Depth int
	// Trusted and FromUs are about unconfirmed ones and about the inputs.
	Trusted, FromUs bool
	ToMaturity      int
	// Debit is what it spends of ours, Credit what it pays us, in duffs.
	Debit, Credit int64
	// Mine and Change say of each output whether it is ours.
	Mine, Change []bool
	// Conflicts are others that spend the same.
	Conflicts []wire.Hash
	WatchOnly bool
}

// Fee is what a transaction that spends only our coins pays the miner, in duffs.
func (v *View) Fee() int64 {
	sum := v.Debit
	for i := range v.Raw.Outputs {
		sum -= v.Raw.Outputs[i].Value
	}
	return sum
}

func (a *Account) view(t *Tx) View {
	v := View{Tx: *t, Depth: a.depth(t), Trusted: a.trusted(t, map[wire.Hash]bool{}), ToMaturity: a.toMaturity(t)}
	for i := range t.Raw.Inputs {
		o := t.Raw.Inputs[i].PrevOut
		if out := a.ownOutput(o); out != nil {
			v.Debit += out.Value
			v.FromUs = true
			v.WatchOnly = v.WatchOnly || !a.spendable(o)
		}
		for _, other := range a.spends[o] {
			if other.ID != t.ID {
				v.Conflicts = append(v.Conflicts, other.ID)
			}
		}
	}
	for i := range t.Raw.Outputs {
		s := t.Raw.Outputs[i].ScriptPubKey
		mine := a.isMine(s)
		v.Mine, v.Change = append(v.Mine, mine), append(v.Change, a.isChange(s))
		if mine {
			v.Credit += t.Raw.Outputs[i].Value
			v.WatchOnly = v.WatchOnly || !a.scripts[string(s)].d.keys
		}
	}
	return v
}

// Transaction returns one of the wallet's transactions.
func (a *Account) Transaction(id wire.Hash) (View, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.txs[id]
	if t == nil {
		return View{}, false
	}
	return a.view(t), true
}

// Transactions lists the wallet's transactions in their order.
func (a *Account) Transactions() []View {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]View, 0, len(a.byOrder))
	for _, t := range a.byOrder {
		out = append(out, a.view(t))
	}
	return out
}

// Count is the number of the wallet's transactions.
func (a *Account) Count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.txs)
}

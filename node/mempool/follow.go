package mempool

import (
	"errors"
	"fmt"

	"dashmp/node/chain"
	"dashmp/node/coins"
	"dashmp/node/consensus"
	"dashmp/node/wire"
)

// maxPending is how many bytes of transactions wait at most for the end of a
// reorganisation (MAX_DISCONNECTED_TX_POOL_SIZE).
const maxPending = 20_000_000

// pending are the transactions of disconnected blocks, the last of the last
// block first (DisconnectedBlockTransactions).
type pending struct {
	list  []*wire.Tx
	known map[wire.Hash]bool
	bytes int
}

func (q *pending) add(tx *wire.Tx) {
	if q.known == nil {
		q.known = map[wire.Hash]bool{}
	}
	tx = tx.Clone() // so that it does not hold its block in memory
	q.list, q.bytes = append(q.list, tx), q.bytes+tx.Size()
	q.known[tx.ID()] = true
}

// confirm forgets a transaction that is in a block again.
func (q *pending) confirm(id wire.Hash) {
	if q.known[id] {
		delete(q.known, id)
	}
}

// pop takes one that still waits: from the front the youngest, else the oldest.
func (q *pending) pop(front bool) *wire.Tx {
	for len(q.list) > 0 {
		var tx *wire.Tx
		if front {
			tx, q.list = q.list[0], q.list[1:]
		} else {
			last := len(q.list) - 1
			tx, q.list = q.list[last], q.list[:last]
		}
		q.bytes -= tx.Size()
		if q.known[tx.ID()] {
			delete(q.known, tx.ID())
			return tx
		}
	}
	*q = pending{}
	return nil
}

// putBack undoes pop from the back.
func (q *pending) putBack(tx *wire.Tx) { q.add(tx) }

// follow hears of the chain's changes. It is called with the chain's activation
// held, so that the chain nearly always stands where its events lead.
func (p *Pool) follow(ev chain.Event) {
	defer p.events.deliver()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch ev.Kind {
	case chain.BlockConnected:
		p.connected(ev.Block, ev.Index)
		p.left = 0
	case chain.BlockDisconnected:
		p.disconnected(ev.Block, ev.Index)
	case chain.UpdatedTip:
		p.left = 0
		return
	default:
		return
	}
	if p.stale && p.tip == p.o.Chain.Tip() {
		if ev.Kind == chain.BlockDisconnected {
			p.left++
		}
		p.reorganised()
	}
	p.memory.Store(p.usage())
	p.wake()
}

// connected takes out what a block holds or conflicts with
// (CTxMemPool::removeForBlock).
func (p *Pool) connected(b *wire.Block, x *chain.Index) {
	ids := make([]wire.Hash, len(b.Txs))
	for i, tx := range b.Txs {
		ids[i] = tx.ID()
		p.pending.confirm(ids[i])
	}
	if p.o.Fees != nil {
		p.o.Fees.Block(x.Height(), p.forFees(ids))
	}
	for i, tx := range b.Txs {
		if e := p.entries[ids[i]]; e != nil {
			p.remove([]*entry{e}, ReasonBlock)
		}
		p.removeConflicts(tx, ids[i])
		delete(p.deltas, ids[i])
	}
	p.rolling.updated, p.rolling.block = p.now(), true
	p.tip = x
}

// removeConflicts takes out what spends the same as a mined transaction.
func (p *Pool) removeConflicts(tx *wire.Tx, id wire.Hash) {
	for i := range tx.Inputs {
		if e := p.spends[tx.Inputs[i].PrevOut]; e != nil && e.id != id {
			delete(p.deltas, e.id)
			p.removeTree(e.tx, e.id, ReasonConflict)
		}
	}
}

// disconnected keeps what was in a block until it is known which of it a new
// block holds.
func (p *Pool) disconnected(b *wire.Block, x *chain.Index) {
	for i := len(b.Txs) - 1; i >= 0; i-- {
		p.pending.add(b.Txs[i])
	}
	for p.pending.bytes > maxPending {
		tx := p.pending.pop(true)
		if tx == nil {
			break
		}
		p.removeTree(tx, tx.ID(), ReasonReorg)
	}
	p.tip, p.stale = x.Parent(), true
	p.updates++
}

// deepInvalidation is how many blocks may be invalidated before it is futile to
// put back what was in them.
const deepInvalidation = 10

// reorganised brings the pool in line with a chain from which blocks were taken
// (CChainState::MaybeUpdateMempoolForReorg). If the chain moves on meanwhile, the
// rest is for the next call.
func (p *Pool) reorganised() {
	var back []*entry
	err := error(nil)
	for tx := p.pending.pop(false); tx != nil && err == nil; tx = p.pending.pop(false) {
		var e *entry
		if e, err = p.putBack(tx); errors.Is(err, errMoved) {
			p.pending.putBack(tx)
		}
		if e != nil {
			back = append(back, e)
		}
	}
	for _, e := range p.adopt(back, p.o.Limits) {
		if p.entries[e.id] == e {
			p.removeTree(e.tx, e.id, ReasonSizeLimit)
		}
	}
	if err == nil {
		err = p.dropPremature()
	}
	switch {
	case err == nil:
		p.stale = false
		p.limit()
		err = p.checkSometimes()
	case errors.Is(err, errMoved):
		return
	}
	if err != nil { // of the disk: the node stops
		p.failed = fmt.Errorf("mempool: after a reorganisation: %w", err)
		p.o.Log.Error(p.failed.Error())
	}
}

// putBack lets a transaction of a disconnected block in again; what depends on
// one that may not goes.
func (p *Pool) putBack(tx *wire.Tx) (*entry, error) {
	id := tx.ID()
	if p.left <= deepInvalidation && !tx.IsCoinbase() {
		r, err := p.acceptOne(&judgement{tx: tx, time: p.now(), bypass: true}, false)
		if err != nil {
			return nil, err
		}
		if r.Err == nil {
			return p.entries[id], nil
		}
	}
	p.removeTree(tx, id, ReasonReorg)
	return nil, nil
}

// dropPremature takes out what the next block may no longer hold: lock times in
// the future, coinbases not yet mature (CTxMemPool::removeForReorg).
func (p *Pool) dropPremature() error {
	var gone []*entry
	for _, e := range p.entries {
		ok, err := p.mature(e)
		if err != nil {
			return err
		}
		if !ok {
			gone = append(gone, e)
		}
	}
	if len(gone) > 0 {
		p.remove(p.descendants(gone...).byID(), ReasonReorg)
	}
	return nil
}

// mature reports whether the next block may hold an entry, and brings its lock
// times up to date.
func (p *Pool) mature(e *entry) (bool, error) {
	if !p.final(e.tx) {
		return false, nil
	}
	moved := !p.o.Chain.Contains(e.lockBlock)
	if !moved && !e.locks.Satisfied(p.tip) {
		return false, nil
	}
	if !moved && !e.spendsCoinbase {
		return true, nil
	}
	spent, err := p.spentBy(e)
	if err != nil || spent == nil {
		return false, err
	}
	if moved {
		if e.locks, e.lockBlock = p.lockPoints(e.tx, spent); !e.locks.Satisfied(p.tip) {
			return false, nil
		}
	}
	for i := range spent {
		if spent[i].Coinbase && p.tip.Height()+1-int(spent[i].Height) < consensus.CoinbaseMaturity {
			return false, nil
		}
	}
	return true, nil
}

// spentBy are the coins that an entry spends, nil if one is missing.
func (p *Pool) spentBy(e *entry) (spent []consensus.Coin, err error) {
	err = p.o.Chain.With(func(tip *chain.Index, view coins.View) error {
		if tip != p.tip {
			return errMoved
		}
		for i := range e.tx.Inputs {
			c, ok, err := p.coin(e.tx.Inputs[i].PrevOut, nil, view)
			if err != nil {
				return err
			}
			if !ok {
				spent = nil
				return nil
			}
			spent = append(spent, c)
		}
		return nil
	})
	return spent, err
}

package orphan

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"dashmp/node/wire"
)

const (
	expireAfter   = 20 * time.Minute
	sweepInterval = 5 * time.Minute
	// maxSize is the largest transaction that is kept, in bytes
	// (MAX_STANDARD_TX_SIZE).
	maxSize = 100000
)

// Nobody is the peer of the work that a block makes.
const Nobody = -1

// Pool is the orphans. New makes one.
type Pool struct {
	log  *slog.Logger
	rand *rand.Rand

	byID map[wire.Hash]*entry
	// list is all entries in no order, for a random choice.
	list []*entry
	// spending finds who waits for an output.
	spending map[wire.OutPoint]map[*entry]struct{}
	// work is what is to be tried again, by the peer that sent the parent.
	work map[int64][]wire.Hash
	// size is the sum of encoded sizes in bytes.
	size      int
	nextSweep time.Time
}

type entry struct {
	tx      *wire.Tx
	id      wire.Hash
	peer    int64
	expires time.Time
	place   int // in list
	size    int
}

// New makes an empty Pool. log gets messages of category mempool.
func New(log *slog.Logger, r *rand.Rand) *Pool {
	return &Pool{
		log: log, rand: r, byID: map[wire.Hash]*entry{},
		spending: map[wire.OutPoint]map[*entry]struct{}{}, work: map[int64][]wire.Hash{},
	}
}

// Len is how many orphans there are.
func (p *Pool) Len() int { return len(p.list) }

// Has reports whether a transaction is among them.
func (p *Pool) Has(id wire.Hash) bool { return p.byID[id] != nil }

// Add keeps a transaction that a peer sent. It returns false for one that was
// here or is too large. The transaction must not share memory with more than
// itself.
func (p *Pool) Add(tx *wire.Tx, peer int64, now time.Time) bool {
	id := tx.ID()
	if p.byID[id] != nil {
		return false
	}
	size := tx.Size()
	if size > maxSize {
		p.log.Debug(fmt.Sprintf("ignoring large orphan tx (size: %d, hash: %s)", size, id))
		return false
	}
	e := &entry{tx, id, peer, now.Add(expireAfter), len(p.list), size}
	p.byID[id] = e
	p.list = append(p.list, e)
	for _, in := range tx.Inputs {
		if p.spending[in.PrevOut] == nil {
			p.spending[in.PrevOut] = map[*entry]struct{}{}
		}
		p.spending[in.PrevOut][e] = struct{}{}
	}
	p.size += size
	p.log.Debug(fmt.Sprintf("stored orphan tx %s (mapsz %d outsz %d)", id, len(p.byID), len(p.spending)))
	return true
}

// Erase drops one.
func (p *Pool) Erase(id wire.Hash) bool {
	e := p.byID[id]
	if e == nil {
		return false
	}
	for _, in := range e.tx.Inputs {
		delete(p.spending[in.PrevOut], e)
		if len(p.spending[in.PrevOut]) == 0 {
			delete(p.spending, in.PrevOut)
		}
	}
	last := p.list[len(p.list)-1]
	p.list[e.place], last.place = last, e.place
	p.list[len(p.list)-1] = nil
	p.list = p.list[:len(p.list)-1]
	p.size -= e.size
	delete(p.byID, id)
	return true
}

// EraseForPeer drops what a peer sent, and its work.
func (p *Pool) EraseForPeer(peer int64) {
	delete(p.work, peer)
	if n := p.eraseIf(func(e *entry) bool { return e.peer == peer }); n > 0 {
		p.log.Debug(fmt.Sprintf("Erased %d orphan tx from peer=%d", n, peer))
	}
}

func (p *Pool) eraseIf(cond func(*entry) bool) (n int) {
	for id, e := range p.byID {
		if cond(e) {
			p.Erase(id)
			n++
		}
	}
	return n
}

// EraseForBlock drops what a block holds or excludes.
func (p *Pool) EraseForBlock(b *wire.Block) {
	n := 0
	for _, tx := range b.Txs {
		for _, in := range tx.Inputs {
			for e := range p.spending[in.PrevOut] {
				if p.Erase(e.id) {
					n++
				}
			}
		}
	}
	if n > 0 {
		p.log.Debug(fmt.Sprintf("Erased %d orphan tx included or conflicted by block", n))
	}
}

// Limit drops what has expired, then orphans at random until the rest is at most
// limit bytes long.
func (p *Pool) Limit(limit int, now time.Time) {
	if !p.nextSweep.After(now) {
		earliest := now.Add(expireAfter - sweepInterval)
		n := p.eraseIf(func(e *entry) bool {
			if e.expires.After(now) && e.expires.Before(earliest) {
				earliest = e.expires
			}
			return !e.expires.After(now)
		})
		p.nextSweep = earliest.Add(sweepInterval)
		if n > 0 {
			p.log.Debug(fmt.Sprintf("Erased %d orphan tx due to expiration", n))
		}
	}
	evicted := 0
	for p.size > limit {
		p.Erase(p.list[p.rand.IntN(len(p.list))].id)
		evicted++
	}
	if evicted > 0 {
		p.log.Debug(fmt.Sprintf("orphanage overflow, removed %d tx", evicted))
	}
}

// AddChildren notes that what spends tx may be valid now; peer sent it.
func (p *Pool) AddChildren(tx *wire.Tx, peer int64) {
	id := tx.ID()
	for i := range tx.Outputs {
		for e := range p.spending[wire.OutPoint{Hash: id, Index: uint32(i)}] {
			p.work[peer] = append(p.work[peer], e.id)
		}
	}
}

// SetWork makes what spends a block's transactions the work of Nobody.
func (p *Pool) SetWork(b *wire.Block) {
	delete(p.work, Nobody)
	for _, tx := range b.Txs {
		p.AddChildren(tx, Nobody)
	}
}

// Next takes the next orphan of a peer's work, and who sent it; nil if there is
// none.
func (p *Pool) Next(peer int64) (tx *wire.Tx, sender int64) {
	for len(p.work[peer]) > 0 {
		id := p.work[peer][0]
		p.work[peer] = p.work[peer][1:]
		if e := p.byID[id]; e != nil {
			return e.tx, e.peer
		}
	}
	delete(p.work, peer)
	return nil, Nobody
}

// More reports whether there is work of a peer.
func (p *Pool) More(peer int64) bool { return len(p.work[peer]) > 0 }

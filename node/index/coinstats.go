package index

import (
	"encoding/binary"
	"errors"
	"fmt"

	"dashmp/node/chain"
	"dashmp/node/coins"
	"dashmp/node/consensus"
	"dashmp/node/muhash"
	"dashmp/node/script"
	"dashmp/node/wire"
)

const (
	// statsBucket holds Stats by block.
	statsBucket = "stats"
	// muhashKey is the running hash at the best block.
	muhashKey = "muhash"
)

// Stats describe the set of unspent outputs after a block, amounts in duffs.
// Totals are from the genesis block on (CCoinsStats).
type Stats struct {
	Outputs, Bogo uint64
	// Muhash is in the byte order of a hash.
	Muhash wire.Hash
	Amount int64
	// Subsidy is what blocks could create.
	Subsidy int64

	Unspendable, PrevoutSpent, NewOutputsExCoinbase, Coinbase           int64
	UnspendableGenesis, UnspendableScripts, UnspendableUnclaimedRewards int64
}

// numbers are the fields in the order of the record.
func (s *Stats) numbers() []*int64 {
	return []*int64{
		&s.Amount, &s.Subsidy, &s.Unspendable, &s.PrevoutSpent, &s.NewOutputsExCoinbase, &s.Coinbase,
		&s.UnspendableGenesis, &s.UnspendableScripts, &s.UnspendableUnclaimedRewards,
	}
}

func (s *Stats) append(b []byte) []byte {
	b = append(b, s.Muhash[:]...)
	b = binary.LittleEndian.AppendUint64(b, s.Outputs)
	b = binary.LittleEndian.AppendUint64(b, s.Bogo)
	for _, n := range s.numbers() {
		b = binary.LittleEndian.AppendUint64(b, uint64(*n))
	}
	return b
}

func decodeStats(b []byte) (s Stats, err error) {
	numbers := s.numbers()
	if len(b) != wire.HashSize+8*(2+len(numbers)) {
		return s, ErrState
	}
	r := wire.NewReader(b)
	s.Muhash, s.Outputs, s.Bogo = r.Hash(), r.Uint64(), r.Uint64()
	for _, n := range numbers {
		*n = int64(r.Uint64())
	}
	return s, r.Finish()
}

// CoinStats knows the set of unspent outputs after each block (CoinStatsIndex).
type CoinStats struct{ *follower }

// NewCoinStats opens the index; Start begins it. See NewTx for the error.
func NewCoinStats(o Options, r *consensus.Rules) (*CoinStats, error) {
	s := newStore(o.DB)
	f, err := newFollower(o, &statsContent{s: s, rules: r, genesis: r.Params().Genesis}, s)
	if err != nil {
		return nil, err
	}
	return &CoinStats{f}, nil
}

// Stats are those after a block; false if the index has none.
func (c *CoinStats) Stats(x *chain.Index) (Stats, bool) {
	s, ok, err := readStats(c.s, x)
	if err != nil {
		c.o.Log.Error(c.c.name() + ": " + err.Error())
	}
	return s, ok
}

func readStats(s *store, x *chain.Index) (st Stats, ok bool, err error) {
	v, ok, err := s.get(statsBucket, blockKey(x.Height(), x.Hash()))
	if err != nil || !ok {
		return st, false, err
	}
	st, err = decodeStats(v)
	return st, err == nil, err
}

// statsContent writes the records.
type statsContent struct {
	s       *store
	rules   *consensus.Rules
	genesis *wire.Block
	// now are the stats at the best block, and set is what their hash is of.
	now Stats
	set *muhash.Set
}

func (*statsContent) name() string { return "coinstatsindex" }
func (*statsContent) needs() needs { return needs{undo: true, reverse: true} }

func (c *statsContent) load(best *chain.Index) (bool, error) {
	c.now, c.set = Stats{}, muhash.New()
	if best == nil {
		return true, nil
	}
	raw, ok, err := c.s.get(metaBucket, []byte(muhashKey))
	if err != nil || !ok {
		return false, err
	}
	if err := c.set.UnmarshalBinary(raw); err != nil {
		return false, corrupt(c.name(), err)
	}
	if c.now, ok, err = readStats(c.s, best); err != nil || !ok {
		return false, err
	}
	// It is another block's if the chain has lost the one they were written at.
	return c.now.Muhash == wire.Hash(c.set.Sum()), nil
}

func (c *statsContent) state() map[string][]byte {
	raw, _ := c.set.AppendBinary(nil) // it cannot fail
	return map[string][]byte{muhashKey: raw}
}

// subsidy is what a block could create (GetBlockSubsidy).
func (c *statsContent) subsidy(x *chain.Index) int64 {
	if x.Parent() == nil {
		return consensus.ValueOut(c.genesis.Txs[0])
	}
	return c.rules.Subsidy(x.Parent())
}

func (c *statsContent) connect(x *chain.Index, b block) error {
	st := &c.now
	subsidy := c.subsidy(x)
	st.Subsidy += subsidy
	if x.Parent() == nil {
		st.Unspendable += subsidy
		st.UnspendableGenesis += subsidy
	} else if err := c.apply(x, b, 1); err != nil {
		return err
	}
	unclaimed := st.PrevoutSpent + st.Subsidy - (st.NewOutputsExCoinbase + st.Coinbase + st.Unspendable)
	st.Unspendable += unclaimed
	st.UnspendableUnclaimedRewards += unclaimed
	st.Muhash = c.set.Sum()
	c.s.put(statsBucket, blockKey(x.Height(), x.Hash()), st.append(nil))
	return nil
}

// disconnect goes back to the stats of the parent; the running hash has to be
// computed.
func (c *statsContent) disconnect(x *chain.Index, b block) error {
	if x.Parent() == nil {
		c.now, c.set = Stats{}, muhash.New()
		return nil
	}
	before, ok, err := readStats(c.s, x.Parent())
	if err != nil || !ok {
		return errors.Join(fmt.Errorf("the stats of block %s are missing", x.Parent().Hash()), err)
	}
	if err := c.apply(x, b, -1); err != nil {
		return err
	}
	if got := wire.Hash(c.set.Sum()); got != before.Muhash || c.now.Outputs != before.Outputs || c.now.Amount != before.Amount {
		return fmt.Errorf("block %s does not lead back to the stats of its parent", x.Hash())
	}
	c.now = before
	return nil
}

// apply adds a block's outputs and takes off what it spends, or the reverse with
// sign -1.
func (c *statsContent) apply(x *chain.Index, b block, sign int64) error {
	if len(b.undo) != len(b.Txs)-1 {
		return fmt.Errorf("block %s has undo data of %d transactions", x.Hash(), len(b.undo))
	}
	for i, tx := range b.Txs {
		id := tx.ID()
		for j := range tx.Outputs {
			c.create(wire.OutPoint{Hash: id, Index: uint32(j)}, coins.Coin{
				Out: tx.Outputs[j], Height: uint32(x.Height()), Coinbase: tx.IsCoinbase(),
			}, sign)
		}
		if i == 0 {
			continue
		}
		spent := b.undo[i-1]
		if len(spent) != len(tx.Inputs) {
			return fmt.Errorf("transaction %s has undo data of %d inputs", id, len(spent))
		}
		for j := range spent {
			c.now.PrevoutSpent += sign * spent[j].Out.Value
			c.count(tx.Inputs[j].PrevOut, &spent[j], -sign)
		}
	}
	return nil
}

// create counts an output that a block makes.
func (c *statsContent) create(o wire.OutPoint, coin coins.Coin, sign int64) {
	v := sign * coin.Out.Value
	switch {
	case script.IsUnspendable(coin.Out.ScriptPubKey):
		c.now.Unspendable += v
		c.now.UnspendableScripts += v
		return
	case coin.Coinbase:
		c.now.Coinbase += v
	default:
		c.now.NewOutputsExCoinbase += v
	}
	c.count(o, &coin, sign)
}

// count adds a coin to the set, or takes it out.
func (c *statsContent) count(o wire.OutPoint, coin *coins.Coin, sign int64) {
	element := coins.AppendElement(nil, o, coin)
	if sign > 0 {
		c.set.Insert(element)
	} else {
		c.set.Remove(element)
	}
	c.now.Outputs += uint64(sign)
	c.now.Amount += sign * coin.Out.Value
	c.now.Bogo += uint64(sign) * coins.BogoSize(coin.Out.ScriptPubKey)
}

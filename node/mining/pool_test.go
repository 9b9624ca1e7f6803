package mining

import (
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"dashmp/node/address"
	"dashmp/node/mempool"
	"dashmp/node/mempool/policy"
	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// trueScript is spent by whoever shows it.
var trueScript = []byte{byte(script.Op1)}

func payAnyone() address.Destination {
	return address.Destination{Kind: address.ScriptHash, Hash: address.Hash160(trueScript)}
}

// withPool gives a fixture a memory pool.
func withPool(t testing.TB, f *fixture) *mempool.Pool {
	t.Helper()
	p := policy.Default()
	p.RequireStandard = true
	pool := mempool.New(mempool.Options{
		Chain: f.chain, Rules: f.o.Rules, Policy: p, Limits: mempool.DefaultLimits(), Now: f.time, Log: f.o.Log,
	})
	t.Cleanup(pool.Close)
	f.o.Pool = pool
	return pool
}

// spender makes transactions of coins that it knows.
type spender struct {
	t     testing.TB
	r     *rand.Rand
	coins []spendable
}

type spendable struct {
	out   wire.OutPoint
	value int64
}

// take removes a coin.
func (s *spender) take(i int) spendable {
	c := s.coins[i]
	s.coins[i] = s.coins[len(s.coins)-1]
	s.coins = s.coins[:len(s.coins)-1]
	return c
}

// spend makes a transaction of some coins, recent ones rather than old ones, so
// that families come about, at a random fee rate. The caller says by keep
// whether its outputs are there to be spent.
func (s *spender) spend() *wire.Tx {
	tx := &wire.Tx{Version: 2}
	var sum int64
	for range 1 + s.r.IntN(3) {
		if len(s.coins) == 0 {
			break
		}
		i := s.r.IntN(len(s.coins))
		if s.r.IntN(3) > 0 {
			i = len(s.coins) - 1 - s.r.IntN(min(6, len(s.coins)))
		}
		c := s.take(i)
		sum += c.value
		tx.Inputs = append(tx.Inputs, wire.TxIn{PrevOut: c.out, ScriptSig: script.AppendPush(nil, trueScript), Sequence: wire.SequenceFinal})
	}
	outs := 1 + s.r.IntN(4)
	for range outs {
		tx.Outputs = append(tx.Outputs, wire.TxOut{ScriptPubKey: payAnyone().Script()})
	}
	rates := []int64{1000, 1000, 1500, 3000, 20_000, 100_000}
	rate := rates[s.r.IntN(len(rates))] + int64(s.r.IntN(2)*s.r.IntN(500))
	fee := rate*int64(tx.Size())/1000 + 1
	for i := range tx.Outputs {
		tx.Outputs[i].Value = (sum - fee) / int64(outs)
	}
	return tx
}

func (s *spender) keep(tx *wire.Tx) {
	for i := range tx.Outputs {
		s.coins = append(s.coins, spendable{wire.OutPoint{Hash: tx.ID(), Index: uint32(i)}, tx.Outputs[i].Value})
	}
}

// selectionCase is a setting of the miner, Dash Core's options for it, and the tip
// that both come to.
type selectionCase struct {
	args   []string
	change func(*Options)
	tip    string
}

func selections() map[string]selectionCase {
	return map[string]selectionCase{
		"roomy": {tip: "24fa701abd56f6411119c8f579eab08dcf1d60c9c2d3a0b432bb0edc3ce7c593"},
		"small": {[]string{"-blockmaxsize=6000"}, func(o *Options) { o.MaxSize = 6000 }, "31532ad20059b549701201c74e0bf030286e96f1343a3bf3a66eace266fc672c"},
		"dear": {[]string{"-blockmintxfee=0.000016", "-blockmaxsize=20000"},
			func(o *Options) { o.MinFeeRate, o.MaxSize = 1600, 20000 }, "74df0887eb3bb5a656ea53bad6773c3bf634baebb03096051454e234cec9a002"},
		"tiny": {[]string{"-blockmaxsize=1"}, func(o *Options) { o.MaxSize = 1 }, "2c4c857b3360d7304846768fcdbf95ba1628178402a4fd1f7a8fb1a06528d19d"},
	}
}

// TestSelection: the tip after a hundred blocks of families of transactions, some
// prioritised, is the one that Dash Core comes to as well (TestSelectionOfCore).
func TestSelection(t *testing.T) {
	for name, c := range selections() {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, params.Options{}, c.change)
			if tip := fill(t, f, nil); tip != c.tip {
				t.Errorf("the tip is %s, want %s", tip, c.tip)
			}
		})
	}
}

// TestSelectionOfCore does the same with Dash Core beside it, and compares each
// block and template.
func TestSelectionOfCore(t *testing.T) {
	for name, c := range selections() {
		t.Run(name, func(t *testing.T) {
			core := startCore(t, c.args...)
			f := newFixture(t, params.Options{}, c.change)
			if tip := fill(t, f, core); tip != c.tip {
				t.Errorf("the tip is %s, want %s", tip, c.tip)
			}
		})
	}
}

// fill mines until there are coins, then blocks of transactions. core, if not
// nil, does the same and must come to the same.
func fill(t *testing.T, f *fixture, core *coreNode) (tip string) {
	t.Helper()
	pool := withPool(t, f)
	s := &spender{t: t, r: rand.New(rand.NewPCG(7, 11))}
	pay, now := address.Encode(payAnyone(), f.p.Base58), int64(startTime)
	for h := 1; h <= 480; h++ {
		now += 30
		f.clock(now)
		var ours, theirs []string
		f.must(t, &ours, "generatetoaddress", 1, pay)
		if core != nil {
			core.must(t, nil, "setmocktime", now)
			core.must(t, &theirs, "generatetoaddress", 1, pay)
			if ours[0] != theirs[0] {
				var raw string
				core.must(t, &raw, "getblock", theirs[0], 0)
				t.Fatalf("ours   %s\ntheirs %s", hexBlock(t, f, h), raw)
			}
		}
		tip = ours[0]
		if h <= 380 {
			cb := f.block(t, f.chain.Tip()).Txs[0]
			s.coins = append([]spendable{{wire.OutPoint{Hash: cb.ID()}, cb.Outputs[0].Value}}, s.coins...)
		}
		if h < 380 {
			continue
		}
		if h == 380 {
			s.coins = s.coins[len(s.coins)-250:] // the first 250 are mature
		}
		for range 25 {
			s.send(f, pool, core)
		}
		if core != nil {
			compare(t, core, f, "getblocktemplate")
		}
	}
	return tip
}

// send puts a transaction into both pools.
func (s *spender) send(f *fixture, pool *mempool.Pool, core *coreNode) {
	t := s.t
	t.Helper()
	tx := s.spend()
	if len(tx.Inputs) == 0 || tx.Outputs[0].Value < 10_000 {
		return
	}
	if s.r.IntN(8) == 0 {
		delta := int64(s.r.IntN(100_000) - 50_000)
		pool.Prioritise(tx.ID(), delta)
		if core != nil {
			core.must(t, nil, "prioritisetransaction", tx.ID().String(), delta)
		}
	}
	result, err := pool.Accept(t.Context(), tx, mempool.How{})
	if err != nil {
		t.Fatal(err)
	}
	if core != nil {
		theirs := core.call(nil, "sendrawtransaction", hex.EncodeToString(tx.Append(nil)), 0)
		if (theirs == nil) != (result.Err == nil) {
			t.Fatalf("ours %v, theirs %v", result.Err, theirs)
		}
	}
	if result.Err == nil {
		s.keep(tx)
	}
}

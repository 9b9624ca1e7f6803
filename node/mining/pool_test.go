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

// coinsOf are outputs that spender can spend, with their values.
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

// TestSelectionOfCore fills both pools with the same families of transactions,
// some prioritised, and compares the blocks.
func TestSelectionOfCore(t *testing.T) {
	for name, c := range map[string]struct {
		args   []string
		change func(*Options)
	}{
		"roomy": {},
		"small": {[]string{"-blockmaxsize=6000"}, func(o *Options) { o.MaxSize = 6000 }},
		"dear":  {[]string{"-blockmintxfee=0.000016", "-blockmaxsize=20000"}, func(o *Options) { o.MinFeeRate, o.MaxSize = 1600, 20000 }},
		"tiny":  {[]string{"-blockmaxsize=1"}, func(o *Options) { o.MaxSize = 1 }},
	} {
		t.Run(name, func(t *testing.T) {
			core, f := startCore(t, c.args...), newFixture(t, params.Options{}, c.change)
			pool := withPool(t, f)
			s := &spender{t: t, r: rand.New(rand.NewPCG(7, 11))}
			now := int64(startTime)
			both := func() *wire.Block {
				now += 30
				core.must(t, nil, "setmocktime", now)
				f.clock(now)
				var hashes []string
				core.must(t, &hashes, "generatetoaddress", 1, address.Encode(payAnyone(), f.p.Base58))
				var ours []string
				f.must(t, &ours, "generatetoaddress", 1, address.Encode(payAnyone(), f.p.Base58))
				if ours[0] != hashes[0] {
					var theirs string
					core.must(t, &theirs, "getblock", hashes[0], 0)
					t.Fatalf("ours   %s\ntheirs %s", hexBlock(t, f, f.chain.Tip().Height()), theirs)
				}
				return f.block(t, f.chain.Tip())
			}
			var mined, included int
			for h := 1; h <= 480; h++ {
				if b := both(); h <= 380 {
					cb := b.Txs[0]
					s.coins = append([]spendable{{wire.OutPoint{Hash: cb.ID()}, cb.Outputs[0].Value}}, s.coins...)
				} else {
					mined++
					included += len(b.Txs) - 1
				}
				if h < 380 {
					continue
				}
				if h == 380 {
					s.coins = s.coins[len(s.coins)-250:] // the first 250 are mature
				}
				for range 25 {
					tx := s.spend()
					if len(tx.Inputs) == 0 || tx.Outputs[0].Value < 10_000 {
						continue
					}
					if s.r.IntN(8) == 0 {
						delta := int64(s.r.IntN(100_000) - 50_000)
						core.must(t, nil, "prioritisetransaction", tx.ID().String(), delta)
						pool.Prioritise(tx.ID(), delta)
					}
					err := core.call(nil, "sendrawtransaction", hex.EncodeToString(tx.Append(nil)), 0)
					result, fail := pool.Accept(t.Context(), tx, mempool.How{})
					if fail != nil || (err == nil) != (result.Err == nil) {
						t.Fatalf("%v: ours %v, theirs %v", fail, result.Err, err)
					}
					if err == nil {
						s.keep(tx)
					}
				}
				compare(t, core, f, "getblocktemplate")
			}
			t.Logf("%d blocks with %d transactions", mined, included)
		})
	}
}

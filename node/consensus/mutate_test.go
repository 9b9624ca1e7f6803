package consensus

import (
	"math/rand/v2"

	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// mutant is a block that differs from a valid one.
type mutant struct {
	name  string
	block *wire.Block
}

// mutator makes blocks of a valid block on top of a ledger's tip.
type mutator struct {
	l    *ledger
	base *wire.Block
	now  int64
	list []mutant
	// changes are those of the base so far.
	changes []change
}

// change is what makes a mutant.
type change struct {
	name string
	do   func(b *wire.Block)
}

// trueScript is the redeem script of all test coins.
var trueScript = []byte{byte(script.Op1)}

func trueOutput() []byte {
	return append(append([]byte{byte(script.OpHash160), 20}, script.Hash160(trueScript)...), byte(script.OpEqual))
}

// add changes a copy of the base and settles its merkle root.
func (m *mutator) add(name string, do func(b *wire.Block)) {
	b := clone(m.base)
	do(b)
	m.list = append(m.list, mutant{name, seal(b)})
	m.changes = append(m.changes, change{name, do})
}

// pairs makes two changes at once, which shows the order of checks. The seed is
// the height, so that runs agree.
func (m *mutator) pairs(n int) {
	rng := rand.New(rand.NewPCG(uint64(m.height()), 2))
	pick := func() change { return m.changes[rng.IntN(len(m.changes))] }
	for range n {
		one, two := pick(), pick()
		if b := clone(m.base); applied(b, one, two) {
			m.list = append(m.list, mutant{one.name + " and " + two.name, seal(b)})
		}
	}
}

// applied makes changes to b unless one takes away what another wants.
func applied(b *wire.Block, changes ...change) (ok bool) {
	defer func() { ok = recover() == nil }()
	for _, c := range changes {
		c.do(b)
	}
	return true
}

// raw is add without a new merkle root.
func (m *mutator) raw(name string, change func(b *wire.Block)) {
	b := clone(m.base)
	change(b)
	m.list = append(m.list, mutant{name, b})
}

// spend makes a transaction that spends coins and pays all but a fee.
func (m *mutator) spend(fee int64, from ...wire.OutPoint) *wire.Tx {
	tx := &wire.Tx{Version: 2}
	var sum int64
	for _, o := range from {
		tx.Inputs = append(tx.Inputs, wire.TxIn{
			PrevOut: o, ScriptSig: script.AppendPush(nil, trueScript), Sequence: wire.SequenceFinal,
		})
		sum += m.l.coins[o].Out.Value
	}
	tx.Outputs = []wire.TxOut{{Value: sum - fee, ScriptPubKey: trueOutput()}}
	return tx
}

func (m *mutator) height() int { return nextHeight(m.l.chain.tip()) }

// mature are coins that may be spent.
func (m *mutator) mature() []wire.OutPoint {
	return m.l.coinsAt(func(c Coin) bool { return !c.Coinbase || m.height()-int(c.Height) >= CoinbaseMaturity })
}

// extraPairs is how many pairs of changes each tip gets.
const extraPairs = 60

func mutants(l *ledger, base *wire.Block, now int64) []mutant {
	m := &mutator{l: l, base: base, now: now}
	m.headers()
	m.structure()
	m.coinbases()
	m.payloads()
	if coins := m.mature(); len(coins) >= 3 {
		m.spends(coins)
		m.specials(coins)
	}
	m.commitments()
	m.random(40)
	m.pairs(extraPairs)
	return m.list
}

func (m *mutator) headers() {
	median := MedianTimePast(m.l.chain.tip())
	for _, v := range []int64{median, median + 1, m.now + MaxFutureBlockTime, m.now + MaxFutureBlockTime + 1} {
		m.add("time", func(b *wire.Block) { b.Header.Time = uint32(v) })
	}
	for _, v := range []int32{-1, 0, 1, 2, 3, 4, 5, 0x20000000} {
		m.add("version", func(b *wire.Block) { b.Header.Version = v })
	}
	m.add("bits", func(b *wire.Block) { b.Header.Bits = 0x1f00ffff })
	m.add("nonce", func(b *wire.Block) { b.Header.Nonce++ })
	m.raw("merkle root", func(b *wire.Block) { b.Header.MerkleRoot[3] ^= 1 })
}

func (m *mutator) structure() {
	m.add("no transactions", func(b *wire.Block) { b.Txs = nil })
	m.add("no coinbase", func(b *wire.Block) { b.Txs[0].Inputs[0].PrevOut.Hash[0] = 1 })
	m.add("two coinbases", func(b *wire.Block) { b.Txs = append(b.Txs, b.Txs[0]) })
	m.raw("repeated transactions", func(b *wire.Block) {
		if len(b.Txs)%2 == 0 {
			b.Txs = append(b.Txs, b.Txs[len(b.Txs)-2:]...)
		} else {
			b.Txs = append(b.Txs, b.Txs[len(b.Txs)-1])
		}
	})
	m.add("large coinbase", func(b *wire.Block) {
		b.Txs[0].Outputs = append(b.Txs[0].Outputs, wire.TxOut{ScriptPubKey: make([]byte, 100_000)})
	})
	m.add("oversized coinbase", func(b *wire.Block) {
		b.Txs[0].Outputs = append(b.Txs[0].Outputs, wire.TxOut{ScriptPubKey: make([]byte, 1_000_000)})
	})
	for _, n := range []int{2000, 2001, 2100} {
		m.add("signature operations", func(b *wire.Block) {
			s := make([]byte, n)
			for i := range s {
				s[i] = byte(script.OpCheckMultisig)
			}
			b.Txs[0].Outputs = append(b.Txs[0].Outputs, wire.TxOut{ScriptPubKey: s})
		})
	}
}

func (m *mutator) coinbases() {
	cb := func(name string, change func(tx *wire.Tx)) {
		m.add("coinbase "+name, func(b *wire.Block) { change(b.Txs[0]) })
	}
	for _, d := range []int64{-1, 1, 1000} {
		cb("value", func(tx *wire.Tx) { tx.Outputs[0].Value += d })
	}
	cb("negative", func(tx *wire.Tx) { tx.Outputs[0].Value = -1 })
	cb("too large", func(tx *wire.Tx) { tx.Outputs[0].Value = MaxMoney + 1 })
	cb("most", func(tx *wire.Tx) { tx.Outputs[0].Value = MaxMoney })
	cb("script of one byte", func(tx *wire.Tx) { tx.Inputs[0].ScriptSig = []byte{0} })
	cb("no script", func(tx *wire.Tx) { tx.Inputs[0].ScriptSig = nil })
	cb("long script", func(tx *wire.Tx) { tx.Inputs[0].ScriptSig = make([]byte, 101) })
	cb("height", func(tx *wire.Tx) { tx.Inputs[0].ScriptSig = script.AppendInt([]byte{}, int64(m.height()+1)) })
	cb("no outputs", func(tx *wire.Tx) { tx.Outputs = nil })
	cb("lock time", func(tx *wire.Tx) { tx.LockTime = uint32(m.height()); tx.Inputs[0].Sequence = 0 })
	cb("lock time passed", func(tx *wire.Tx) { tx.LockTime = uint32(m.height() - 1); tx.Inputs[0].Sequence = 0 })
	cb("version 1", func(tx *wire.Tx) { tx.Version, tx.Type, tx.ExtraPayload = 1, 0, nil })
	cb("version 3", func(tx *wire.Tx) { tx.Version, tx.Type, tx.ExtraPayload = 3, 0, nil })
	cb("type 5 version 2", func(tx *wire.Tx) { tx.Version, tx.Type, tx.ExtraPayload = 2, wire.TxCoinbase, nil })
	cb("type 5 no payload", func(tx *wire.Tx) { tx.Version, tx.Type, tx.ExtraPayload = 3, wire.TxCoinbase, nil })
	cb("type 8", func(tx *wire.Tx) { tx.Version, tx.Type = 3, wire.TxAssetLock })
	cb("type 77", func(tx *wire.Tx) { tx.Version, tx.Type = 3, 77 })
	for i := range m.base.Txs[0].Outputs {
		cb("output moved", func(tx *wire.Tx) { tx.Outputs[0].Value--; tx.Outputs[i].Value++ })
		cb("output script", func(tx *wire.Tx) { tx.Outputs[i].ScriptPubKey = []byte{byte(script.OpReturn), 0} })
	}
}

// payloads changes the coinbase's payload.
func (m *mutator) payloads() {
	if _, err := wire.PayloadOf[*wire.CbTx](m.base.Txs[0]); err != nil {
		return
	}
	set := func(name string, change func(p *wire.CbTx)) {
		m.add("payload "+name, func(b *wire.Block) {
			p, _ := wire.PayloadOf[*wire.CbTx](b.Txs[0])
			change(p)
			b.Txs[0].ExtraPayload = p.Append(nil)
		})
	}
	for v := range uint16(6) {
		set("version", func(p *wire.CbTx) { p.Version = v })
	}
	for _, d := range []int32{-1, 1} {
		set("height", func(p *wire.CbTx) { p.Height += d })
	}
	set("masternodes", func(p *wire.CbTx) { p.MerkleRootMNList[0] = 1 })
	set("quorums", func(p *wire.CbTx) { p.MerkleRootQuorums[0] = 1 })
	set("ChainLock distance", func(p *wire.CbTx) { p.BestCLHeightDiff = 1 })
	set("ChainLock signature", func(p *wire.CbTx) { p.BestCLSignature[5] = 1 })
	for _, d := range []int64{-1, 1} {
		set("credit pool", func(p *wire.CbTx) { p.CreditPoolBalance += d })
	}
	m.add("payload longer", func(b *wire.Block) { b.Txs[0].ExtraPayload = append(b.Txs[0].ExtraPayload, 0) })
	m.add("payload shorter", func(b *wire.Block) {
		b.Txs[0].ExtraPayload = b.Txs[0].ExtraPayload[:len(b.Txs[0].ExtraPayload)-1]
	})
	m.add("payload empty", func(b *wire.Block) { b.Txs[0].ExtraPayload = nil })
	m.add("payload too long", func(b *wire.Block) { b.Txs[0].ExtraPayload = make([]byte, 10_001) })
}

func (m *mutator) spends(coins []wire.OutPoint) {
	tx := func(name string, list ...*wire.Tx) {
		m.add("spend "+name, func(b *wire.Block) { b.Txs = append(b.Txs, list...) })
	}
	with := func(change func(tx *wire.Tx)) *wire.Tx {
		s := m.spend(0, coins[0])
		change(s)
		return s
	}
	one := m.spend(1000, coins[0])
	tx("one", one)
	m.add("spend and take the fee", func(b *wire.Block) { b.Txs = append(b.Txs, one); b.Txs[0].Outputs[0].Value += 1000 })
	m.add("spend and take more", func(b *wire.Block) { b.Txs = append(b.Txs, one); b.Txs[0].Outputs[0].Value += 1001 })
	tx("two", m.spend(0, coins[0], coins[1]))
	tx("twice", one, m.spend(0, coins[0]))
	tx("repeated input", m.spend(0, coins[0], coins[0]))
	tx("more than there is", m.spend(-1, coins[0]))
	tx("unknown", m.spend(0, wire.OutPoint{Hash: fakeHash(7)}))
	tx("wrong index", with(func(tx *wire.Tx) { tx.Inputs[0].PrevOut.Index += 7 }))
	tx("null", with(func(tx *wire.Tx) {
		tx.Inputs = append(tx.Inputs, wire.TxIn{PrevOut: wire.OutPoint{Index: wire.NullIndex}})
	}))
	if young := m.l.coinsAt(func(c Coin) bool { return c.Coinbase && m.height()-int(c.Height) == 99 }); len(young) > 0 {
		tx("young", m.spend(0, young[0]))
	}
	child := m.spend(0, coins[0])
	child.Inputs[0].PrevOut = wire.OutPoint{Hash: one.ID()}
	child.Outputs[0].Value = one.Outputs[0].Value
	tx("with child", one, child)
	tx("child first", child, one)
	tx("wrong script", with(func(tx *wire.Tx) { tx.Inputs[0].ScriptSig = script.AppendPush(nil, []byte{0}) }))
	tx("empty script", with(func(tx *wire.Tx) { tx.Inputs[0].ScriptSig = nil }))
	tx("not only pushes", with(func(tx *wire.Tx) { tx.Inputs[0].ScriptSig = []byte{0x61, 1, 0x51} }))
	tx("lock time", with(func(tx *wire.Tx) { tx.LockTime = uint32(m.height()); tx.Inputs[0].Sequence = 0 }))
	median := uint32(MedianTimePast(m.l.chain.tip()))
	for _, at := range []uint32{median, median - 1} {
		tx("lock time in seconds", with(func(tx *wire.Tx) { tx.LockTime = at; tx.Inputs[0].Sequence = 0 }))
	}
	m.relative(coins[0], tx)
	for _, n := range []int{99_000, 100_000} {
		tx("large", with(func(tx *wire.Tx) {
			tx.Outputs = append(tx.Outputs, wire.TxOut{ScriptPubKey: make([]byte, n)})
		}))
	}
	for _, kind := range []wire.TxType{1, 6, 10, 0xffff} {
		tx("version 2 with type", with(func(tx *wire.Tx) { tx.Type = kind }))
		tx("version 3 with type", with(func(tx *wire.Tx) { tx.Version, tx.Type = 3, kind }))
	}
	tx("negative version", with(func(tx *wire.Tx) { tx.Version, tx.Type = -1, 0xffff }))
	if len(m.l.last) > 0 {
		tx("again", m.l.last[0])
	}
}

// relative locks a spend until just when it is allowed, and one step longer.
func (m *mutator) relative(coin wire.OutPoint, tx func(string, ...*wire.Tx)) {
	prev, at := m.l.chain.tip(), int(m.l.coins[coin].Height)
	blocks := m.height() - at
	seconds := (MedianTimePast(prev) - MedianTimePast(prev.Ancestor(max(at-1, 0)))) >> wire.SequenceLockGranularity
	for d := range 2 {
		for _, version := range []int16{1, 2} {
			s := m.spend(0, coin)
			s.Version, s.Inputs[0].Sequence = version, uint32(blocks+d)
			tx("relative lock in blocks", s)
			s = m.spend(0, coin)
			s.Version, s.Inputs[0].Sequence = version, uint32(seconds+int64(d))|wire.SequenceLockSeconds
			tx("relative lock in seconds", s)
		}
	}
}

// specials adds special transactions other than commitments.
func (m *mutator) specials(coins []wire.OutPoint) {
	add := func(name string, kind wire.TxType, payload []byte, change func(tx *wire.Tx)) {
		m.add("special "+name, func(b *wire.Block) {
			tx := m.spend(0, coins[0])
			tx.Version, tx.Type, tx.ExtraPayload = 3, kind, payload
			if change != nil {
				change(tx)
			}
			b.Txs = append(b.Txs, tx)
		})
	}
	bare := func(tx *wire.Tx) { tx.Inputs, tx.Outputs = nil, nil }
	add("coinbase type", wire.TxCoinbase, m.base.Txs[0].ExtraPayload, nil)
	m.assetLocks(add)
	known, other := m.l.chain.at(m.height()/2).Hash(), fakeHash(3)
	for _, v := range []uint8{0, 1, 2} {
		for _, q := range []wire.Hash{known, other} {
			unlock := wire.AssetUnlock{Version: v, Index: 1, Fee: 10, RequestedHeight: 5, QuorumHash: q}
			add("asset unlock", wire.TxAssetUnlock, unlock.Append(nil), func(tx *wire.Tx) { tx.Inputs = nil })
			for _, bit := range []uint8{12, 28, 3} {
				signal := wire.MnHfSignal{Version: v, Bit: bit, QuorumHash: q}
				add("signal", wire.TxMnHfSignal, signal.Append(nil), bare)
			}
		}
	}
	unlock := wire.AssetUnlock{Version: 1, Fee: 1}
	add("asset unlock with input", wire.TxAssetUnlock, unlock.Append(nil), nil)
	add("asset unlock, outputs", wire.TxAssetUnlock, unlock.Append(nil), func(tx *wire.Tx) {
		tx.Inputs, tx.Outputs = nil, make([]wire.TxOut, 33)
	})
	for _, kind := range []wire.TxType{1, 2, 3, 4, 6, 7, 8, 9} {
		add("empty payload", kind, nil, func(tx *wire.Tx) {
			if kind == wire.TxAssetUnlock {
				tx.Inputs = nil
			}
		})
	}
	for v := range uint16(4) {
		reg := wire.ProRegister{Version: v, InputsHash: fakeHash(1), ScriptPayout: trueOutput()}
		add("registration", wire.TxProRegister, reg.Append(nil), nil)
		reg.Type = wire.MnEvo
		add("evo registration", wire.TxProRegister, reg.Append(nil), nil)
		reg.Type = 2
		add("other registration", wire.TxProRegister, reg.Append(nil), nil)
		reg.Type, reg.Mode = 0, 1
		add("registration mode", wire.TxProRegister, reg.Append(nil), nil)
		service := wire.ProUpService{Version: v}
		add("service", wire.TxProUpService, service.Append(nil), nil)
		up := wire.ProUpRegistrar{Version: v}
		add("registrar", wire.TxProUpRegistrar, up.Append(nil), nil)
		up.Mode = 1
		add("registrar mode", wire.TxProUpRegistrar, up.Append(nil), nil)
		revoke := wire.ProUpRevoke{Version: v, Reason: 4}
		add("revoke", wire.TxProUpRevoke, revoke.Append(nil), nil)
	}
}

// assetLocks adds asset locks, a valid one first.
func (m *mutator) assetLocks(add func(string, wire.TxType, []byte, func(*wire.Tx))) {
	pkh := append(append([]byte{0x76, 0xa9, 20}, make([]byte, 20)...), 0x88, 0xac)
	const amount = 5000
	lock := func(name string, change func(tx *wire.Tx, p *wire.AssetLock)) {
		p := &wire.AssetLock{Version: 1, CreditOutputs: []wire.TxOut{{Value: amount, ScriptPubKey: pkh}}}
		add("asset lock "+name, wire.TxAssetLock, nil, func(tx *wire.Tx) {
			tx.Outputs = append(tx.Outputs, wire.TxOut{Value: amount, ScriptPubKey: []byte{byte(script.OpReturn), 0}})
			tx.Outputs[0].Value -= amount
			change(tx, p)
			tx.ExtraPayload = p.Append(nil)
		})
		// The same with the balance of the credit pool that a valid one needs.
		b := m.list[len(m.list)-1].block
		if cb, err := wire.PayloadOf[*wire.CbTx](b.Txs[0]); err == nil {
			b = clone(b)
			cb.CreditPoolBalance += amount
			b.Txs[0].ExtraPayload = cb.Append(nil)
			m.list = append(m.list, mutant{"special asset lock with balance " + name, seal(b)})
		}
	}
	lock("valid", func(*wire.Tx, *wire.AssetLock) {})
	for _, v := range []uint8{0, 2} {
		lock("version", func(_ *wire.Tx, p *wire.AssetLock) { p.Version = v })
	}
	lock("no credit", func(_ *wire.Tx, p *wire.AssetLock) { p.CreditOutputs = nil })
	lock("credit differs", func(_ *wire.Tx, p *wire.AssetLock) { p.CreditOutputs[0].Value-- })
	lock("credit of nothing", func(_ *wire.Tx, p *wire.AssetLock) { p.CreditOutputs[0].Value = 0 })
	lock("negative credit", func(_ *wire.Tx, p *wire.AssetLock) { p.CreditOutputs[0].Value = -1 })
	lock("too much credit", func(_ *wire.Tx, p *wire.AssetLock) {
		p.CreditOutputs = []wire.TxOut{{Value: MaxMoney, ScriptPubKey: pkh}, {Value: 1, ScriptPubKey: pkh}}
	})
	lock("credit to a script", func(_ *wire.Tx, p *wire.AssetLock) { p.CreditOutputs[0].ScriptPubKey = trueOutput() })
	lock("no return", func(tx *wire.Tx, _ *wire.AssetLock) { tx.Outputs = tx.Outputs[:1] })
	lock("return of nothing", func(tx *wire.Tx, _ *wire.AssetLock) { tx.Outputs[1].Value = 0 })
	lock("return with data", func(tx *wire.Tx, _ *wire.AssetLock) { tx.Outputs[1].ScriptPubKey = []byte{0x6a, 1, 1} })
	lock("bare return", func(tx *wire.Tx, _ *wire.AssetLock) { tx.Outputs[1].ScriptPubKey = []byte{0x6a} })
	lock("two returns", func(tx *wire.Tx, _ *wire.AssetLock) {
		tx.Outputs[0].Value--
		tx.Outputs = append(tx.Outputs, wire.TxOut{Value: 1, ScriptPubKey: []byte{byte(script.OpReturn), 0}})
	})
}

// commitments changes those of the base, or adds some that are not due.
func (m *mutator) commitments() {
	var at []int
	for i, tx := range m.base.Txs {
		if tx.Type == wire.TxQuorumCommitment {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		for _, q := range m.l.rules.p.Consensus.LLMQs {
			m.extraCommitment(&q)
		}
		return
	}
	remove := func(b *wire.Block, i int) { b.Txs = append(b.Txs[:i:i], b.Txs[i+1:]...) }
	for _, i := range at {
		m.add("commitment missing", func(b *wire.Block) { remove(b, i) })
		m.add("commitment twice", func(b *wire.Block) { b.Txs = append(b.Txs, b.Txs[i]) })
		set := func(name string, change func(p *wire.QuorumCommitment)) {
			m.add("commitment "+name, func(b *wire.Block) {
				p, _ := wire.PayloadOf[*wire.QuorumCommitment](b.Txs[i])
				change(p)
				b.Txs[i].ExtraPayload = p.Append(nil)
			})
		}
		for _, v := range []uint16{0, 2} {
			set("payload version", func(p *wire.QuorumCommitment) { p.Version = v })
		}
		for v := range uint16(6) {
			set("version", func(p *wire.QuorumCommitment) { p.Commitment.Version = v })
		}
		set("height", func(p *wire.QuorumCommitment) { p.Height++ })
		for _, kind := range []uint8{0, 1, 100, 102, 103, 104, 106, 255} {
			set("type", func(p *wire.QuorumCommitment) { p.Commitment.LLMQType = kind })
		}
		set("unknown quorum", func(p *wire.QuorumCommitment) { p.Commitment.QuorumHash[0] ^= 1 })
		set("other quorum", func(p *wire.QuorumCommitment) { p.Commitment.QuorumHash = m.l.chain.at(5).Hash() })
		for _, index := range []int16{-1, 1, 2, 31000} {
			set("index", func(p *wire.QuorumCommitment) { p.Commitment.Version, p.Commitment.QuorumIndex = 4, index })
		}
		set("quorum of the tip", func(p *wire.QuorumCommitment) {
			// Dash Core takes a base height of -1 for the tip's.
			q, _ := m.l.rules.p.Consensus.LLMQ(params.LLMQType(p.Commitment.LLMQType))
			p.Commitment.Version, p.Commitment.QuorumHash = 4, m.l.chain.tip().Hash()
			p.Commitment.QuorumIndex = int16(-(m.height() - m.height()%q.DKGInterval) - 1)
		})
		set("signers", func(p *wire.QuorumCommitment) { p.Commitment.Signers.Set(0) })
		set("members", func(p *wire.QuorumCommitment) { p.Commitment.ValidMembers.Set(0) })
		set("vector", func(p *wire.QuorumCommitment) { p.Commitment.QuorumVvecHash[0] = 1 })
		set("size", func(p *wire.QuorumCommitment) { p.Commitment.Signers = wire.NewBitSet(p.Commitment.Signers.Len() + 1) })
		m.add("commitment longer", func(b *wire.Block) { b.Txs[i].ExtraPayload = append(b.Txs[i].ExtraPayload, 0) })
	}
}

func (m *mutator) extraCommitment(q *params.LLMQ) {
	hash, ok := quorumHash(q, m.l.chain.tip(), 0)
	if !ok {
		hash = m.l.chain.at(0).Hash()
	}
	p := &wire.QuorumCommitment{Version: 1, Height: uint32(m.height()), Commitment: wire.FinalCommitment{
		Version: wire.CommitmentBasic, LLMQType: uint8(q.Type), QuorumHash: hash,
		Signers: wire.NewBitSet(q.Size), ValidMembers: wire.NewBitSet(q.Size),
	}}
	m.add("commitment not due", func(b *wire.Block) {
		b.Txs = append(b.Txs, &wire.Tx{Version: 3, Type: wire.TxQuorumCommitment, ExtraPayload: p.Append(nil)})
	})
}

// random flips bits of the base's encoding behind the header and keeps what
// decodes. The seed is the height, so that runs agree.
func (m *mutator) random(n int) {
	rng := rand.New(rand.NewPCG(uint64(m.height()), 1))
	for range n {
		raw := m.base.Append(nil)
		for range 1 + rng.IntN(2) {
			at := wire.HeaderSize + rng.IntN(len(raw)-wire.HeaderSize)
			raw[at] ^= 1 << rng.IntN(8)
		}
		if b, err := wire.DecodeBlock(raw); err == nil {
			m.list = append(m.list, mutant{"random", seal(b)})
		}
	}
}

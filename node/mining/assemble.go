package mining

import (
	"context"
	"errors"
	"fmt"

	"dashmp/node/chain"
	"dashmp/node/consensus"
	"dashmp/node/params"
	"dashmp/node/pow"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// Room that is kept for the coinbase, in bytes and signature operations
// (BlockAssembler::resetBlock).
const (
	coinbaseSize   = 1000
	coinbaseSigOps = 100
)

// Template is a block on the tip that lacks only its merkle root and a nonce
// (CBlockTemplate).
type Template struct {
	Block *wire.Block
	// Fees in duffs and SigOps are by transaction; the coinbase's fee is the
	// sum of the others', negated.
	Fees   []int64
	SigOps []int
	// Masternode and Superblock are outputs that the coinbase has besides the
	// miner's own.
	Masternode, Superblock []wire.TxOut

	tip *chain.Index
}

// Template makes a block that pays scriptPubKey, with transactions of the
// memory pool if so wished (CreateNewBlock).
func (m *Miner) Template(ctx context.Context, scriptPubKey []byte, usePool bool) (*Template, error) {
	for {
		t, err := m.assemble(ctx, scriptPubKey, usePool)
		if err != nil {
			return nil, err
		}
		err = m.o.Chain.TestBlock(ctx, t.Block, consensus.Checks{})
		if err == nil {
			return t, nil
		}
		if errors.Is(err, chain.ErrTip) && ctx.Err() == nil && !m.interrupted() {
			continue // the tip moved meanwhile
		}
		return nil, fmt.Errorf("CreateNewBlock: TestBlockValidity failed: %w", err)
	}
}

func (m *Miner) assemble(ctx context.Context, scriptPubKey []byte, usePool bool) (*Template, error) {
	tip := m.o.Chain.Tip()
	t := &Template{tip: tip, Block: &wire.Block{Txs: []*wire.Tx{nil}}, Fees: []int64{0}, SigOps: []int{0}}
	t.Block.Header = wire.Header{Version: m.version(tip), PrevBlock: tip.Hash(), Time: uint32(m.o.Now().Unix())}
	size := m.addCommitments(t)
	fees := m.addTransactions(t, size, usePool)
	coinbase, err := m.coinbase(ctx, t, scriptPubKey, fees)
	if err != nil {
		return nil, err
	}
	t.Block.Txs[0], t.Fees[0], t.SigOps[0] = coinbase, -fees, consensus.LegacySigOps(coinbase)
	m.updateTime(t)
	t.Block.Header.Bits = pow.NextBits[consensus.Block](tip, t.Block.Header.Time, &m.p.Consensus)
	return t, nil
}

func (m *Miner) active(b params.Buried, tip *chain.Index) bool {
	return m.p.Consensus.ActiveAt(b, tip.Height()+1)
}

func (m *Miner) version(tip *chain.Index) int32 {
	if m.o.Version != nil && m.p.Network != params.Main {
		return *m.o.Version
	}
	return m.o.Rules.VersionBits().BlockVersion(tip)
}

// updateTime moves a template's time up to now, or to the least time that may
// follow the tip (UpdateTime). It changes nothing if that is past.
func (m *Miner) updateTime(t *Template) {
	h := &t.Block.Header
	if now := max(t.tip.MedianTime()+1, m.o.Now().Unix()); int64(h.Time) < now {
		h.Time = uint32(now)
	}
	if m.p.Consensus.PowAllowMinDifficultyBlocks {
		h.Bits = pow.NextBits[consensus.Block](t.tip, h.Time, &m.p.Consensus)
	}
}

// addCommitments adds a null commitment for each one that is due, and returns
// their size in bytes.
func (m *Miner) addCommitments(t *Template) (size uint64) {
	due := m.o.Rules.CommitmentsDue(t.tip)
	for i := range due {
		tx := due[i].NullTx(m.o.Rules, t.tip)
		t.Block.Txs = append(t.Block.Txs, tx)
		t.Fees = append(t.Fees, 0)
		t.SigOps = append(t.SigOps, 0)
		size += uint64(tx.Size())
	}
	return size
}

// addTransactions adds what the pool has to offer and returns the fees. size is
// that of the commitments.
func (m *Miner) addTransactions(t *Template, size uint64, usePool bool) (fees int64) {
	most, sigOps := consensus.BlockLimits(m.active(params.DIP0001, t.tip))
	s := selection{
		maxSize: max(1000, min(uint64(most)-1000, m.o.MaxSize)), maxSigOps: int64(sigOps), minFeeRate: m.o.MinFeeRate,
		height: t.tip.Height() + 1, lockTime: t.tip.MedianTime(), size: coinbaseSize + size, sigOps: coinbaseSigOps,
	}
	if usePool && m.o.Pool != nil {
		s.list = m.o.Pool.ForMining().Entries
		s.run()
	}
	for _, i := range s.chosen {
		c := &s.list[i]
		t.Block.Txs = append(t.Block.Txs, c.Tx)
		t.Fees = append(t.Fees, c.Fee)
		t.SigOps = append(t.SigOps, c.SigOps)
		fees += c.Fee
		if m.o.LogFeeRates {
			rate := feeRate(c.ModifiedFee, c.Size)
			m.o.Log.Info(fmt.Sprintf("fee rate %s DASH/kB txid %s", coins(rate), c.ID))
		}
	}
	last := &assembled{size: int(s.size), txs: len(t.Block.Txs) - 1}
	m.mu.Lock()
	m.last = last
	m.mu.Unlock()
	m.o.Log.Info(fmt.Sprintf("CreateNewBlock(): total size %d txs: %d fees: %d sigops %d", last.size, last.txs, fees, s.sigOps))
	return fees
}

// feeRate is a fee in duffs per 1000 bytes (CFeeRate).
func feeRate(fee int64, size int) int64 {
	if size == 0 {
		return 0
	}
	return fee * 1000 / int64(size)
}

// coins prints an amount in DASH with eight decimals.
func coins(duffs int64) string {
	sign := ""
	if duffs < 0 {
		sign, duffs = "-", -duffs
	}
	return fmt.Sprintf("%s%d.%08d", sign, duffs/params.Coin, duffs%params.Coin)
}

// coinbase composes the first transaction of t, whose others are there.
func (m *Miner) coinbase(ctx context.Context, t *Template, scriptPubKey []byte, fees int64) (*wire.Tx, error) {
	tx := &wire.Tx{
		Version: 2,
		Inputs:  []wire.TxIn{{PrevOut: wire.OutPoint{Index: wire.NullIndex}, Sequence: wire.SequenceFinal}},
		Outputs: []wire.TxOut{{Value: m.o.Rules.Subsidy(t.tip) + fees, ScriptPubKey: scriptPubKey}},
	}
	if m.active(params.DIP0003, t.tip) {
		tx.Inputs[0].ScriptSig = []byte{byte(script.OpReturn)}
		tx.Version, tx.Type = wire.SpecialTxVersion, wire.TxCoinbase
		payload, err := m.cbTx(ctx, t)
		if err != nil {
			return nil, err
		}
		tx.ExtraPayload = payload.Append(nil)
	} else {
		tx.Inputs[0].ScriptSig = script.AppendInt(script.AppendInt(nil, int64(t.tip.Height()+1)), 0)
	}
	if out, due := m.o.Rules.PlatformOutput(t.tip, fees); due {
		t.Masternode = append(t.Masternode, out)
	}
	for _, out := range t.Masternode {
		m.o.Log.Info(fmt.Sprintf("CMNPaymentsProcessor::GetMasternodeTxOuts -- Masternode payment %d to %s", out.Value, m.payee(out.ScriptPubKey)))
		tx.Outputs[0].Value -= out.Value
		tx.Outputs = append(tx.Outputs, out)
	}
	return tx, nil
}

// cbTx is what the coinbase says of the chain (DIP4). There are neither
// masternodes nor quorums, so both merkle roots are zero, and no ChainLock.
func (m *Miner) cbTx(ctx context.Context, t *Template) (*wire.CbTx, error) {
	cb := &wire.CbTx{Version: wire.CbTxMerkleRootMNList, Height: int32(t.tip.Height() + 1)}
	switch {
	case m.active(params.V20, t.tip):
		cb.Version = wire.CbTxCLSigAndBalance
	case m.active(params.DIP0008, t.tip):
		cb.Version = wire.CbTxMerkleRootQuorums
	}
	if cb.Version != wire.CbTxCLSigAndBalance || !m.active(params.DIP0008, t.tip) {
		return cb, nil
	}
	m.o.Log.Info(fmt.Sprintf("CreateNewBlock() h[%d] CbTx failed to find best CL. Inserting null CL", cb.Height))
	parent, err := m.tipPayload(ctx, t.tip)
	if err != nil {
		return nil, err
	}
	txs := append([]*wire.Tx{nil}, t.Block.Txs[1:]...)
	cb.CreditPoolBalance, _ = m.o.Rules.CreditPoolAfter(txs, consensus.SpecialContext{Prev: t.tip, PrevCbTx: parent})
	return cb, nil
}

// tipPayload is the coinbase payload of a block, nil if it has none.
func (m *Miner) tipPayload(ctx context.Context, tip *chain.Index) (*wire.CbTx, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if tip.Hash() == m.payloadOf {
		return m.payload, nil
	}
	b, err := m.o.Chain.Block(ctx, tip)
	if err != nil {
		return nil, err
	}
	m.payloadOf, m.payload = tip.Hash(), nil
	if cb, err := wire.PayloadOf[*wire.CbTx](b.Txs[0]); err == nil {
		m.payload = cb
	}
	return m.payload, nil
}

// payee is the address that a script pays, "" if no address can say it.
func (m *Miner) payee(s []byte) string {
	d, ok := standard.Destination(s)
	if !ok {
		return ""
	}
	return encode(d, m.p)
}

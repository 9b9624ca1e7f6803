package mining

import (
	"context"
	"encoding/hex"
	"errors"

	"dashmp/node/address"
	"dashmp/node/chain"
	"dashmp/node/consensus"
	"dashmp/node/params"
	"dashmp/node/pow"
	"dashmp/node/rawtx"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// Methods are the RPCs of mining.
func (m *Miner) Methods() rpccall.Methods {
	return rpccall.Methods{
		"generate":             generate,
		"generateblock":        m.generateBlock,
		"generatetoaddress":    m.generateToAddress,
		"generatetodescriptor": m.generateToDescriptor,
		"getblocktemplate":     m.getBlockTemplate,
		"getmininginfo":        m.getMiningInfo,
		"getnetworkhashps":     m.getNetworkHashPS,
		"submitblock":          m.submitBlock,
		"submitheader":         m.submitHeader,
	}
}

func encode(d address.Destination, p *params.Params) string { return address.Encode(d, p.Base58) }

// generate is gone; the rpc role answers with its help before this is reached.
func generate(context.Context, *rpccall.Call) (any, error) {
	return nil, rpcerr.Errorf(rpcerr.MethodNotFound, "generate\n\nhas been replaced by the -generate cli option. Refer to -help for more information.\n")
}

// countAndTries reads parameters 0 and 2 of generatetoaddress and its sister.
func countAndTries(call *rpccall.Call) (count int, tries uint64, err error) {
	if err := call.Count(2, 3); err != nil {
		return 0, 0, err
	}
	if count, err = call.Int(0); err != nil {
		return 0, 0, err
	}
	tries = DefaultMaxTries
	if call.Given(2) {
		n, err := call.Int(2)
		if err != nil {
			return 0, 0, err
		}
		tries = uint64(n) // a negative number becomes a very large one, as in Dash Core
	}
	return count, tries, nil
}

func hashList(hashes []wire.Hash, err error) (any, error) {
	list := make([]string, len(hashes))
	for i := range hashes {
		list[i] = hashes[i].String()
	}
	return list, err
}

func (m *Miner) generateToAddress(ctx context.Context, call *rpccall.Call) (any, error) {
	count, tries, err := countAndTries(call)
	if err != nil {
		return nil, err
	}
	s, err := call.String(1)
	if err != nil {
		return nil, err
	}
	d, err := address.Decode(s, m.p.Base58)
	if err != nil {
		return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Error: Invalid address")
	}
	return hashList(m.Generate(ctx, d.Script(), count, tries))
}

func (m *Miner) generateToDescriptor(ctx context.Context, call *rpccall.Call) (any, error) {
	count, tries, err := countAndTries(call)
	if err != nil {
		return nil, err
	}
	s, err := scriptParam(call, 1)
	if err != nil {
		return nil, err
	}
	return hashList(m.Generate(ctx, s, count, tries))
}

// scriptParam reads the script that the signer has made of a descriptor, which
// may hold private keys and does not come here.
func scriptParam(call *rpccall.Call, i int) ([]byte, error) {
	s, err := call.String(i)
	if err != nil || s == "" {
		return nil, err
	}
	return rpcvalue.Hex(s, "script")
}

func (m *Miner) generateBlock(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(2, 2); err != nil {
		return nil, err
	}
	script, err := scriptParam(call, 0)
	if err != nil {
		return nil, err
	}
	txs, err := m.transactions(call.Value(1))
	if err != nil {
		return nil, err
	}
	hash, err := m.GenerateWith(ctx, script, txs)
	return rpccall.Object{{Key: "hash", Value: hash.String()}}, err
}

// transactions reads a list of transactions and ids of those in the pool.
func (m *Miner) transactions(list univalue.Value) (txs []*wire.Tx, err error) {
	if err := rpcvalue.Want(list, univalue.Array); err != nil {
		return nil, err
	}
	for v := range list.Elements() {
		if err := rpcvalue.Want(v, univalue.String); err != nil {
			return nil, err
		}
		s := v.Text()
		if id, err := wire.ParseHash(s); err == nil {
			var tx *wire.Tx
			if m.o.Pool != nil {
				tx = m.o.Pool.Get(id)
			}
			if tx == nil {
				return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Transaction %s not in mempool.", s)
			}
			txs = append(txs, tx)
			continue
		}
		tx, ok := rawtx.DecodeHex(s)
		if !ok {
			return nil, rpcerr.Errorf(rpcerr.Deserialization, "Transaction decode failed for %s. Make sure the tx has at least one input.", s)
		}
		txs = append(txs, tx)
	}
	return txs, nil
}

func (m *Miner) getMiningInfo(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 0); err != nil {
		return nil, err
	}
	m.mu.Lock()
	last := m.last
	m.mu.Unlock()
	tip := m.o.Chain.Tip()
	o := rpccall.Object{{Key: "blocks", Value: tip.Height()}}
	if last != nil {
		o = append(o, rpccall.Member{Key: "currentblocksize", Value: last.size}, rpccall.Member{Key: "currentblocktx", Value: last.txs})
	}
	pooled, warnings := 0, ""
	if m.o.Pool != nil {
		pooled = m.o.Pool.Status().Count
	}
	if m.o.Warnings != nil {
		warnings = m.o.Warnings()
	}
	return append(o,
		rpccall.Member{Key: "difficulty", Value: rpccall.Double(pow.Difficulty(tip.Bits()))},
		rpccall.Member{Key: "networkhashps", Value: m.hashRate(defaultLookup, -1)},
		rpccall.Member{Key: "pooledtx", Value: pooled},
		rpccall.Member{Key: "chain", Value: m.p.Network},
		rpccall.Member{Key: "warnings", Value: warnings},
	), nil
}

// defaultLookup is over how many blocks the hash rate is estimated.
const defaultLookup = 120

func (m *Miner) getNetworkHashPS(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 2); err != nil {
		return nil, err
	}
	lookup, height := defaultLookup, -1
	var err error
	if call.Given(0) {
		if lookup, err = call.Int(0); err != nil {
			return nil, err
		}
	}
	if call.Given(1) {
		if height, err = call.Int(1); err != nil {
			return nil, err
		}
	}
	return m.hashRate(lookup, height), nil
}

// hashRate is how many hashes per second the last lookup blocks up to height
// took; lookup of none or less means those since the last change of the target,
// a negative height the tip (GetNetworkHashPS).
func (m *Miner) hashRate(lookup, height int) any {
	x := m.o.Chain.Tip()
	if height >= 0 && height < x.Height() {
		x = x.AncestorAt(height)
	}
	if x.Height() == 0 {
		return 0
	}
	if lookup <= 0 {
		lookup = x.Height()%int(m.p.Consensus.DifficultyAdjustmentInterval()) + 1
	}
	lookup = min(lookup, x.Height())
	first, least, most := x, x.Time(), x.Time()
	for range lookup {
		first = first.Parent()
		least, most = min(least, first.Time()), max(most, first.Time())
	}
	if least == most {
		return 0
	}
	return rpccall.Double(x.Work().Sub(first.Work()).Float64() / float64(most-least))
}

// decodeBlock reads a block in hexadecimal (DecodeHexBlk).
func decodeBlock(s string) (*wire.Block, bool) {
	if !standard.IsHex(s) {
		return nil, false
	}
	raw, err := hex.DecodeString(s)
	if err != nil {
		return nil, false
	}
	r := wire.NewReader(raw) // what follows the block is not looked at
	b := wire.ReadBlock(r)
	return b, r.Err() == nil
}

func (m *Miner) submitBlock(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	s, err := call.String(0)
	if err != nil {
		return nil, err
	}
	b, ok := decodeBlock(s)
	if !ok {
		return nil, rpcerr.Errorf(rpcerr.Deserialization, "Block decode failed")
	}
	if len(b.Txs) == 0 || !b.Txs[0].IsCoinbase() {
		return nil, rpcerr.Errorf(rpcerr.Deserialization, "Block does not start with a coinbase")
	}
	hash := b.Header.Hash()
	if word := m.known(hash); word != "" {
		return word, nil
	}
	return m.process(ctx, b, hash)
}

// known is what BIP22 says of a block that need not be looked at again, "" of
// one that must.
func (m *Miner) known(hash wire.Hash) string {
	x := m.o.Chain.Lookup(hash)
	if x == nil {
		return ""
	}
	switch status := m.o.Chain.Info(x).Status; {
	case status&(chain.FailedValid|chain.FailedChild) != 0:
		return "duplicate-invalid"
	case status&validityMask >= chain.ValidScripts:
		return "duplicate"
	}
	return ""
}

// validityMask covers the levels of chain.Status (BLOCK_VALID_MASK).
const validityMask chain.Status = 7

// process gives a block to the chain and tells what became of it.
func (m *Miner) process(ctx context.Context, b *wire.Block, hash wire.Hash) (any, error) {
	var verdict error
	checked := false
	cancel := m.o.Chain.Subscribe(func(ev chain.Event) {
		if ev.Kind == chain.BlockChecked && ev.Index.Hash() == hash {
			checked, verdict = true, ev.Err
		}
	})
	isNew, err := m.o.Chain.ProcessBlock(ctx, b, true)
	cancel()
	switch {
	case err != nil && !checked:
		// Dash Core tells of a block that fails by itself as of one that is checked.
		return bip22(err)
	case !isNew && err == nil:
		return "duplicate", nil
	case !checked:
		return "inconclusive", nil
	}
	return bip22(verdict)
}

// bip22 is what miners are told of a verdict (BIP22ValidationResult).
func bip22(err error) (any, error) {
	if err == nil {
		return nil, nil
	}
	var refusal *consensus.Error
	switch {
	case errors.Is(err, chain.ErrTip):
		return err.Error(), nil
	case !errors.As(err, &refusal):
		return nil, rpcerr.Errorf(rpcerr.Verify, "%s", err)
	case refusal.Reject == "":
		return "rejected", nil
	}
	return refusal.Reject, nil
}

// rejectReason is the short reason of a refusal.
func rejectReason(err error) string {
	var refusal *consensus.Error
	if errors.As(err, &refusal) {
		return refusal.Reject
	}
	return err.Error()
}

func (m *Miner) submitHeader(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	s, err := call.String(0)
	if err != nil {
		return nil, err
	}
	h, ok := decodeHeader(s)
	if !ok {
		return nil, rpcerr.Errorf(rpcerr.Deserialization, "Block header decode failed")
	}
	if m.o.Chain.Lookup(h.PrevBlock) == nil {
		return nil, rpcerr.Errorf(rpcerr.Verify, "Must submit previous header (%s) first", h.PrevBlock)
	}
	if _, err := m.o.Chain.ProcessHeaders(ctx, []wire.Header{h}); err != nil {
		return nil, rpcerr.Errorf(rpcerr.Verify, "%s", rejectReason(err))
	}
	return nil, nil
}

// decodeHeader reads a header in hexadecimal (DecodeHexBlockHeader).
func decodeHeader(s string) (h wire.Header, ok bool) {
	if !standard.IsHex(s) {
		return h, false
	}
	raw, err := hex.DecodeString(s)
	if err != nil {
		return h, false
	}
	r := wire.NewReader(raw)
	h = wire.ReadHeader(r)
	return h, r.Err() == nil
}

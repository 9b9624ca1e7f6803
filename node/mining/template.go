package mining

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"dashmp/node/arith"
	"dashmp/node/chain"
	"dashmp/node/consensus"
	"dashmp/node/params"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/script"
	"dashmp/node/wire"
)

const (
	// refreshAfter is the age in seconds from which a template is made anew if
	// the pool has changed.
	refreshAfter = 5
	// A miner who waits is answered at the first of these moments at which the
	// pool has changed, if not by a new tip before.
	firstPoll = time.Minute
	nextPoll  = 10 * time.Second
)

// work is the template that is handed out until the tip moves, or the pool has
// changed and some time has passed.
type work struct {
	template *Template // nil if the next call must make one
	// started is by the node's clock, in seconds; updates is Pool.Updates then.
	started int64
	updates uint64
}

// templateRequest is the parameter of getblocktemplate.
type templateRequest struct {
	mode     string
	longPoll univalue.Value
	data     univalue.Value
}

func parseTemplateRequest(call *rpccall.Call) (r templateRequest, err error) {
	r.mode = "template"
	if err := call.Count(0, 1); err != nil || !call.Given(0) {
		return r, err
	}
	o := call.Value(0)
	if err := rpcvalue.Want(o, univalue.Object); err != nil {
		return r, err
	}
	switch mode := o.Find("mode"); mode.Kind() {
	case univalue.String:
		r.mode = mode.Text()
	case univalue.Null:
	default:
		return r, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid mode")
	}
	r.longPoll, r.data = o.Find("longpollid"), o.Find("data")
	if r.mode == "proposal" {
		return r, nil
	}
	for v := range o.Find("rules").Elements() {
		if err := rpcvalue.Want(v, univalue.String); err != nil {
			return r, err
		}
	}
	if r.mode != "template" {
		return r, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid mode")
	}
	return r, nil
}

func (m *Miner) getBlockTemplate(ctx context.Context, call *rpccall.Call) (any, error) {
	r, err := parseTemplateRequest(call)
	if err != nil {
		return nil, err
	}
	if r.mode == "proposal" {
		return m.proposal(ctx, r.data)
	}
	if err := m.mayMine(); err != nil {
		return nil, err
	}
	if !r.longPoll.IsNull() {
		if err := m.longPoll(ctx, r.longPoll); err != nil {
			return nil, err
		}
	}
	m.serving.Lock()
	defer m.serving.Unlock()
	if err := m.refresh(ctx); err != nil {
		return nil, err
	}
	t := m.work.template
	m.updateTime(t)
	t.Block.Header.Nonce = 0
	return m.templateResult(t), nil
}

// mayMine refuses to hand out work that would be wasted.
func (m *Miner) mayMine() error {
	if !m.p.IsTestChain {
		if m.o.Peers == nil || m.o.Peers() == 0 {
			return rpcerr.Errorf(rpcerr.NotConnected, "Dash Core is not connected!")
		}
		if m.o.Chain.InitialDownload() {
			return rpcerr.Errorf(rpcerr.InitialDownload, "Dash Core is in initial sync and waiting for blocks...")
		}
	}
	c, g, next := &m.p.Consensus, m.o.Governance(), m.o.Chain.Tip().Height()+1
	if g.SuperblocksEnabled && !g.Synced && next >= c.SuperblockStartBlock && next%c.SuperblockCycle == 0 {
		return rpcerr.Errorf(rpcerr.InitialDownload, "Dash Core is syncing with network...")
	}
	return nil
}

// proposal judges a block that a miner would like to work on (BIP23).
func (m *Miner) proposal(ctx context.Context, data univalue.Value) (any, error) {
	if data.Kind() != univalue.String {
		return nil, rpcerr.Errorf(rpcerr.Type, "Missing data String key for proposal")
	}
	b, ok := decodeBlock(data.Text())
	if !ok {
		return nil, rpcerr.Errorf(rpcerr.Deserialization, "Block decode failed")
	}
	if hash := b.Header.Hash(); m.o.Chain.Lookup(hash) != nil {
		if word := m.known(hash); word != "" {
			return word, nil
		}
		return "duplicate-inconclusive", nil
	}
	return bip22(m.o.Chain.TestBlock(ctx, b, consensus.Checks{MerkleRoot: true}))
}

// updates is Pool.Updates, 0 without a pool.
func (m *Miner) updates() uint64 {
	if m.o.Pool == nil {
		return 0
	}
	return m.o.Pool.Updates()
}

// longPoll waits until the tip is another than the one a miner knows, or the
// pool has changed since and a minute has passed. id is the longpollid of an
// earlier template; anything but a string stands for the current one.
func (m *Miner) longPoll(ctx context.Context, id univalue.Value) error {
	watched, updates := m.o.Chain.Tip().Hash(), uint32(0)
	if id.Kind() == univalue.String {
		s := id.Text()
		split := min(len(s), 2*wire.HashSize) // a hash, then a decimal number
		hash, _ := univalue.Parse(univalue.AppendString(nil, s[:split]))
		var err error
		if watched, err = rpcvalue.Hash(hash, "longpollid"); err != nil {
			return err
		}
		n, _ := strconv.ParseInt(s[split:], 10, 64) // what is no number is 0
		updates = uint32(n)
	} else {
		m.serving.Lock()
		updates = uint32(m.work.updates)
		m.serving.Unlock()
	}
	moved := make(chan struct{}, 1)
	cancel := m.o.Chain.Subscribe(func(ev chain.Event) {
		if ev.Kind == chain.UpdatedTip {
			select {
			case moved <- struct{}{}:
			default:
			}
		}
	})
	defer cancel()
	timer := time.NewTimer(firstPoll)
	defer timer.Stop()
	for m.o.Chain.Tip().Hash() == watched {
		select {
		case <-moved:
		case <-timer.C:
			if uint32(m.updates()) != updates {
				return nil
			}
			timer.Reset(nextPoll)
		case <-m.stop:
			return rpcerr.Errorf(rpcerr.NotConnected, "Shutting down")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// refresh makes work current; m.serving is held.
func (m *Miner) refresh(ctx context.Context) error {
	w, now := &m.work, m.o.Now().Unix()
	if w.template != nil && w.template.tip == m.o.Chain.Tip() && (m.updates() == w.updates || now-w.started <= refreshAfter) {
		return nil
	}
	*w = work{started: now, updates: m.updates()}
	var err error
	w.template, err = m.Template(ctx, []byte{byte(script.Op1)}, true)
	return err
}

// templateTxs are the transactions of a template but for its coinbase.
func templateTxs(t *Template) []any {
	list, at := []any{}, map[wire.Hash]int{}
	for i, tx := range t.Block.Txs {
		id := tx.ID()
		at[id] = i
		if tx.IsCoinbase() {
			continue
		}
		depends := []int{}
		for j := range tx.Inputs {
			if n, here := at[tx.Inputs[j].PrevOut.Hash]; here {
				depends = append(depends, n)
			}
		}
		list = append(list, rpccall.Object{
			{Key: "data", Value: hex.EncodeToString(tx.Append(nil))},
			{Key: "hash", Value: id.String()},
			{Key: "depends", Value: depends},
			{Key: "fee", Value: t.Fees[i]},
			{Key: "sigops", Value: t.SigOps[i]},
		})
	}
	return list
}

// deployments tells which rules hold and which are being signalled (BIP9). Both
// that there are may be ignored by a miner, so what rules he knows is of no
// consequence.
func (m *Miner) deployments(t *Template) (rules []string, available rpccall.Object) {
	rules, available = []string{"csv"}, rpccall.Object{}
	for pos := range params.NumDeployments {
		bit := m.p.Consensus.Deployments[pos].Bit
		switch m.o.Rules.VersionBits().State(pos, t.tip) {
		case consensus.StateLockedIn:
			t.Block.Header.Version |= 1 << bit
			fallthrough
		case consensus.StateStarted:
			available = append(available, rpccall.Member{Key: pos.Name(), Value: bit})
		case consensus.StateActive:
			rules = append(rules, pos.Name())
		}
	}
	return rules, available
}

// templateResult is what getblocktemplate answers; m.serving is held.
func (m *Miner) templateResult(t *Template) rpccall.Object {
	c, h, height := &m.p.Consensus, &t.Block.Header, t.tip.Height()+1
	rules, available := m.deployments(t)
	target, _, _ := arith.FromCompact(h.Bits)
	size, sigOps := consensus.BlockLimits(m.active(params.DIP0001, t.tip))
	coinbase := t.Block.Txs[0]
	return rpccall.Object{
		{Key: "capabilities", Value: []string{"proposal"}},
		{Key: "version", Value: h.Version},
		{Key: "rules", Value: rules},
		{Key: "vbavailable", Value: available},
		{Key: "vbrequired", Value: 0},
		{Key: "previousblockhash", Value: h.PrevBlock.String()},
		{Key: "transactions", Value: templateTxs(t)},
		{Key: "coinbaseaux", Value: rpccall.Object{}},
		{Key: "coinbasevalue", Value: consensus.ValueOut(coinbase)},
		{Key: "longpollid", Value: t.tip.Hash().String() + strconv.FormatUint(uint64(uint32(m.work.updates)), 10)},
		{Key: "target", Value: target.String()},
		{Key: "mintime", Value: t.tip.MedianTime() + 1},
		{Key: "mutable", Value: []string{"time", "transactions", "prevblock"}},
		{Key: "noncerange", Value: "00000000ffffffff"},
		{Key: "sigoplimit", Value: sigOps},
		{Key: "sizelimit", Value: size},
		{Key: "curtime", Value: h.Time},
		{Key: "bits", Value: fmt.Sprintf("%08x", h.Bits)},
		{Key: "previousbits", Value: fmt.Sprintf("%08x", t.tip.Bits())},
		{Key: "height", Value: height},
		{Key: "masternode", Value: m.payments(t.Masternode)},
		{Key: "masternode_payments_started", Value: height > c.MasternodePaymentsStartBlock},
		{Key: "masternode_payments_enforced", Value: true},
		{Key: "superblock", Value: m.payments(t.Superblock)},
		{Key: "superblocks_started", Value: height > c.SuperblockStartBlock},
		{Key: "superblocks_enabled", Value: m.o.Governance().SuperblocksEnabled},
		{Key: "coinbase_payload", Value: hex.EncodeToString(coinbase.ExtraPayload)},
	}
}

func (m *Miner) payments(outs []wire.TxOut) []any {
	list := []any{}
	for _, out := range outs {
		list = append(list, rpccall.Object{
			{Key: "payee", Value: m.payee(out.ScriptPubKey)},
			{Key: "script", Value: hex.EncodeToString(out.ScriptPubKey)},
			{Key: "amount", Value: out.Value},
		})
	}
	return list
}

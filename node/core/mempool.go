package core

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"dashmp/node"
	"dashmp/node/mempool"
	"dashmp/node/mempool/fees"
	"dashmp/node/mempool/policy"
	"dashmp/node/params"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/wire"
	"dashmp/sandbox/broker"
	"dashmp/sandbox/role/config"
)

// openMempool makes the memory pool.
func (c *Core) openMempool(ctx context.Context) (part, error) {
	var f *fees.Estimator
	if !c.o.Config.Bool("blocksonly") { // else too little is seen
		f = fees.New(c.o.Log)
		c.readFees(ctx, f)
	}
	c.mempool = mempool.New(mempool.Options{
		Chain: c.chain, Rules: c.rules, Scripts: c.scripts, Policy: c.relayPolicy(), Limits: poolLimits(c.o.Config), Fees: f,
		CheckEvery: int(min(max(c.o.Config.Int64("checkmempool"), 0), 1_000_000)), Now: c.o.Now, Log: c.o.Log,
	})
	c.pool = &pool{Pool: c.mempool, fees: f, policy: c.relayPolicy()}
	c.mempool.Subscribe(c.poolEvent)
	c.spare = c.mempool.Spare
	return part{
		name: "mempool",
		methods: c.mempool.Methods(mempool.RPCOptions{
			FeeFields: slices.Contains(c.o.Config.Strings("deprecatedrpc"), "fees"), Mockable: c.o.Params.Network == params.Regtest,
			Save: c.saveMempool, Path: filepath.Join(c.o.Config.DataDir, broker.MempoolFile.Name()),
		}),
		loaded: c.loadMempool,
		stop:   c.mempool.Close,
		close:  func() error { c.saveAll(f); return nil },
	}, nil
}

// readFees gives the estimator what it knew before (CBlockPolicyEstimator's
// constructor).
func (c *Core) readFees(ctx context.Context, f *fees.Estimator) {
	data, err := c.readState(ctx, broker.FeeEstimatesFile)
	if err == nil {
		err = f.Decode(data)
	}
	if err != nil {
		c.o.Log.Info(fmt.Sprintf("Failed to read fee estimates from %s. Continue anyway.",
			filepath.Join(c.o.Config.DataDir, broker.FeeEstimatesFile.Name())), "reason", err)
	}
}

// loadMempool lets in what was saved; ctx ends when the node stops
// (CChainState::LoadMempool).
func (c *Core) loadMempool(ctx context.Context) {
	if c.o.Config.Bool("persistmempool") {
		data, err := c.readState(ctx, broker.MempoolFile)
		if err != nil {
			c.o.Log.Info("Failed to open mempool file from disk. Continuing anyway.", "reason", err)
		} else if err := c.mempool.Load(ctx, data); err != nil {
			c.o.Log.Info(fmt.Sprintf("Failed to deserialize mempool data on disk: %v. Continuing anyway.", err))
		}
	}
	if ctx.Err() == nil {
		c.mempool.SetLoaded()
	}
}

// saveMempool replaces mempool.dat (DumpMempool).
func (c *Core) saveMempool(ctx context.Context) error {
	c.saving.Lock()
	defer c.saving.Unlock()
	began := time.Now()
	if err := c.writeState(ctx, broker.MempoolFile, c.mempool.Dump); err != nil {
		c.o.Log.Info(fmt.Sprintf("Failed to dump mempool: %v. Continuing anyway.", err))
		return err
	}
	c.o.Log.Info(fmt.Sprintf("Dumped mempool: %gs to copy and dump", time.Since(began).Seconds()))
	return nil
}

// saveAll writes down what is to outlast the process, as far as that is possible.
func (c *Core) saveAll(f *fees.Estimator) {
	ctx := context.Background()
	if c.mempool.Loaded() && c.o.Config.Bool("persistmempool") {
		_ = c.saveMempool(ctx) // has said why not
	}
	if f == nil {
		return
	}
	f.Flush()
	err := c.writeState(ctx, broker.FeeEstimatesFile, func(w io.Writer) error {
		_, err := w.Write(f.Append(nil))
		return err
	})
	if err != nil {
		c.o.Log.Info(fmt.Sprintf("Failed to write fee estimates to %s. Continue anyway.",
			filepath.Join(c.o.Config.DataDir, broker.FeeEstimatesFile.Name())), "reason", err)
	}
}

// relayPolicy is what the options say of relay.
func (c *Core) relayPolicy() policy.Policy {
	o := c.o.Config
	p := policy.Policy{
		RequireStandard: !o.Bool("acceptnonstdtxn"),
		MinRelayFee:     money(o, "minrelaytxfee"), IncrementalRelayFee: money(o, "incrementalrelayfee"), DustRelayFee: money(o, "dustrelayfee"),
		BytesPerSigOp: int(o.Int64("bytespersigop")), BareMultisig: o.Bool("permitbaremultisig"),
	}
	if o.Bool("datacarrier") {
		p.DataCarrier = int(o.Int64("datacarriersize"))
	}
	if !o.IsSet("minrelaytxfee") && p.IncrementalRelayFee > p.MinRelayFee {
		p.MinRelayFee = p.IncrementalRelayFee
		c.o.Log.Info(fmt.Sprintf("Increasing minrelaytxfee to %d.%08d DASH/kB to match incrementalrelayfee", p.MinRelayFee/1e8, p.MinRelayFee%1e8))
	}
	return p
}

func poolLimits(o *config.Config) mempool.Limits {
	return mempool.Limits{
		MaxUsage: o.Int64("maxmempool") * 1_000_000, Expiry: o.Int64("mempoolexpiry") * 60 * 60,
		AncestorCount: int(o.Int64("limitancestorcount")), AncestorSize: o.Int64("limitancestorsize") * 1000,
		DescendantCount: int(o.Int64("limitdescendantcount")), DescendantSize: o.Int64("limitdescendantsize") * 1000,
	}
}

// poolEvent tells followers what changes.
func (c *Core) poolEvent(ev mempool.Event) {
	if ev.Added {
		c.transactionAdded(ev.Tx)
		return
	}
	c.transactionRemoved(ev.Tx, map[mempool.Reason]node.RemovalReason{
		mempool.ReasonExpiry: node.RemovedExpiry, mempool.ReasonSizeLimit: node.RemovedSizeLimit, mempool.ReasonReorg: node.RemovedReorg,
		mempool.ReasonConflict: node.RemovedConflict,
	}[ev.Reason])
}

// pool is the memory pool as the wallet role asks it.
type pool struct {
	*mempool.Pool
	fees   *fees.Estimator
	policy policy.Policy
}

var _ Pool = (*pool)(nil)

// Coins implements Pool.
func (p *pool) Coins(outs []node.OutPoint, list []node.Coin) {
	for i, o := range outs {
		out := wire.OutPoint{Hash: wire.Hash(o.TxID), Index: o.Index}
		if _, spent := p.Spender(out); spent {
			list[i] = node.Coin{}
			continue
		}
		if tx := p.Get(out.Hash); tx != nil && int64(o.Index) < int64(len(tx.Outputs)) {
			made := &tx.Outputs[o.Index]
			list[i] = node.Coin{Found: true, Value: made.Value, Script: made.ScriptPubKey, Height: -1}
		}
	}
}

// Submit implements Pool.
func (p *pool) Submit(ctx context.Context, tx *wire.Tx, maxFee int64, test, relay bool) (node.TxOutcome, error) {
	out := node.TxOutcome{TxID: node.Hash(tx.ID())}
	var err error
	if test {
		err = p.Test(ctx, tx, maxFee)
	} else {
		err = p.Broadcast(ctx, tx, maxFee, relay, false)
	}
	var refused *rpcerr.Error
	if errors.As(err, &refused) {
		out.Reject, out.Code = refused.Message, int32(refused.Code)
		err = nil
	}
	return out, err
}

// All implements Pool.
func (p *pool) All(f func(*wire.Tx) error) error {
	for _, i := range p.InfoAll() {
		if err := f(i.Tx); err != nil {
			return err
		}
	}
	return nil
}

// Entry implements Pool.
func (p *pool) Entry(txid wire.Hash) node.PoolEntry {
	e, ok := p.Pool.Entry(txid)
	if !ok {
		return node.PoolEntry{}
	}
	ancestors, descendants := p.Ancestry(txid)
	return node.PoolEntry{
		Found: true, Ancestors: uint32(ancestors), Descendants: uint32(descendants),
		AncestorSize: e.Ancestors.Size, AncestorFees: e.Ancestors.Fees,
	}
}

// FeeRates implements Pool.
func (p *pool) FeeRates() node.FeeRates {
	return node.FeeRates{
		MempoolMin: p.MinFeeRate(), RelayMin: p.policy.MinRelayFee, Incremental: p.policy.IncrementalRelayFee, Dust: p.policy.DustRelayFee,
	}
}

// EstimateFee implements Pool.
func (p *pool) EstimateFee(blocks int32, conservative bool) node.FeeEstimate {
	if p.fees == nil {
		return node.FeeEstimate{Blocks: blocks, Reason: string(fees.ReasonNone)}
	}
	e := p.fees.Smart(int(blocks), conservative)
	return node.FeeEstimate{Rate: e.Rate, Blocks: int32(e.Blocks), Reason: string(e.Reason)}
}

package core

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"math"

	"dashmp/node/params"
	"dashmp/node/rawtx"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/wire"
)

// rpcMethods is the table of what the core executes. The forms of results and
// the texts of errors are those of Dash Core's src/rpc/blockchain.cpp.
func (c *Core) rpcMethods() rpccall.Methods {
	m := rpccall.Methods{
		"getbestblockhash":  c.getBestBlockHash,
		"getblock":          c.getBlock,
		"getblockchaininfo": c.getBlockchainInfo,
		"getblockcount":     c.getBlockCount,
		"getblockhash":      c.getBlockHash,
		"getblockheader":    c.getBlockHeader,
		"getdifficulty":     c.getDifficulty,
	}
	maps.Copy(m, rawtx.Methods(rawtx.Options{Base58: c.o.Params.Base58}))
	return m
}

func (c *Core) getBestBlockHash(_ context.Context, call *rpccall.Call) (any, error) {
	return c.tip().hash.String(), call.Count(0, 0)
}

func (c *Core) getBlockCount(_ context.Context, call *rpccall.Call) (any, error) {
	return c.tip().height, call.Count(0, 0)
}

func (c *Core) getDifficulty(_ context.Context, call *rpccall.Call) (any, error) {
	return rpccall.Double(difficulty(c.tip().header.Bits)), call.Count(0, 0)
}

func (c *Core) getBlockHash(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	height, err := call.Int(0)
	if err != nil {
		return nil, err
	}
	if height < 0 || height >= len(c.active) {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Block height out of range")
	}
	return c.active[height].hash.String(), nil
}

// hashArgument reads parameter 0 as a hash (ParseHashV).
func hashArgument(call *rpccall.Call, name string) (wire.Hash, error) {
	s, err := call.String(0)
	if err != nil {
		return wire.Hash{}, err
	}
	if len(s) != 2*wire.HashSize {
		return wire.Hash{}, rpcerr.Errorf(rpcerr.InvalidParameter, "%s must be of length %d (not %d, for '%s')", name, 2*wire.HashSize, len(s), s)
	}
	h, err := wire.ParseHash(s)
	if err != nil {
		return wire.Hash{}, rpcerr.Errorf(rpcerr.InvalidParameter, "%s must be hexadecimal string (not '%s')", name, s)
	}
	return h, nil
}

// lookUp is hashArgument for a block that is known.
func (c *Core) lookUp(call *rpccall.Call, name string) (*entry, error) {
	h, err := hashArgument(call, name)
	if err != nil {
		return nil, err
	}
	e := c.blocks[h]
	if e == nil {
		return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Block not found")
	}
	return e, nil
}

func (c *Core) getBlockHeader(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	e, err := c.headerArguments(call)
	if err != nil {
		return nil, err
	}
	if verbose, err := call.BoolOr(1, true); err != nil || verbose {
		return c.headerResult(e), err
	}
	return hex.EncodeToString(e.header.Append(nil)), nil
}

// headerArguments checks both parameters before the block is looked up, as
// Dash Core does.
func (c *Core) headerArguments(call *rpccall.Call) (*entry, error) {
	if _, err := hashArgument(call, "hash"); err != nil {
		return nil, err
	}
	if _, err := call.BoolOr(1, true); err != nil {
		return nil, err
	}
	return c.lookUp(call, "hash")
}

// headerResult is the object of getblockheader (blockheaderToJSON).
func (c *Core) headerResult(e *entry) rpccall.Object {
	confirmations, next := -1, (*entry)(nil)
	if e.height < len(c.active) && c.active[e.height] == e {
		confirmations = len(c.active) - e.height
		if e.height+1 < len(c.active) {
			next = c.active[e.height+1]
		}
	}
	h := e.header
	o := rpccall.Object{
		{Key: "hash", Value: e.hash.String()},
		{Key: "confirmations", Value: confirmations},
		{Key: "height", Value: e.height},
		{Key: "version", Value: h.Version},
		{Key: "versionHex", Value: fmt.Sprintf("%08x", uint32(h.Version))},
		{Key: "merkleroot", Value: h.MerkleRoot.String()},
		{Key: "time", Value: h.Time},
		{Key: "mediantime", Value: e.medianTime()},
		{Key: "nonce", Value: h.Nonce},
		{Key: "bits", Value: fmt.Sprintf("%08x", h.Bits)},
		{Key: "difficulty", Value: rpccall.Double(difficulty(h.Bits))},
		{Key: "chainwork", Value: e.work.String()},
		{Key: "nTx", Value: e.txs},
	}
	if e.parent != nil {
		o = append(o, rpccall.Member{Key: "previousblockhash", Value: e.parent.hash.String()})
	}
	if next != nil {
		o = append(o, rpccall.Member{Key: "nextblockhash", Value: next.hash.String()})
	}
	return append(o, rpccall.Member{Key: "chainlock", Value: false})
}

// verbosity reads parameter 1 of getblock: a number, or a boolean as in older
// versions.
func verbosity(call *rpccall.Call) (int, error) {
	switch {
	case !call.Given(1):
		return 1, nil
	case call.Kind(1) == univalue.Bool:
		v, err := call.Bool(1)
		if v {
			return 1, err
		}
		return 0, err
	}
	return call.Int(1)
}

func (c *Core) getBlock(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	if _, err := hashArgument(call, "blockhash"); err != nil {
		return nil, err
	}
	v, err := verbosity(call)
	if err != nil {
		return nil, err
	}
	e, err := c.lookUp(call, "blockhash")
	if err != nil {
		return nil, err
	}
	block, body, err := c.files.read(ctx, e.pos, e.hash)
	if err != nil {
		c.o.Log.Error(err.Error())
		return nil, rpcerr.Errorf(rpcerr.Misc, "Block not found on disk")
	}
	if v <= 0 {
		return hex.EncodeToString(body), nil
	}
	o := append(c.headerResult(e), rpccall.Member{Key: "size", Value: len(body)})
	txs := []any{}
	for _, tx := range block.Txs {
		if v == 1 {
			txs = append(txs, tx.ID().String())
			continue
		}
		shown, err := txResult(tx)
		if err != nil {
			return nil, err
		}
		txs = append(txs, shown)
	}
	return append(o, rpccall.Member{Key: "tx", Value: txs}), nil
}

// progress estimates how much of the chain's transactions are validated at e
// (GuessVerificationProgress).
func (c *Core) progress(e *entry) rpccall.Double {
	done := 0
	for p := e; p != nil; p = p.parent {
		done += p.txs
	}
	stats := c.o.Params.TxStats
	now := c.o.WallClock().Unix()
	total := float64(stats.Count) + float64(now-stats.Time)*stats.Rate
	if int64(done) > stats.Count {
		total = float64(done) + float64(now-int64(e.header.Time))*stats.Rate
	}
	return rpccall.Double(math.Min(float64(done)/total, 1))
}

// initialDownload reports whether the node believes that it is still catching
// up. Once it is not, it never is again (CChainState::IsInitialBlockDownload).
func (c *Core) initialDownload() bool {
	if c.synced.Load() {
		return false
	}
	tip := c.tip()
	if tip.work.Cmp(c.o.Params.Consensus.MinimumChainWork) < 0 || int64(tip.header.Time) < c.o.Now().Unix()-c.o.MaxTipAge {
		return true
	}
	if !c.synced.Swap(true) {
		c.o.Log.Info("Leaving InitialBlockDownload (latching to false)")
	}
	return false
}

func (c *Core) getBlockchainInfo(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 0); err != nil {
		return nil, err
	}
	tip := c.tip()
	return rpccall.Object{
		{Key: "chain", Value: c.o.ChainName},
		{Key: "blocks", Value: tip.height},
		// Headers and blocks are the same until blocks come from peers.
		{Key: "headers", Value: tip.height},
		{Key: "bestblockhash", Value: tip.hash.String()},
		{Key: "difficulty", Value: rpccall.Double(difficulty(tip.header.Bits))},
		{Key: "time", Value: tip.header.Time},
		{Key: "mediantime", Value: tip.medianTime()},
		{Key: "verificationprogress", Value: c.progress(tip)},
		{Key: "initialblockdownload", Value: c.initialDownload()},
		{Key: "chainwork", Value: tip.work.String()},
		{Key: "size_on_disk", Value: c.sizeOnDisk()},
		{Key: "pruned", Value: false},
		{Key: "softforks", Value: c.softForks(tip)},
		{Key: "warnings", Value: ""},
	}, nil
}

// softForks lists the deployments in Dash Core's order (getblockchaininfo).
func (c *Core) softForks(tip *entry) rpccall.Object {
	con := &c.o.Params.Consensus
	var o rpccall.Object
	for _, b := range []params.Buried{
		params.BIP34, params.BIP66, params.BIP65, params.BIP147, params.CSV, params.DIP0001, params.DIP0003, params.DIP0008,
		params.DIP0020, params.DIP0024, params.BRR, params.V19, params.V20, params.MNRR, params.Withdrawals,
	} {
		o = append(o, rpccall.Member{Key: b.Name(), Value: rpccall.Object{
			{Key: "type", Value: "buried"},
			{Key: "active", Value: con.ActiveAt(b, tip.height+1)},
			{Key: "height", Value: con.DeploymentHeight(b)},
		}})
	}
	for _, pos := range []params.DeploymentPos{params.DeploymentV24, params.DeploymentTestDummy} {
		d := con.Deployments[pos]
		if d.StartTime != params.NeverActive {
			o = append(o, rpccall.Member{Key: pos.Name(), Value: versionBits(d)})
		}
	}
	return o
}

// versionBits is the state of a deployment at the genesis block: no window has
// ended, so it is as it began.
func versionBits(d params.Deployment) rpccall.Object {
	active := d.StartTime == params.AlwaysActive
	status := "defined"
	if active {
		status = "active"
	}
	o := rpccall.Object{
		{Key: "type", Value: "bip9"},
		{Key: "bip9", Value: rpccall.Object{
			{Key: "status", Value: status},
			{Key: "start_time", Value: d.StartTime},
			{Key: "timeout", Value: d.Timeout},
			{Key: "min_activation_height", Value: d.MinActivationHeight},
			{Key: "ehf", Value: d.UseEHF},
			{Key: "since", Value: 0},
		}},
	}
	if active {
		o = append(o, rpccall.Member{Key: "height", Value: 0})
	}
	return append(o, rpccall.Member{Key: "active", Value: active})
}

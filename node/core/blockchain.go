package core

import (
	"context"
	"encoding/hex"
	"fmt"

	"dashmp/node/chain"
	"dashmp/node/consensus"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/wire"
)

// openBlockchain serves what is known of blocks. The forms of results and the
// texts of errors are those of Dash Core's src/rpc/blockchain.cpp.
func (c *Core) openBlockchain(context.Context) (part, error) {
	return part{name: "blockchain", methods: rpccall.Methods{
		"getbestblockhash":  c.getBestBlockHash,
		"getblock":          c.getBlock,
		"getblockchaininfo": c.getBlockchainInfo,
		"getblockcount":     c.getBlockCount,
		"getblockhash":      c.getBlockHash,
		"getblockheader":    c.getBlockHeader,
		"getdifficulty":     c.getDifficulty,
	}}, nil
}

func (c *Core) getBestBlockHash(_ context.Context, call *rpccall.Call) (any, error) {
	return c.chain.Tip().Hash().String(), call.Count(0, 0)
}

func (c *Core) getBlockCount(_ context.Context, call *rpccall.Call) (any, error) {
	return c.chain.Tip().Height(), call.Count(0, 0)
}

func (c *Core) getDifficulty(_ context.Context, call *rpccall.Call) (any, error) {
	return rpccall.Double(difficulty(c.chain.Tip().Bits())), call.Count(0, 0)
}

func (c *Core) getBlockHash(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	height, err := call.Int(0)
	if err != nil {
		return nil, err
	}
	x := c.chain.ActiveAt(height)
	if x == nil {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Block height out of range")
	}
	return x.Hash().String(), nil
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
func (c *Core) lookUp(call *rpccall.Call, name string) (*chain.Index, error) {
	h, err := hashArgument(call, name)
	if err != nil {
		return nil, err
	}
	e := c.chain.Lookup(h)
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
	h := e.Header()
	return hex.EncodeToString(h.Append(nil)), nil
}

// headerArguments checks both parameters before the block is looked up, as
// Dash Core does.
func (c *Core) headerArguments(call *rpccall.Call) (*chain.Index, error) {
	if _, err := hashArgument(call, "hash"); err != nil {
		return nil, err
	}
	if _, err := call.BoolOr(1, true); err != nil {
		return nil, err
	}
	return c.lookUp(call, "hash")
}

// headerResult is the object of getblockheader (blockheaderToJSON).
func (c *Core) headerResult(e *chain.Index) rpccall.Object {
	confirmations, next := -1, (*chain.Index)(nil)
	if c.chain.Contains(e) {
		confirmations = c.chain.Tip().Height() - e.Height() + 1
		next = c.chain.ActiveAt(e.Height() + 1)
	}
	h := e.Header()
	o := rpccall.Object{
		{Key: "hash", Value: e.Hash().String()},
		{Key: "confirmations", Value: confirmations},
		{Key: "height", Value: e.Height()},
		{Key: "version", Value: h.Version},
		{Key: "versionHex", Value: fmt.Sprintf("%08x", uint32(h.Version))},
		{Key: "merkleroot", Value: h.MerkleRoot.String()},
		{Key: "time", Value: h.Time},
		{Key: "mediantime", Value: e.MedianTime()},
		{Key: "nonce", Value: h.Nonce},
		{Key: "bits", Value: fmt.Sprintf("%08x", h.Bits)},
		{Key: "difficulty", Value: rpccall.Double(difficulty(h.Bits))},
		{Key: "chainwork", Value: e.Work().String()},
		{Key: "nTx", Value: c.chain.Info(e).Transactions},
	}
	if e.Parent() != nil {
		o = append(o, rpccall.Member{Key: "previousblockhash", Value: e.Parent().Hash().String()})
	}
	if next != nil {
		o = append(o, rpccall.Member{Key: "nextblockhash", Value: next.Hash().String()})
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
	body, err := c.chain.RawBlock(ctx, e)
	if err != nil {
		c.o.Log.Error(err.Error())
		return nil, rpcerr.Errorf(rpcerr.Misc, "Block not found on disk")
	}
	if v <= 0 {
		return hex.EncodeToString(body), nil
	}
	block, err := wire.DecodeBlock(body)
	if err != nil {
		return nil, err
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

func (c *Core) getBlockchainInfo(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 0); err != nil {
		return nil, err
	}
	tip := c.chain.Tip()
	return rpccall.Object{
		{Key: "chain", Value: c.o.Config.ChainName},
		{Key: "blocks", Value: tip.Height()},
		{Key: "headers", Value: c.chain.BestHeader().Height()},
		{Key: "bestblockhash", Value: tip.Hash().String()},
		{Key: "difficulty", Value: rpccall.Double(difficulty(tip.Bits()))},
		{Key: "time", Value: tip.Time()},
		{Key: "mediantime", Value: tip.MedianTime()},
		{Key: "verificationprogress", Value: rpccall.Double(c.chain.Progress(tip))},
		{Key: "initialblockdownload", Value: c.chain.InitialDownload()},
		{Key: "chainwork", Value: tip.Work().String()},
		{Key: "size_on_disk", Value: c.chain.Usage()},
		{Key: "pruned", Value: false},
		{Key: "softforks", Value: c.softForks(tip)},
		{Key: "warnings", Value: ""},
	}, nil
}

// softForks lists the deployments and how they stand for the next block.
func (c *Core) softForks(tip *chain.Index) rpccall.Object {
	var o rpccall.Object
	for _, f := range c.rules.SoftForks(tip) {
		if f.BIP9 == nil {
			o = append(o, rpccall.Member{Key: f.Name, Value: rpccall.Object{
				{Key: "type", Value: "buried"}, {Key: "active", Value: f.Active}, {Key: "height", Value: f.Height},
			}})
			continue
		}
		v := rpccall.Object{{Key: "type", Value: "bip9"}, {Key: "bip9", Value: versionBits(f.BIP9)}}
		if f.Active {
			v = append(v, rpccall.Member{Key: "height", Value: f.Height})
		}
		o = append(o, rpccall.Member{Key: f.Name, Value: append(v, rpccall.Member{Key: "active", Value: f.Active})})
	}
	return o
}

// versionBits is a deployment that miners signal (BIP9SoftForkDescPushBack).
func versionBits(b *consensus.BIP9Info) rpccall.Object {
	o := rpccall.Object{{Key: "status", Value: string(b.Status)}}
	add := func(key string, value any) { o = append(o, rpccall.Member{Key: key, Value: value}) }
	if b.Bit >= 0 {
		add("bit", b.Bit)
	}
	add("start_time", b.StartTime)
	add("timeout", b.Timeout)
	add("min_activation_height", b.MinActivationHeight)
	add("ehf", b.EHF)
	if b.EHFHeight >= 0 {
		add("ehf_height", b.EHFHeight)
	}
	add("since", b.Since)
	if s := b.Statistics; s != nil {
		st := rpccall.Object{
			{Key: "period", Value: s.Period}, {Key: "elapsed", Value: s.Elapsed}, {Key: "count", Value: s.Count},
		}
		if b.Status != consensus.StateLockedIn {
			st = append(st, rpccall.Member{Key: "threshold", Value: s.Threshold}, rpccall.Member{Key: "possible", Value: s.Possible})
		}
		add("statistics", st)
	}
	if b.ActivationHeight >= 0 {
		add("activation_height", b.ActivationHeight)
	}
	return o
}

// difficulty is the target as a multiple of the one with bits 1d00ffff (Dash
// Core: ConvertBitsToDouble, whose order of operations decides the last digit).
func difficulty(bits uint32) float64 {
	d := float64(0x0000ffff) / float64(bits&0x00ffffff)
	for shift := int(bits >> 24); shift < 29; shift++ {
		d *= 256
	}
	for shift := int(bits >> 24); shift > 29; shift-- {
		d /= 256
	}
	return d
}

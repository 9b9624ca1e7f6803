package blockchain

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strconv"

	"dashmp/node/chain"
	"dashmp/node/coins"
	"dashmp/node/rawtx"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/wire"
)

// verbosity reads parameter 1 of getblock: a number, or a boolean as in older
// versions.
func verbosity(call *rpccall.Call) (int, error) {
	if call.Kind(1) == univalue.Bool {
		v, err := call.Bool(1)
		if v {
			return 1, err
		}
		return 0, err
	}
	return intOr(call, 1, 1)
}

func (r *RPCs) getBlock(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	h, err := hash(call, 0, "blockhash")
	if err != nil {
		return nil, err
	}
	v, err := verbosity(call)
	if err != nil {
		return nil, err
	}
	x, err := r.lookUp(h)
	if err != nil {
		return nil, err
	}
	tip := r.o.Chain.Tip()
	raw, err := r.readRaw(ctx, x)
	if err != nil {
		return nil, err
	}
	if v <= 0 {
		return json.RawMessage(appendHexString(make([]byte, 0, 2*len(raw)+2), raw)), nil
	}
	b, err := wire.DecodeBlock(raw)
	if err != nil {
		return nil, r.notOnDisk(ctx, err)
	}
	out, locked := r.appendHeader(make([]byte, 0, blockCapacity(len(raw), len(b.Txs), v)), tip, x)
	out = strconv.AppendInt(append(out, `,"size":`...), int64(len(raw)), 10)
	out = append(out, `,"tx":[`...)
	if v == 1 {
		for i, tx := range b.Txs {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(append(append(out, '"'), tx.ID().String()...), '"')
		}
	} else if out, err = r.appendTxs(ctx, out, x, b, txOptions{prevouts: v >= 3, locked: locked}); err != nil {
		return nil, err
	}
	out = append(out, ']')
	if len(b.Txs[0].ExtraPayload) > 0 {
		if out, err = r.appendCbTx(out, b.Txs[0]); err != nil {
			return nil, err
		}
	}
	return json.RawMessage(append(out, '}')), nil
}

// blockCapacity estimates the length of the JSON of a block.
func blockCapacity(size, txs, verbosity int) int {
	if verbosity == 1 {
		return 2048 + 67*txs
	}
	return 2048 + 8*size + 512*txs
}

// appendCbTx appends the payload of a coinbase, whatever the type of the
// transaction that has it.
func (r *RPCs) appendCbTx(b []byte, coinbase *wire.Tx) ([]byte, error) {
	_, payload := r.json.Payload(&wire.Tx{Version: wire.SpecialTxVersion, Type: wire.TxCoinbase, ExtraPayload: coinbase.ExtraPayload})
	if payload == nil {
		return b, nil
	}
	return payload.AppendJSON(append(b, `,"cbTx":`...))
}

type txOptions struct {
	// prevouts shows what is spent.
	prevouts bool
	// locked: the block has a ChainLock.
	locked bool
}

// appendTxs appends the transactions of a block with their fees, if it is known
// what they spent.
func (r *RPCs) appendTxs(ctx context.Context, b []byte, x *chain.Index, block *wire.Block, o txOptions) ([]byte, error) {
	undo, err := r.o.Chain.Undo(ctx, x)
	if err != nil || len(undo) != len(block.Txs)-1 {
		undo = nil
	}
	for i, tx := range block.Txs {
		if i > 0 {
			b = append(b, ',')
		}
		var spent coins.TxUndo
		if undo != nil && i > 0 {
			if spent = undo[i-1]; spent == nil {
				spent = coins.TxUndo{} // an asset unlock spends nothing, and its fee is known
			}
		}
		locked := r.instantLocked(tx.ID())
		var err error
		b, err = r.json.Detailed(tx, rawtx.Details{Undo: spent, Prevouts: o.prevouts, Hex: true, Tail: object{
			{Key: "instantlock", Value: locked || o.locked},
			{Key: "instantlock_internal", Value: locked},
		}}).AppendJSON(b)
		if err != nil {
			return b, err
		}
	}
	return b, nil
}

func (r *RPCs) getBlockFromPeer(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(2, 2); err != nil {
		return nil, err
	}
	if _, err := call.String(0); err != nil {
		return nil, err
	}
	if err := rpcvalue.Want(call.Value(1), univalue.Number); err != nil {
		return nil, err
	}
	if r.o.Peers == nil {
		return nil, rpcerr.Errorf(rpcerr.P2PDisabled, "Error: Peer-to-peer functionality missing or disabled")
	}
	h, err := hash(call, 0, "blockhash")
	if err != nil {
		return nil, err
	}
	peer, err := rpcvalue.Integer(call.Value(1), 64)
	if err != nil {
		return nil, err
	}
	x := r.o.Chain.Lookup(h)
	if x == nil {
		return nil, rpcerr.Errorf(rpcerr.Misc, "Block header missing")
	}
	if r.o.Pruner != nil && x.Height() > r.o.Chain.Tip().Height() {
		return nil, rpcerr.Errorf(rpcerr.Misc, "In prune mode, only blocks that the node has already synced previously can be fetched from a peer")
	}
	if r.o.Chain.Info(x).Status&chain.HaveData != 0 {
		return nil, rpcerr.Errorf(rpcerr.Misc, "Block already downloaded")
	}
	if err := r.o.Peers.FetchBlock(ctx, peer, x); err != nil {
		return nil, rpcerr.Errorf(rpcerr.Misc, "%v", err)
	}
	return object{}, nil
}

// specialOptions are the parameters of getspecialtxes.
type specialOptions struct{ txType, count, skip, verbosity int }

func parseSpecial(call *rpccall.Call) (o specialOptions, err error) {
	if o.txType, err = intOr(call, 1, -1); err != nil {
		return o, err
	}
	if o.count, err = intOr(call, 2, 10); err != nil {
		return o, err
	}
	if o.count < 0 {
		return o, rpcerr.Errorf(rpcerr.InvalidParameter, "Negative count")
	}
	if o.skip, err = intOr(call, 3, 0); err != nil {
		return o, err
	}
	if o.skip < 0 {
		return o, rpcerr.Errorf(rpcerr.InvalidParameter, "Negative skip")
	}
	if o.verbosity, err = intOr(call, 4, 0); err != nil {
		return o, err
	}
	if o.verbosity < 0 || o.verbosity > 2 {
		return o, rpcerr.Errorf(rpcerr.InvalidParameter, "Verbosity must be in range 0..2")
	}
	return o, nil
}

func (r *RPCs) getSpecialTxes(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 5); err != nil {
		return nil, err
	}
	h, err := hash(call, 0, "blockhash")
	if err != nil {
		return nil, err
	}
	o, err := parseSpecial(call)
	if err != nil {
		return nil, err
	}
	x, err := r.lookUp(h)
	if err != nil {
		return nil, err
	}
	b, err := r.readBlock(ctx, x)
	if err != nil {
		return nil, err
	}
	list := []any{}
	n := 0
	for _, tx := range b.Txs {
		if !tx.HasExtraPayload() || o.txType != -1 && int(tx.Type) != o.txType {
			continue
		}
		if n++; n <= o.skip {
			continue
		}
		if n-o.skip > o.count {
			break
		}
		switch o.verbosity {
		case 0:
			list = append(list, tx.ID().String())
		case 1:
			list = append(list, hex.EncodeToString(tx.Append(nil)))
		case 2:
			list = append(list, r.transaction(tx, h, nil))
		}
	}
	return list, nil
}

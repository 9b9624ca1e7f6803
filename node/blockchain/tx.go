package blockchain

import (
	"context"
	"encoding/hex"

	"dashmp/node/address"
	"dashmp/node/chain"
	"dashmp/node/rawtx"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// transaction is a transaction in a block, or in none if block is zero, with
// what is known of it there (TxToJSON).
func (r *RPCs) transaction(tx *wire.Tx, block wire.Hash, head object) rpccall.Appender {
	d := rawtx.Details{Head: head, Hex: true}
	if r.o.Indexes.Spent != nil {
		d.Input, d.Output = r.spentInput, r.spentOutput
	}
	chainLocked := false
	if !block.IsZero() {
		d.Tail = append(d.Tail, member{Key: "blockhash", Value: block.String()})
		if x := r.o.Chain.Lookup(block); x != nil && r.o.Chain.Contains(x) {
			chainLocked = r.chainLocked(x)
			d.Tail = append(d.Tail,
				member{Key: "height", Value: x.Height()},
				member{Key: "confirmations", Value: 1 + r.o.Chain.Tip().Height() - x.Height()},
				member{Key: "time", Value: x.Time()},
				member{Key: "blocktime", Value: x.Time()})
		} else if x != nil {
			d.Tail = append(d.Tail, member{Key: "height", Value: -1}, member{Key: "confirmations", Value: 0})
		}
	}
	locked := r.instantLocked(tx.ID())
	d.Tail = append(d.Tail,
		member{Key: "instantlock", Value: locked || chainLocked},
		member{Key: "instantlock_internal", Value: locked},
		member{Key: "chainlock", Value: chainLocked})
	return r.json.Detailed(tx, d)
}

// spentInput is what the index of spent outputs knows of an input.
func (r *RPCs) spentInput(o wire.OutPoint) object {
	s, ok := r.o.Indexes.Spent.Spent(o)
	if !ok {
		return nil
	}
	out := object{{Key: "value", Value: rpccall.Amount(s.Amount)}, {Key: "valueSat", Value: s.Amount}}
	if d, ok := standard.Destination(s.ScriptPubKey); ok {
		out = append(out, member{Key: "address", Value: address.Encode(d, r.o.Params.Base58)})
	}
	return out
}

func (r *RPCs) spentOutput(o wire.OutPoint) object {
	s, ok := r.o.Indexes.Spent.Spent(o)
	if !ok {
		return nil
	}
	return object{
		{Key: "spentTxId", Value: s.TxID.String()},
		{Key: "spentIndex", Value: s.Input},
		{Key: "spentHeight", Value: s.Height},
	}
}

// find looks for a transaction: in a block if one is given, else in the pool and
// in the index (GetTransaction). It is nil if there is none.
func (r *RPCs) find(ctx context.Context, id wire.Hash, in *chain.Index) (*wire.Tx, wire.Hash) {
	if in == nil && r.o.Mempool != nil {
		if tx := r.o.Mempool.Transaction(id); tx != nil {
			return tx, wire.Hash{}
		}
	}
	if index := r.o.Indexes.Tx; index != nil {
		tx, block, err := index.Transaction(ctx, id)
		if err != nil {
			r.o.Log.Error(err.Error())
		}
		if err == nil && tx != nil && (in == nil || in.Hash() == block) {
			return tx, block
		}
	}
	if in == nil {
		return nil, wire.Hash{}
	}
	b, err := r.o.Chain.Block(ctx, in)
	if err != nil {
		return nil, wire.Hash{}
	}
	for _, tx := range b.Txs {
		if tx.ID() == id {
			return tx, in.Hash()
		}
	}
	return nil, wire.Hash{}
}

// verbose reads parameter i: a boolean, or a number that is not 0.
func verbose(call *rpccall.Call, i int) (bool, error) {
	if call.Kind(i) == univalue.Number {
		n, err := call.Int(i)
		return n != 0, err
	}
	return call.BoolOr(i, false)
}

// genesisCoinbase refuses the one transaction that is in no index and whose
// output is in no set.
func (r *RPCs) genesisCoinbase(id wire.Hash) error {
	if id == r.o.Params.Genesis.Header.MerkleRoot {
		return rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "The genesis block coinbase is not considered an ordinary transaction and cannot be retrieved")
	}
	return nil
}

func (r *RPCs) getRawTransaction(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 3); err != nil {
		return nil, err
	}
	id, err := hash(call, 0, "parameter 1")
	if err != nil {
		return nil, err
	}
	if err := r.genesisCoinbase(id); err != nil {
		return nil, err
	}
	whole, err := verbose(call, 1)
	if err != nil {
		return nil, err
	}
	var in *chain.Index
	if call.Given(2) {
		h, err := hash(call, 2, "parameter 3")
		if err != nil {
			return nil, err
		}
		if in = r.o.Chain.Lookup(h); in == nil {
			return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Block hash not found")
		}
	}
	ready := r.o.Indexes.Tx != nil && in == nil && r.o.Indexes.Tx.WaitSynced(ctx)
	tx, block := r.find(ctx, id, in)
	if tx == nil {
		return nil, r.notFound(in, ready)
	}
	if !whole {
		return hex.EncodeToString(tx.Append(nil)), nil
	}
	var head object
	if in != nil {
		head = object{{Key: "in_active_chain", Value: r.o.Chain.Contains(in)}}
	}
	return r.transaction(tx, block, head), nil
}

func (r *RPCs) notFound(in *chain.Index, indexed bool) error {
	var text string
	switch {
	case in != nil && r.o.Chain.Info(in).Status&chain.HaveData == 0:
		return rpcerr.Errorf(rpcerr.Misc, "Block not available")
	case in != nil:
		text = "No such transaction found in the provided block"
	case r.o.Indexes.Tx == nil:
		text = "No such mempool transaction. Use -txindex or provide a block hash to enable blockchain transaction queries"
	case !indexed:
		text = "No such mempool transaction. Blockchain transactions are still in the process of being indexed"
	default:
		text = "No such mempool or blockchain transaction"
	}
	return rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "%s. Use gettransaction for wallet transactions.", text)
}

// maxIDs is how many transactions or blocks a call may ask for at once.
const maxIDs = 100

func (r *RPCs) getRawTransactionMulti(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	if err := rpcvalue.Want(call.Value(0), univalue.Object); err != nil {
		return nil, err
	}
	whole, err := verbose(call, 1)
	if err != nil {
		return nil, err
	}
	if call.Value(0).Len() > maxIDs {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Up to 100 blocks and txids only")
	}
	out := results{index: map[string]int{}}
	count := 0
	for key, list := range call.Value(0).Members() {
		if err := rpcvalue.Want(list, univalue.Array); err != nil {
			return nil, err
		}
		in, known := r.blockKey(key.Text())
		if known {
			if count += list.Len(); count > maxIDs {
				return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Up to 100 txids in total")
			}
		}
		for v := range list.Elements() {
			value, err := r.oneOfMany(ctx, v, in, known, whole)
			if err != nil {
				return nil, err
			}
			out.put(v.Text(), value)
		}
	}
	return out.o, nil
}

// blockKey is the block that a key names; none, and known, for all zeros, which
// stands for the pool (uint256S reads as much of a text as is hexadecimal).
func (r *RPCs) blockKey(key string) (in *chain.Index, known bool) {
	h := lenientHash(key)
	if h.IsZero() {
		return nil, true
	}
	in = r.o.Chain.Lookup(h)
	return in, in != nil
}

func (r *RPCs) oneOfMany(ctx context.Context, v univalue.Value, in *chain.Index, known, whole bool) (any, error) {
	if err := rpcvalue.Want(v, univalue.String); err != nil || !known {
		return "None", err
	}
	id, err := rpcvalue.Hash(v, "transaction id")
	if err != nil {
		return nil, err
	}
	tx, block := r.find(ctx, id, in)
	switch {
	case tx == nil:
		return "None", nil
	case whole:
		return r.transaction(tx, block, nil), nil
	}
	return hex.EncodeToString(tx.Append(nil)), nil
}

// results is an object in which a key that comes again replaces its value
// (UniValue::pushKV).
type results struct {
	o     object
	index map[string]int
}

func (r *results) put(key string, value any) {
	if i, ok := r.index[key]; ok {
		r.o[i].Value = value
		return
	}
	r.index[key] = len(r.o)
	r.o = append(r.o, member{Key: key, Value: value})
}

// lenientHash reads a hash as uint256S does: white space and 0x before it are
// skipped, it ends at the first character that is no digit, and digits are
// counted from the end.
func lenientHash(s string) (h wire.Hash) {
	for s != "" && (s[0] == ' ' || s[0] >= '\t' && s[0] <= '\r') {
		s = s[1:]
	}
	if len(s) >= 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		s = s[2:]
	}
	n := 0
	for n < len(s) && isHexDigit(s[n]) {
		n++
	}
	s = s[:n]
	if len(s) > 2*wire.HashSize {
		s = s[len(s)-2*wire.HashSize:]
	}
	for len(s) < 2*wire.HashSize {
		s = "0" + s
	}
	h, _ = wire.ParseHash(s)
	return h
}

func isHexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// idList reads parameter 0 as at most maxIDs transaction ids.
func idList(call *rpccall.Call) (list univalue.Value, err error) {
	list = call.Value(0)
	if err := rpcvalue.Want(list, univalue.Array); err != nil {
		return list, err
	}
	if list.Len() > maxIDs {
		return list, rpcerr.Errorf(rpcerr.InvalidParameter, "Up to 100 txids only")
	}
	return list, nil
}

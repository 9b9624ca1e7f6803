package blockchain

import (
	"context"
	"encoding/hex"
	"errors"

	"dashmp/node/chain"
	"dashmp/node/p2p/msg"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/spv"
	"dashmp/node/wire"
)

// txIDs reads parameter 0 of gettxoutproof. least is the first in the order of
// bytes.
func txIDs(call *rpccall.Call) (ids hashes, least wire.Hash, err error) {
	list := call.Value(0)
	if err := rpcvalue.Want(list, univalue.Array); err != nil {
		return nil, least, err
	}
	if list.Len() == 0 {
		return nil, least, rpcerr.Errorf(rpcerr.InvalidParameter, "Parameter 'txids' cannot be empty")
	}
	ids = hashes{}
	for v := range list.Elements() {
		h, err := rpcvalue.Hash(v, "txid")
		if err != nil {
			return nil, least, err
		}
		if ids[h] {
			return nil, least, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, duplicated txid: %s", v.Text())
		}
		if len(ids) == 0 || h.Compare(least) < 0 {
			least = h
		}
		ids[h] = true
	}
	return ids, least, nil
}

func (r *RPCs) getTxOutProof(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	ids, least, err := txIDs(call)
	if err != nil {
		return nil, err
	}
	var x *chain.Index
	if call.Given(1) {
		x, err = r.block(call, 1, "blockhash")
	} else {
		x, err = r.blockOf(ctx, ids, least)
	}
	if err != nil {
		return nil, err
	}
	b, err := r.o.Chain.Block(ctx, x)
	if err != nil {
		return nil, rpcerr.Errorf(rpcerr.Internal, "Can't read block from disk")
	}
	list, found := make([]wire.Hash, len(b.Txs)), 0
	for i, tx := range b.Txs {
		if list[i] = tx.ID(); ids[list[i]] {
			found++
		}
	}
	if found != len(ids) {
		return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Not all transactions found in specified or retrieved block")
	}
	m := spv.Proof(b.Header, list, func(i int) bool { return ids[list[i]] })
	return hex.EncodeToString(m.Append(nil)), nil
}

// blockOf finds the block of one of the transactions, by an output that is
// unspent or by the index.
func (r *RPCs) blockOf(ctx context.Context, ids hashes, least wire.Hash) (*chain.Index, error) {
	for id := range ids {
		x, err := r.o.Chain.AnyOf(id)
		if x != nil || err != nil {
			return x, err
		}
	}
	var block wire.Hash
	if index := r.o.Indexes.Tx; index != nil {
		index.WaitSynced(ctx)
		tx, h, err := index.Transaction(ctx, least)
		if err == nil && tx != nil {
			block = h
		}
	}
	if block.IsZero() {
		return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Transaction not yet in block")
	}
	if x := r.o.Chain.Lookup(block); x != nil {
		return x, nil
	}
	return nil, rpcerr.Errorf(rpcerr.Internal, "Transaction index corrupt")
}

func (r *RPCs) verifyTxOutProof(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	text := ""
	if call.Kind(0) == univalue.String {
		text = call.Value(0).Text()
	}
	raw, err := rpcvalue.Hex(text, "proof")
	if err != nil {
		return nil, err
	}
	m, err := msg.DecodeMerkleBlock(raw)
	if err != nil {
		return nil, streamError(err)
	}
	ids := []string{}
	// The root of a malformed proof is zero, and a header may say so too.
	root, matches, _ := spv.Extract(m)
	if root != m.Header.MerkleRoot {
		return ids, nil
	}
	x := r.o.Chain.Lookup(m.Header.Hash())
	if x == nil || !r.o.Chain.Contains(x) || r.o.Chain.Info(x).Transactions == 0 {
		return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Block not found in chain")
	}
	if r.o.Chain.Info(x).Transactions == int(m.Transactions) {
		for _, id := range matches {
			ids = append(ids, id.String())
		}
	}
	return ids, nil
}

// streamError is the error of bytes that do not decode, in the words of Dash
// Core's streams.
func streamError(err error) error {
	text := "DataStream::read(): end of data"
	switch {
	case errors.Is(err, wire.ErrNonCanonical):
		text = "non-canonical ReadCompactSize()"
	case errors.Is(err, wire.ErrTooLarge):
		text = "ReadCompactSize(): size too large"
	}
	return rpcerr.Errorf(rpcerr.Misc, "%s: iostream error", text)
}

func (r *RPCs) getMerkleBlocks(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(2, 3); err != nil {
		return nil, err
	}
	text, err := call.String(0)
	if err != nil {
		return nil, err
	}
	load, err := msg.DecodeFilterLoad(lenientHex(text))
	if err != nil {
		return nil, streamError(err)
	}
	f, ok := spv.NewFilter(load)
	if !ok {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Filter is not within size constraints")
	}
	x, err := r.block(call, 1, "blockhash")
	if err != nil {
		return nil, err
	}
	count, err := headerCount(call, 2)
	if err != nil {
		return nil, err
	}
	list := []string{}
	for ; x != nil && count > 0; count-- {
		b, err := r.readBlock(ctx, x)
		if err != nil {
			return nil, err
		}
		if m, matched := spv.FilterBlock(b, f); len(matched) > 0 {
			list = append(list, hex.EncodeToString(m.Append(nil)))
		}
		x = r.next(x)
	}
	return list, nil
}

// lenientHex reads hexadecimal up to the first character that is none, white
// space between bytes aside (ParseHex).
func lenientHex(s string) (out []byte) {
	for i := 0; i < len(s); {
		if c := s[i]; c == ' ' || c >= '\t' && c <= '\r' {
			i++
			continue
		}
		if i+2 > len(s) {
			break
		}
		b, err := hex.DecodeString(s[i : i+2])
		if err != nil {
			break
		}
		out = append(out, b[0])
		i += 2
	}
	return out
}

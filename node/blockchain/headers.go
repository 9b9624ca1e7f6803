package blockchain

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"dashmp/node/chain"
	"dashmp/node/pow"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpccall"
)

// maxHeaders is how many headers one call returns at most
// (MAX_HEADERS_UNCOMPRESSED_RESULT).
const maxHeaders = 2000

func (r *RPCs) getBestBlockHash(_ context.Context, call *rpccall.Call) (any, error) {
	return r.o.Chain.Tip().Hash().String(), call.Count(0, 0)
}

func (r *RPCs) getBlockCount(_ context.Context, call *rpccall.Call) (any, error) {
	return r.o.Chain.Tip().Height(), call.Count(0, 0)
}

func (r *RPCs) getDifficulty(_ context.Context, call *rpccall.Call) (any, error) {
	return rpccall.Double(pow.Difficulty(r.o.Chain.Tip().Bits())), call.Count(0, 0)
}

func (r *RPCs) getBlockHash(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	height, err := call.Int(0)
	if err != nil {
		return nil, err
	}
	x := r.o.Chain.ActiveAt(height)
	if x == nil {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Block height out of range")
	}
	return x.Hash().String(), nil
}

func (r *RPCs) getBlockHeader(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	h, err := hash(call, 0, "hash")
	if err != nil {
		return nil, err
	}
	verbose, err := call.BoolOr(1, true)
	if err != nil {
		return nil, err
	}
	x, err := r.lookUp(h)
	if err != nil {
		return nil, err
	}
	if !verbose {
		return headerHex(x), nil
	}
	b, _ := r.appendHeader(nil, r.o.Chain.Tip(), x)
	return json.RawMessage(append(b, '}')), nil
}

// headerHex is a header in hexadecimal, as JSON.
func headerHex(x *chain.Index) json.RawMessage {
	h := x.Header()
	return appendHexString(nil, h.Append(nil))
}

// getBlockHeaders lists headers from a block on along the active chain. A block
// beside it is listed alone.
func (r *RPCs) getBlockHeaders(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 3); err != nil {
		return nil, err
	}
	x, err := r.block(call, 0, "blockhash")
	if err != nil {
		return nil, err
	}
	count, err := headerCount(call, 1)
	if err != nil {
		return nil, err
	}
	verbose, err := call.BoolOr(2, true)
	if err != nil {
		return nil, err
	}
	tip := r.o.Chain.Tip()
	b := []byte{'['}
	for ; x != nil && count > 0; count-- {
		if len(b) > 1 {
			b = append(b, ',')
		}
		if verbose {
			b, _ = r.appendHeader(b, tip, x)
			b = append(b, '}')
		} else {
			b = append(b, headerHex(x)...)
		}
		x = r.next(x)
	}
	return json.RawMessage(append(b, ']')), nil
}

// headerCount reads parameter i as how many headers or blocks are wanted.
func headerCount(call *rpccall.Call, i int) (int, error) {
	count, err := intOr(call, i, maxHeaders)
	if err != nil {
		return 0, err
	}
	if count <= 0 || count > maxHeaders {
		return 0, rpcerr.Errorf(rpcerr.InvalidParameter, "Count is out of range")
	}
	return count, nil
}

// depth is the block after x on the way to tip, and how many confirmations x
// has, -1 beside that way (ComputeNextBlockAndDepth).
func depth(tip, x *chain.Index) (next *chain.Index, confirmations int) {
	if n := tip.AncestorAt(x.Height() + 1); n != nil && n.Parent() == x {
		return n, tip.Height() - x.Height() + 1
	}
	if x == tip {
		return nil, 1
	}
	return nil, -1
}

// appendHeader appends the object of getblockheader without its closing
// bracket, and tells whether the block has a ChainLock (blockheaderToJSON).
func (r *RPCs) appendHeader(b []byte, tip, x *chain.Index) (out []byte, locked bool) {
	next, confirmations := depth(tip, x)
	h := x.Header()
	hash := x.Hash().String()
	b = append(append(b, `{"hash":"`...), hash...)
	b = strconv.AppendInt(append(b, `","confirmations":`...), int64(confirmations), 10)
	b = strconv.AppendInt(append(b, `,"height":`...), int64(x.Height()), 10)
	b = strconv.AppendInt(append(b, `,"version":`...), int64(h.Version), 10)
	b = fmt.Appendf(append(b, `,"versionHex":"`...), "%08x", uint32(h.Version))
	b = append(append(b, `","merkleroot":"`...), h.MerkleRoot.String()...)
	b = strconv.AppendUint(append(b, `","time":`...), uint64(h.Time), 10)
	b = strconv.AppendInt(append(b, `,"mediantime":`...), x.MedianTime(), 10)
	b = strconv.AppendUint(append(b, `,"nonce":`...), uint64(h.Nonce), 10)
	b = fmt.Appendf(append(b, `,"bits":"`...), "%08x", h.Bits)
	b, _ = rpccall.Double(pow.Difficulty(h.Bits)).AppendJSON(append(b, `","difficulty":`...))
	b = append(append(b, `,"chainwork":"`...), x.Work().String()...)
	b = strconv.AppendInt(append(b, `","nTx":`...), int64(r.o.Chain.Info(x).Transactions), 10)
	if x.Parent() != nil {
		b = append(append(append(b, `,"previousblockhash":"`...), x.Parent().Hash().String()...), '"')
	}
	if next != nil {
		b = append(append(append(b, `,"nextblockhash":"`...), next.Hash().String()...), '"')
	}
	locked = r.chainLocked(x)
	return strconv.AppendBool(append(b, `,"chainlock":`...), locked), locked
}

func (r *RPCs) getBlockHashes(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(2, 2); err != nil {
		return nil, err
	}
	high, err := call.Int(0)
	if err != nil {
		return nil, err
	}
	low, err := call.Int(1)
	if err != nil {
		return nil, err
	}
	if r.o.Indexes.Timestamps == nil {
		return nil, rpcerr.Errorf(rpcerr.InvalidRequest, "Timestamp index is disabled. You should run Dash Core with -timestampindex (requires reindex)")
	}
	hashes, err := r.o.Indexes.Timestamps.Hashes(uint32(high), uint32(low))
	if err != nil {
		r.o.Log.Error(err.Error())
		return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "No information available for block hashes")
	}
	out := make([]string, len(hashes))
	for i, h := range hashes {
		out[i] = h.String()
	}
	return out, nil
}

package blockchain

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"dashmp/node/chain"
	"dashmp/node/coins"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/wire"
)

// scanner lets one scan of the coins run at a time.
type scanner struct {
	running, stop atomic.Bool
	// progress is in percent.
	progress atomic.Int32
	mu       sync.Mutex // makes begin and abort one step each
}

func (s *scanner) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running.Swap(true) {
		return false
	}
	s.stop.Store(false)
	s.progress.Store(0)
	return true
}

func (s *scanner) end() { s.running.Store(false) }

// abort asks a running scan to end; false if there is none.
func (s *scanner) abort() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop.Store(true)
	return s.running.Load()
}

func (r *RPCs) scanTxOutSet(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	action, err := call.String(0)
	if err != nil {
		return nil, err
	}
	switch action {
	case "status":
		if !r.scan.running.Load() {
			return nil, nil
		}
		return object{{Key: "progress", Value: r.scan.progress.Load()}}, nil
	case "abort":
		return r.scan.abort(), nil
	case "start":
		if !r.scan.begin() {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, `Scan already in progress, use action "abort" or "status"`)
		}
		defer r.scan.end()
		return r.startScan(ctx, call)
	}
	return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid command")
}

// needles are the scripts to find and the descriptor of each.
type needles map[string]string

// parseNeedles reads what the signer made of descriptors: an array of pairs of a
// script in hexadecimal and its descriptor. Of two descriptors for one script
// the first counts.
func parseNeedles(v univalue.Value) (needles, error) {
	if err := rpcvalue.Want(v, univalue.Array); err != nil {
		return nil, err
	}
	out := needles{}
	for e := range v.Elements() {
		var pair [2]string
		n := 0
		for s := range e.Elements() {
			if n < len(pair) && s.Kind() == univalue.String {
				pair[n] = s.Text()
				n++
			} else {
				n = len(pair) + 1
			}
		}
		script, err := hex.DecodeString(pair[0])
		if n != len(pair) || err != nil {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Scan objects were not expanded to scripts")
		}
		if _, known := out[string(script)]; !known {
			out[string(script)] = pair[1]
		}
	}
	return out, nil
}

var errAborted = errors.New("the scan was aborted")

// found is a coin with its name.
type found struct {
	at   wire.OutPoint
	coin coins.Coin
}

func (r *RPCs) startScan(ctx context.Context, call *rpccall.Call) (any, error) {
	if call.Len() < 2 {
		return nil, rpcerr.Errorf(rpcerr.Misc, "scanobjects argument is required for the start action")
	}
	want, err := parseNeedles(call.Value(1))
	if err != nil {
		return nil, err
	}
	list, count, x, err := r.walk(ctx, want)
	if err != nil && !errors.Is(err, errAborted) {
		return nil, err
	}
	unspents, total := []any{}, int64(0)
	for _, f := range list {
		total += f.coin.Out.Value
		unspents = append(unspents, object{
			{Key: "txid", Value: f.at.Hash.String()},
			{Key: "vout", Value: int32(f.at.Index)},
			{Key: "scriptPubKey", Value: hexText(f.coin.Out.ScriptPubKey)},
			{Key: "desc", Value: want[string(f.coin.Out.ScriptPubKey)]},
			{Key: "amount", Value: rpccall.Amount(f.coin.Out.Value)},
			{Key: "coinbase", Value: f.coin.Coinbase},
			{Key: "height", Value: f.coin.Height},
		})
	}
	return object{
		{Key: "success", Value: err == nil},
		{Key: "txouts", Value: count},
		{Key: "height", Value: x.Height()},
		{Key: "bestblock", Value: x.Hash().String()},
		{Key: "unspents", Value: unspents},
		{Key: "total_amount", Value: rpccall.Amount(total)},
	}, nil
}

// walk finds coins with one of the scripts (FindScriptPubKey).
func (r *RPCs) walk(ctx context.Context, want needles) (list []found, count int64, x *chain.Index, err error) {
	x, err = r.o.Chain.Walk(ctx, func(o wire.OutPoint, c coins.Coin) error {
		if count++; count%8192 == 0 && r.scan.stop.Load() {
			return errAborted
		}
		if count%256 == 0 { // the set is in the order of ids
			high := int(o.Hash[0])<<8 | int(o.Hash[1])
			r.scan.progress.Store(int32(float64(high)*100/65536 + 0.5))
		}
		if _, ok := want[string(c.Out.ScriptPubKey)]; ok {
			c.Out.ScriptPubKey = slices.Clone(c.Out.ScriptPubKey)
			list = append(list, found{o, c})
		}
		return nil
	})
	slices.SortFunc(list, func(a, b found) int {
		if c := a.at.Hash.Compare(b.at.Hash); c != 0 {
			return c
		}
		return int(int64(a.at.Index) - int64(b.at.Index))
	})
	return list, count, x, err
}

func hexText(b []byte) string { return hex.EncodeToString(b) }

package blockchain

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"

	"dashmp/node/chain"
	"dashmp/node/coins"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpccall"
	"dashmp/node/wire"
)

// exportPrefix begins the parameter that stands for a new file: the rpc role
// has had it created, and passes "export:N:PATH", N being the handle by which it
// can be taken. PATH is for display only.
const exportPrefix = "export:"

func parseExport(s string) (handle uint64, path string, err error) {
	rest, ok := strings.CutPrefix(s, exportPrefix)
	digits, path, split := strings.Cut(rest, ":")
	if ok && split {
		if handle, err = strconv.ParseUint(digits, 10, 64); err == nil {
			return handle, path, nil
		}
	}
	return 0, "", rpcerr.Errorf(rpcerr.Internal, "a new file was not passed as a handle")
}

// dumpTxOutSet writes all coins to a file: the block's hash, their number in 64
// bits, then outpoint and coin one after the other (CreateUTXOSnapshot).
func (r *RPCs) dumpTxOutSet(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	text, err := call.String(0)
	if err != nil {
		return nil, err
	}
	handle, path, err := parseExport(text)
	if err != nil {
		return nil, err
	}
	if r.o.Exports == nil {
		return nil, rpcerr.Errorf(rpcerr.Misc, "There is nobody to write files")
	}
	f, err := r.o.Exports.Take(ctx, handle)
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	st, x, err := r.snapshot(ctx, w)
	if err = errors.Join(err, w.Flush(), f.Close()); err != nil {
		if ctx.Err() == nil {
			r.o.Log.Error(err.Error())
		}
		return nil, unreadableSet()
	}
	return object{
		{Key: "coins_written", Value: st.Outputs},
		{Key: "base_hash", Value: x.Hash().String()},
		{Key: "base_height", Value: x.Height()},
		{Key: "path", Value: path},
		{Key: "txoutset_hash", Value: st.Hash.String()},
		{Key: "nchaintx", Value: r.o.Chain.Info(x).ChainTransactions},
	}, nil
}

func (r *RPCs) snapshot(ctx context.Context, w *bufio.Writer) (st coins.Stats, x *chain.Index, err error) {
	var b []byte
	x, err = r.o.Chain.Snapshot(ctx, coins.HashSerialized2, func(s coins.Stats) error {
		st = s
		_, err := w.Write(binary.LittleEndian.AppendUint64(s.BestBlock[:], s.Outputs))
		return err
	}, func(o wire.OutPoint, c coins.Coin) error {
		b = c.Append(o.Append(b[:0]))
		_, err := w.Write(b)
		return err
	})
	return st, x, err
}

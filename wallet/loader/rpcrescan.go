package loader

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dashmp/node"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpccall"
)

// timestampWindow is how long before its creation a key may have been used, in
// seconds, since clocks differ (Dash Core: TIMESTAMP_WINDOW).
const timestampWindow = 2 * 60 * 60

// beginScan reserves the wallet for a rescan.
func (w *openWallet) beginScan() error {
	if !w.scanning.CompareAndSwap(false, true) {
		return rpcerr.Errorf(rpcerr.Wallet, "Wallet is currently rescanning. Abort existing rescan or wait.")
	}
	w.stopScan.Store(false)
	w.scanStart.Store(time.Now().UnixNano())
	w.scanDone.Store(0)
	return nil
}

func (w *openWallet) endScan() { w.scanning.Store(false) }

// scanState is "scanning" of getwalletinfo: false, or how far a rescan is.
func (w *openWallet) scanState() any {
	if !w.scanning.Load() {
		return false
	}
	return rpccall.Object{
		{Key: "duration", Value: int64(time.Since(time.Unix(0, w.scanStart.Load())).Seconds())},
		{Key: "progress", Value: rpccall.Double(float64(w.scanDone.Load()) / 10_000)},
	}
}

// scanFrom rescans the blocks from a time on (RescanFromTime).
func (l *Loader) scanFrom(ctx context.Context, w *openWallet, from int64) error {
	f, err := l.chain()
	if err != nil {
		return err
	}
	first, err := f.chain.FindFirstBlock(ctx, from-timestampWindow, 0)
	if errors.Is(err, node.ErrUnknownBlock) {
		return nil // all blocks are older
	}
	if err != nil {
		return rpcerr.Errorf(rpcerr.Wallet, "dash-node-core: %v", err)
	}
	_, err = l.scan(ctx, w, first.Height, w.Best().Height)
	if err == nil {
		err = f.chain.RequestMempool(ctx, f)
		if errors.Is(err, node.ErrNoPool) {
			err = nil
		}
	}
	return err
}

// scan looks at the blocks of the active chain from one height to another and
// returns the last that it looked at.
func (l *Loader) scan(ctx context.Context, w *openWallet, from, to int32) (last int32, err error) {
	f, err := l.chain()
	if err != nil {
		return from, err
	}
	l.o.Log.Info(fmt.Sprintf("[%s] Rescan started from block %d…", w.name, from))
	shown := time.Now()
	for height := from; height <= to; height++ {
		if w.stopScan.Load() || f.ended.Load() {
			return last, rpcerr.Errorf(rpcerr.Misc, "Rescan aborted.")
		}
		ref, block, err := readBlock(ctx, f.chain, height)
		if errors.Is(err, node.ErrNoBlockData) {
			return last, rpcerr.Errorf(rpcerr.Misc, "Rescan failed. Potentially corrupted data files.")
		}
		if err != nil {
			return last, rpcerr.Errorf(rpcerr.Wallet, "dash-node-core: %v", err)
		}
		if _, err := w.ScanBlock(ref, block); err != nil {
			return last, err
		}
		last = height
		w.scanDone.Store(int64(height-from+1) * 10_000 / int64(to-from+1))
		if time.Since(shown) > time.Minute {
			shown = time.Now()
			l.o.Log.Info(fmt.Sprintf("[%s] Still rescanning. At block %d. Progress=%f", w.name, height, float64(w.scanDone.Load())/10_000))
		}
	}
	l.o.Log.Info(fmt.Sprintf("[%s] Rescan completed at block %d", w.name, last))
	return last, nil
}

func (l *Loader) rescanBlockchain(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 2); err != nil {
		return nil, err
	}
	w, err := l.synced(ctx, call)
	if err != nil {
		return nil, err
	}
	if err := w.beginScan(); err != nil {
		return nil, err
	}
	defer w.endScan()
	bounds := [2]int{0, int(w.Best().Height)}
	for i, name := range []string{"start_height", "stop_height"} {
		if !call.Given(i) {
			continue
		}
		if bounds[i], err = call.Int(i); err != nil {
			return nil, err
		}
		if bounds[i] < 0 || bounds[i] > int(w.Best().Height) {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid %s", name)
		}
	}
	if bounds[1] < bounds[0] {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "stop_height must be greater than start_height")
	}
	last, err := l.scan(ctx, w, int32(bounds[0]), int32(bounds[1]))
	if err != nil {
		return nil, err
	}
	return rpccall.Object{{Key: "start_height", Value: bounds[0]}, {Key: "stop_height", Value: last}}, nil
}

func (l *Loader) abortRescan(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 0); err != nil {
		return nil, err
	}
	w, err := l.requested(call)
	if err != nil {
		return nil, err
	}
	if !w.scanning.Load() {
		return false, nil
	}
	w.stopScan.Store(true)
	return true, nil
}

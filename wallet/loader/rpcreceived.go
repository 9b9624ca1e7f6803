package loader

import (
	"context"
	"maps"
	"slices"

	"dashmp/node/address"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpccall"
)

// tally is what an address or a label has received.
type tally struct {
	amount int64
	depth  int
	txids  []string
}

// received sums what each address has received with a number of blocks on top.
func (w *openWallet) received(minDepth int, immature bool) map[string]*tally {
	out := map[string]*tally{}
	for _, v := range w.Transactions() {
		if v.Depth < minDepth || v.Depth < 0 || v.Raw.IsCoinbase() && (v.Depth < 1 || v.ToMaturity > 0 && !immature) {
			continue
		}
		for i := range v.Raw.Outputs {
			text := w.Address(v.Raw.Outputs[i].ScriptPubKey)
			if !v.Mine[i] || text == "" {
				continue
			}
			t := out[text]
			if t == nil {
				t = &tally{depth: noDepth}
				out[text] = t
			}
			t.amount += v.Raw.Outputs[i].Value
			t.depth = min(t.depth, v.Depth)
			t.txids = append(t.txids, v.ID.String())
		}
	}
	return out
}

func (l *Loader) getReceived(ctx context.Context, call *rpccall.Call, byLabel bool) (any, error) {
	if err := call.Count(1, 4); err != nil {
		return nil, err
	}
	w, err := l.synced(ctx, call)
	if err != nil {
		return nil, err
	}
	depth := 1
	if call.Given(1) {
		if depth, err = call.Int(1); err != nil {
			return nil, err
		}
	}
	immature, err := call.BoolOr(3, false)
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	if byLabel {
		label, err := labelArgument(call, 0)
		if err != nil {
			return nil, err
		}
		for text, e := range w.Labels() {
			wanted[text] = e.Text == label
		}
		if !anyTrue(wanted) {
			return nil, rpcerr.Errorf(rpcerr.Wallet, "Label not found in wallet")
		}
	} else {
		text, err := call.String(0)
		if err != nil {
			return nil, err
		}
		d, err := address.Decode(text, l.o.Base58)
		if err != nil {
			return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Invalid Dash address")
		}
		if !w.Script(d.Script()).Mine {
			return nil, rpcerr.Errorf(rpcerr.Wallet, "Address not found in wallet")
		}
		wanted[address.Encode(d, l.o.Base58)] = true
	}
	var sum int64
	for text, t := range w.received(depth, immature) {
		if wanted[text] {
			sum += t.amount
		}
	}
	return rpccall.Amount(sum), nil
}

func anyTrue(m map[string]bool) bool {
	for _, v := range m {
		if v {
			return true
		}
	}
	return false
}

func (l *Loader) getReceivedByAddress(ctx context.Context, call *rpccall.Call) (any, error) {
	return l.getReceived(ctx, call, false)
}

func (l *Loader) getReceivedByLabel(ctx context.Context, call *rpccall.Call) (any, error) {
	return l.getReceived(ctx, call, true)
}

// receivedList is what listreceivedbyaddress and listreceivedbylabel were asked
// for.
type receivedList struct {
	depth           int
	empty, immature bool
	address         string // "" for all
}

func (l *Loader) receivedArguments(call *rpccall.Call, byLabel bool) (q receivedList, err error) {
	q.depth = 1
	if call.Given(0) {
		if q.depth, err = call.Int(0); err != nil {
			return q, err
		}
	}
	if q.empty, err = call.BoolOr(2, false); err != nil {
		return q, err
	}
	at := 4
	if !byLabel {
		if call.Given(at) {
			text, err := call.String(at)
			if err != nil {
				return q, err
			}
			if text != "" {
				d, err := address.Decode(text, l.o.Base58)
				if err != nil {
					return q, rpcerr.Errorf(rpcerr.Wallet, "address_filter parameter was invalid")
				}
				q.address = address.Encode(d, l.o.Base58)
			}
		}
		at++
	}
	q.immature, err = call.BoolOr(at, false)
	return q, err
}

// add counts another to a tally.
func (t *tally) add(o *tally) {
	t.amount += o.amount
	t.depth = min(t.depth, o.depth)
}

// noDepth is the depth of what has received nothing.
const noDepth = 1 << 30

func (t *tally) confirmations() int {
	if t.depth == noDepth {
		return 0
	}
	return t.depth
}

func (l *Loader) listReceivedByAddress(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 6); err != nil {
		return nil, err
	}
	w, err := l.synced(ctx, call)
	if err != nil {
		return nil, err
	}
	q, err := l.receivedArguments(call, false)
	if err != nil {
		return nil, err
	}
	all, labels := w.received(q.depth, q.immature), w.Labels()
	list := []rpccall.Object{}
	for _, text := range slices.Sorted(maps.Keys(labels)) {
		t := all[text]
		if q.address != "" && text != q.address || t == nil && !q.empty {
			continue
		}
		if t == nil {
			t = &tally{depth: noDepth}
		}
		list = append(list, rpccall.Object{
			{Key: "address", Value: text},
			{Key: "amount", Value: rpccall.Amount(t.amount)},
			{Key: "confirmations", Value: t.confirmations()},
			{Key: "label", Value: labels[text].Text},
			{Key: "txids", Value: append([]string{}, t.txids...)},
		})
	}
	return list, nil
}

func (l *Loader) listReceivedByLabel(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 5); err != nil {
		return nil, err
	}
	w, err := l.synced(ctx, call)
	if err != nil {
		return nil, err
	}
	q, err := l.receivedArguments(call, true)
	if err != nil {
		return nil, err
	}
	all := w.received(q.depth, q.immature)
	sums := map[string]*tally{}
	for text, label := range w.Labels() {
		t := all[text]
		if t == nil && !q.empty {
			continue
		}
		if sums[label.Text] == nil {
			sums[label.Text] = &tally{depth: noDepth}
		}
		if t != nil {
			sums[label.Text].add(t)
		}
	}
	list := []rpccall.Object{}
	for _, label := range slices.Sorted(maps.Keys(sums)) {
		list = append(list, rpccall.Object{
			{Key: "amount", Value: rpccall.Amount(sums[label].amount)},
			{Key: "confirmations", Value: sums[label].confirmations()},
			{Key: "label", Value: label},
		})
	}
	return list, nil
}

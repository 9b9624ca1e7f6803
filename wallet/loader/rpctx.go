package loader

import (
	"context"
	"encoding/hex"
	"slices"

	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/wire"
	"dashmp/wallet/account"
)

// txFields are those that every list shows of a transaction (WalletTxToJSON).
func txFields(v *account.View) rpccall.Object {
	o := rpccall.Object{
		{Key: "confirmations", Value: v.Depth},
		{Key: "instantlock", Value: false},
		{Key: "instantlock_internal", Value: false},
		{Key: "chainlock", Value: false},
	}
	if v.Raw.IsCoinbase() {
		o = append(o, rpccall.Member{Key: "generated", Value: true})
	}
	if v.Raw.Type == wire.TxAssetUnlock {
		o = append(o, rpccall.Member{Key: "platform-transfer", Value: true})
	}
	if v.State == account.Confirmed {
		o = append(o, rpccall.Object{
			{Key: "blockhash", Value: displayed(v.Block.Hash)},
			{Key: "blockheight", Value: v.Block.Height},
			{Key: "blockindex", Value: v.Position},
			{Key: "blocktime", Value: v.Block.Time},
		}...)
	} else {
		o = append(o, rpccall.Member{Key: "trusted", Value: v.Trusted})
	}
	conflicts := []string{}
	for _, c := range v.Conflicts {
		conflicts = append(conflicts, c.String())
	}
	o = append(o, rpccall.Object{
		{Key: "txid", Value: v.ID.String()},
		{Key: "walletconflicts", Value: conflicts},
		{Key: "time", Value: v.Time()},
		{Key: "timereceived", Value: v.Received},
	}...)
	for _, note := range []struct{ key, text string }{{"comment", v.Comment}, {"to", v.To}} {
		if note.text != "" {
			o = append(o, rpccall.Member{Key: note.key, Value: note.text})
		}
	}
	return o
}

// listing is how entries of lists are made.
type listing struct {
	w        *openWallet
	minDepth int
	label    *string
	long     bool
}

// entries are what a list shows of a transaction: what was sent, then what was
// received (ListTransactions).
func (s *listing) entries(v *account.View) (out []rpccall.Object) {
	if s.label == nil && v.Debit > 0 {
		for i := range v.Raw.Outputs {
			if !v.Change[i] {
				out = append(out, s.sent(v, i))
			}
		}
	}
	if v.Depth < s.minDepth {
		return out
	}
	for i := range v.Raw.Outputs {
		if !v.Mine[i] || v.Debit > 0 && v.Change[i] {
			continue
		}
		if e := s.received(v, i); e != nil {
			out = append(out, e)
		}
	}
	return out
}

func (s *listing) start(v *account.View, i int) (o rpccall.Object, text string) {
	if v.WatchOnly && s.w.hasKeys() {
		o = append(o, rpccall.Member{Key: "involvesWatchonly", Value: true})
	}
	if text = s.w.Address(v.Raw.Outputs[i].ScriptPubKey); text != "" {
		o = append(o, rpccall.Member{Key: "address", Value: text})
	}
	return o, text
}

func (s *listing) sent(v *account.View, i int) rpccall.Object {
	o, text := s.start(v, i)
	o = append(o, rpccall.Member{Key: "category", Value: "send"},
		rpccall.Member{Key: "amount", Value: rpccall.Amount(-v.Raw.Outputs[i].Value)})
	if l, ok := s.w.Label(text); ok {
		o = append(o, rpccall.Member{Key: "label", Value: l.Text})
	}
	o = append(o, rpccall.Member{Key: "vout", Value: i}, rpccall.Member{Key: "fee", Value: rpccall.Amount(-v.Fee())})
	if s.long {
		o = append(o, txFields(v)...)
	}
	return append(o, rpccall.Member{Key: "abandoned", Value: v.State == account.Abandoned})
}

func (s *listing) received(v *account.View, i int) rpccall.Object {
	o, text := s.start(v, i)
	l, named := s.w.Label(text)
	if s.label != nil && l.Text != *s.label {
		return nil
	}
	category := "receive"
	switch {
	case v.Raw.Type == wire.TxAssetUnlock:
		category = "platform-transfer"
	case !v.Raw.IsCoinbase():
	case v.Depth < 1:
		category = "orphan"
	case v.ToMaturity > 0:
		category = "immature"
	default:
		category = "generate"
	}
	o = append(o, rpccall.Member{Key: "category", Value: category},
		rpccall.Member{Key: "amount", Value: rpccall.Amount(v.Raw.Outputs[i].Value)})
	if named {
		o = append(o, rpccall.Member{Key: "label", Value: l.Text})
	}
	o = append(o, rpccall.Member{Key: "vout", Value: i}, rpccall.Member{Key: "abandoned", Value: v.State == account.Abandoned})
	if s.long {
		o = append(o, txFields(v)...)
	}
	return o
}

func (l *Loader) getTransaction(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 3); err != nil {
		return nil, err
	}
	w, err := l.synced(ctx, call)
	if err != nil {
		return nil, err
	}
	id, err := rpcvalue.Hash(call.Value(0), "txid")
	if err != nil {
		return nil, err
	}
	verbose, err := call.BoolOr(2, false)
	if err != nil {
		return nil, err
	}
	v, ok := w.Transaction(id)
	if !ok {
		return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Invalid or non-wallet transaction id")
	}
	var fee int64
	if v.FromUs {
		fee = -v.Fee()
	}
	o := rpccall.Object{{Key: "amount", Value: rpccall.Amount(v.Credit - v.Debit - fee)}}
	if v.FromUs {
		o = append(o, rpccall.Member{Key: "fee", Value: rpccall.Amount(fee)})
	}
	o = append(o, txFields(&v)...)
	details := []rpccall.Object{}
	details = append(details, (&listing{w: w}).entries(&v)...)
	o = append(o, rpccall.Member{Key: "details", Value: details},
		rpccall.Member{Key: "hex", Value: hex.EncodeToString(v.Raw.Append(nil))})
	if verbose {
		decoded, err := l.decoded(ctx, v.Raw)
		if err != nil {
			return nil, err
		}
		o = append(o, rpccall.Member{Key: "decoded", Value: decoded})
	}
	return append(o, lastProcessed(w)), nil
}

func lastProcessed(w *openWallet) rpccall.Member {
	best := w.Best()
	return rpccall.Member{Key: "lastprocessedblock", Value: rpccall.Object{
		{Key: "hash", Value: displayed(best.Hash)}, {Key: "height", Value: best.Height},
	}}
}

func (l *Loader) listTransactions(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 4); err != nil {
		return nil, err
	}
	w, err := l.synced(ctx, call)
	if err != nil {
		return nil, err
	}
	s := &listing{w: w, long: true}
	if call.Given(0) {
		text, err := call.String(0)
		if err != nil {
			return nil, err
		}
		if text == "" {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, `Label argument must be a valid label name or "*".`)
		}
		if text != "*" {
			s.label = &text
		}
	}
	count, from := 10, 0
	for i, n := range map[int]*int{1: &count, 2: &from} {
		if call.Given(i) {
			if *n, err = call.Int(i); err != nil {
				return nil, err
			}
		}
	}
	switch {
	case count < 0:
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Negative count")
	case from < 0:
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Negative from")
	}
	var list []rpccall.Object
	all := w.Transactions()
	for i := len(all) - 1; i >= 0 && len(list) < from+count; i-- {
		list = append(list, s.entries(&all[i])...)
	}
	from = min(from, len(list))
	list = list[from:min(from+count, len(list))]
	slices.Reverse(list)
	return append([]rpccall.Object{}, list...), nil
}

func (l *Loader) listSinceBlock(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 4); err != nil {
		return nil, err
	}
	w, err := l.synced(ctx, call)
	if err != nil {
		return nil, err
	}
	f, err := l.chain()
	if err != nil {
		return nil, err
	}
	since := int32(-1)
	if call.Given(0) {
		h, err := rpcvalue.Hash(call.Value(0), "blockhash")
		if err != nil {
			return nil, err
		}
		fork, err := f.chain.FindFork(ctx, [32]byte(h))
		if err != nil {
			return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Block not found")
		}
		since = fork.Height
	}
	target := 1
	if call.Given(1) {
		if target, err = call.Int(1); err != nil {
			return nil, err
		}
		if target < 1 {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter")
		}
	}
	s := &listing{w: w, long: true}
	list := []rpccall.Object{}
	for _, v := range w.Transactions() {
		if since < 0 || v.Depth < int(w.Best().Height-since)+1 && v.Depth >= 0 || v.Depth < 0 {
			list = append(list, s.entries(&v)...)
		}
	}
	last := max(0, w.Best().Height+1-int32(target))
	block, err := f.chain.BlockAt(ctx, last)
	if err != nil {
		return nil, rpcerr.Errorf(rpcerr.Wallet, "dash-node-core: %v", err)
	}
	return rpccall.Object{
		{Key: "transactions", Value: list}, {Key: "removed", Value: []string{}}, {Key: "lastblock", Value: displayed(block.Hash)},
	}, nil
}

func (l *Loader) abandonTransaction(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	w, err := l.synced(ctx, call)
	if err != nil {
		return nil, err
	}
	id, err := rpcvalue.Hash(call.Value(0), "txid")
	if err != nil {
		return nil, err
	}
	if err := w.Abandon(id); err != nil {
		return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "%v", err)
	}
	return nil, nil
}

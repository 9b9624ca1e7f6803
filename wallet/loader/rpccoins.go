package loader

import (
	"context"
	"encoding/hex"
	"fmt"

	"dashmp/node"
	"dashmp/node/address"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/standard"
	"dashmp/node/wire"
	"dashmp/wallet/account"
)

func (l *Loader) getBalance(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 5); err != nil {
		return nil, err
	}
	w, err := l.synced(ctx, call)
	if err != nil {
		return nil, err
	}
	if call.Given(0) {
		dummy, err := call.String(0)
		if err != nil {
			return nil, err
		}
		if dummy != "*" {
			return nil, rpcerr.Errorf(rpcerr.Wallet, `dummy first argument must be excluded or set to "*".`)
		}
	}
	depth := 0
	if call.Given(1) {
		if depth, err = call.Int(1); err != nil {
			return nil, err
		}
	}
	mine, watched := w.Balances(depth)
	if !w.hasKeys() {
		mine = watched
	}
	return rpccall.Amount(mine.Trusted), nil
}

func (l *Loader) getUnconfirmedBalance(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 0); err != nil {
		return nil, err
	}
	w, err := l.synced(ctx, call)
	if err != nil {
		return nil, err
	}
	mine, _ := w.Balances(0)
	return rpccall.Amount(mine.Pending), nil
}

func (l *Loader) getBalances(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 0); err != nil {
		return nil, err
	}
	w, err := l.synced(ctx, call)
	if err != nil {
		return nil, err
	}
	mine, watched := w.Balances(0)
	if !w.hasKeys() {
		mine = watched
	}
	o := rpccall.Object{
		{Key: "trusted", Value: rpccall.Amount(mine.Trusted)},
		{Key: "untrusted_pending", Value: rpccall.Amount(mine.Pending)},
		{Key: "immature", Value: rpccall.Amount(mine.Immature)},
		{Key: "coinjoin", Value: rpccall.Amount(0)},
	}
	return rpccall.Object{{Key: "mine", Value: o}, lastProcessed(w)}, nil
}

// unspentFilter is what listunspent was asked for.
type unspentFilter struct {
	minDepth, maxDepth int
	addresses          map[string]bool
	unsafe             bool
	min, max, sum      int64
	count              int
}

func (l *Loader) unspentArguments(call *rpccall.Call) (f *unspentFilter, err error) {
	f = &unspentFilter{minDepth: 1, maxDepth: 9999999, unsafe: true, max: 1 << 62, sum: 1 << 62}
	for i, n := range []*int{&f.minDepth, &f.maxDepth} {
		if call.Given(i) {
			if *n, err = call.Int(i); err != nil {
				return nil, err
			}
		}
	}
	for v := range call.Value(2).Elements() {
		if f.addresses == nil {
			f.addresses = map[string]bool{}
		}
		if err := rpcvalue.Want(v, univalue.String); err != nil {
			return nil, err
		}
		d, err := l.destination(v.Text())
		if err != nil {
			return nil, err
		}
		text := address.Encode(d, l.o.Base58)
		if f.addresses[text] {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, duplicated address: %s", v.Text())
		}
		f.addresses[text] = true
	}
	if f.unsafe, err = call.BoolOr(3, true); err != nil {
		return nil, err
	}
	options := call.Value(4)
	for key, n := range map[string]*int64{"minimumAmount": &f.min, "maximumAmount": &f.max, "minimumSumAmount": &f.sum} {
		if v := options.Find(key); !v.IsNull() {
			if *n, err = rpcvalue.Amount(v); err != nil {
				return nil, err
			}
		}
	}
	if v := options.Find("maximumCount"); !v.IsNull() {
		n, err := rpcvalue.Integer(v, 64)
		if err != nil {
			return nil, err
		}
		f.count = int(n)
	}
	return f, nil
}

func (f *unspentFilter) fits(c *account.Coin) bool {
	return c.Depth >= f.minDepth && c.Depth <= f.maxDepth && (f.unsafe || c.Safe) &&
		(f.addresses == nil || f.addresses[c.Address]) && c.Value >= f.min && c.Value <= f.max
}

func (l *Loader) listUnspent(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 5); err != nil {
		return nil, err
	}
	f, err := l.unspentArguments(call)
	if err != nil {
		return nil, err
	}
	w, err := l.synced(ctx, call)
	if err != nil {
		return nil, err
	}
	list := []rpccall.Object{}
	var sum int64
	for _, c := range w.Coins(false) {
		if !f.fits(&c) {
			continue
		}
		o, err := l.unspent(ctx, w, &c)
		if err != nil {
			return nil, err
		}
		list = append(list, o)
		if sum += c.Value; sum >= f.sum || f.count > 0 && len(list) >= f.count {
			break
		}
	}
	return list, nil
}

func (l *Loader) unspent(ctx context.Context, w *openWallet, c *account.Coin) (rpccall.Object, error) {
	o := rpccall.Object{{Key: "txid", Value: c.Out.Hash.String()}, {Key: "vout", Value: c.Out.Index}}
	info := w.Script(c.Script)
	if c.Address != "" {
		o = append(o, rpccall.Member{Key: "address", Value: c.Address})
		if label, ok := w.Label(c.Address); ok {
			o = append(o, rpccall.Member{Key: "label", Value: label.Text})
		}
		if sol := standard.Solve(c.Script); sol.Type == standard.ScriptHash && info.Public != nil {
			if redeem, ok := info.Public.Script(standard.ID(sol.Hash)); ok {
				o = append(o, rpccall.Member{Key: "redeemScript", Value: hex.EncodeToString(redeem)})
			}
		}
	}
	o = append(o, rpccall.Object{
		{Key: "scriptPubKey", Value: hex.EncodeToString(c.Script)},
		{Key: "amount", Value: rpccall.Amount(c.Value)},
		{Key: "confirmations", Value: c.Depth},
	}...)
	if f := l.current(); c.Depth == 0 && f != nil {
		e, err := f.chain.PoolEntry(ctx, node.Hash(c.Out.Hash))
		if err != nil {
			return nil, rpcerr.Errorf(rpcerr.Wallet, "dash-node-core: %v", err)
		}
		if e.Found {
			o = append(o, rpccall.Object{
				{Key: "ancestorcount", Value: e.Ancestors}, {Key: "ancestorsize", Value: e.AncestorSize}, {Key: "ancestorfees", Value: e.AncestorFees},
			}...)
		}
	}
	o = append(o, rpccall.Member{Key: "spendable", Value: c.Spendable || !w.hasKeys()}, rpccall.Member{Key: "solvable", Value: c.Solvable})
	if info.Solvable {
		o = append(o, rpccall.Member{Key: "desc", Value: info.Inferred})
	}
	return append(o, rpccall.Member{Key: "safe", Value: c.Safe}, rpccall.Member{Key: "coinjoin_rounds", Value: -2}), nil
}

func outPoint(v univalue.Value) (o wire.OutPoint, err error) {
	if o.Hash, err = rpcvalue.Hash(v.Find("txid"), "txid"); err != nil {
		return o, err
	}
	n, err := rpcvalue.Integer(v.Find("vout"), 64)
	if err != nil {
		return o, err
	}
	if n < 0 {
		return o, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, vout cannot be negative")
	}
	o.Index = uint32(n)
	return o, nil
}

func (l *Loader) lockUnspent(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 3); err != nil {
		return nil, err
	}
	w, err := l.synced(ctx, call)
	if err != nil {
		return nil, err
	}
	unlock, err := call.Bool(0)
	if err != nil {
		return nil, err
	}
	persistent, err := call.BoolOr(2, false)
	if err != nil {
		return nil, err
	}
	locked := w.Locked()
	if !call.Given(1) {
		if unlock {
			var all []wire.OutPoint
			for o := range locked {
				all = append(all, o)
			}
			return true, w.Unlock(all...)
		}
		return true, nil
	}
	if err := rpcvalue.Want(call.Value(1), univalue.Array); err != nil {
		return nil, err
	}
	var list []wire.OutPoint
	for v := range call.Value(1).Elements() {
		o, err := lockable(w, v, unlock, persistent, locked)
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	if unlock {
		return true, w.Unlock(list...)
	}
	for _, o := range list {
		if err := w.Lock(o, persistent); err != nil {
			return nil, err
		}
	}
	return true, nil
}

// lockable checks one output of lockunspent.
func lockable(w *openWallet, v univalue.Value, unlock, persistent bool, locked map[wire.OutPoint]bool) (wire.OutPoint, error) {
	o, err := outPoint(v)
	if err != nil {
		return o, err
	}
	t, ok := w.Transaction(o.Hash)
	_, held := locked[o]
	switch {
	case !ok:
		return o, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, unknown transaction")
	case int64(o.Index) >= int64(len(t.Raw.Outputs)):
		return o, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, vout index out of bounds")
	case w.IsSpent(o):
		return o, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, expected unspent output")
	case unlock && !held:
		return o, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, expected locked output")
	case !unlock && held && !persistent:
		return o, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, output already locked")
	}
	return o, nil
}

func (l *Loader) listLockUnspent(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 0); err != nil {
		return nil, err
	}
	w, err := l.requested(call)
	if err != nil {
		return nil, err
	}
	list := []rpccall.Object{}
	for o := range w.Locked() {
		list = append(list, rpccall.Object{{Key: "txid", Value: o.Hash.String()}, {Key: "vout", Value: o.Index}})
	}
	return list, nil
}

// errTexts are those of package account that RPCs show with a code.
func payError(err error) error {
	switch {
	case err == nil:
		return nil
	case isRPC(err):
		return err
	}
	return rpcerr.Errorf(rpcerr.InsufficientFunds, "%s", fmt.Sprint(err))
}

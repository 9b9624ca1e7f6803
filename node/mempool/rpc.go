package mempool

import (
	"context"

	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/wire"
)

type (
	object = rpccall.Object
	member = rpccall.Member
)

// RPCOptions are what the RPCs need besides the pool.
type RPCOptions struct {
	// FeeFields adds the fields that -deprecatedrpc=fees asks for.
	FeeFields bool
	// Mockable: the network is regtest, where submitpackage may be called.
	Mockable bool
	// Save writes mempool.dat; Path is where it is, for display.
	Save func(context.Context) error
	Path string
}

// rpcs executes the RPCs about the pool.
type rpcs struct {
	p *Pool
	o RPCOptions
}

// Methods returns the RPCs by name (Dash Core: src/rpc/mempool.cpp, fees.cpp and
// prioritisetransaction of mining.cpp).
func (p *Pool) Methods(o RPCOptions) rpccall.Methods {
	r := &rpcs{p, o}
	return rpccall.Methods{
		"estimaterawfee":        r.estimateRawFee,
		"estimatesmartfee":      r.estimateSmartFee,
		"getmempoolancestors":   r.getMempoolAncestors,
		"getmempooldescendants": r.getMempoolDescendants,
		"getmempoolentry":       r.getMempoolEntry,
		"getmempoolinfo":        r.getMempoolInfo,
		"getrawmempool":         r.getRawMempool,
		"gettxspendingprevout":  r.getTxSpendingPrevout,
		"prioritisetransaction": r.prioritiseTransaction,
		"savemempool":           r.saveMempool,
		"sendrawtransaction":    r.sendRawTransaction,
		"submitpackage":         r.submitPackage,
		"testmempoolaccept":     r.testMempoolAccept,
	}
}

func (r *rpcs) getMempoolInfo(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 0); err != nil {
		return nil, err
	}
	s := r.p.Status()
	return object{
		{Key: "loaded", Value: s.Loaded},
		{Key: "size", Value: s.Count},
		{Key: "bytes", Value: s.Bytes},
		{Key: "usage", Value: s.Usage},
		{Key: "total_fee", Value: rpccall.Amount(s.TotalFee)},
		{Key: "maxmempool", Value: s.MaxUsage},
		{Key: "mempoolminfee", Value: rpccall.Amount(s.MinFeeRate)},
		{Key: "minrelaytxfee", Value: rpccall.Amount(s.MinRelayFeeRate)},
		{Key: "instantsendlocks", Value: 0}, // there are none without quorums
		{Key: "unbroadcastcount", Value: s.Unbroadcast},
	}, nil
}

// entry is a transaction of the pool as RPCs show it (entryToJSON).
func (r *rpcs) entry(e *Entry) object {
	o := object{{Key: "vsize", Value: e.Size}}
	if r.o.FeeFields {
		o = append(o, member{Key: "fee", Value: rpccall.Amount(e.Fee)}, member{Key: "modifiedfee", Value: rpccall.Amount(e.ModifiedFee)})
	}
	o = append(o, member{Key: "time", Value: e.Time}, member{Key: "height", Value: e.Height})
	o = append(o, r.sums("descendant", e.Descendants)...)
	o = append(o, r.sums("ancestor", e.Ancestors)...)
	return append(o,
		member{Key: "fees", Value: object{
			{Key: "base", Value: rpccall.Amount(e.Fee)},
			{Key: "modified", Value: rpccall.Amount(e.ModifiedFee)},
			{Key: "ancestor", Value: rpccall.Amount(e.Ancestors.Fees)},
			{Key: "descendant", Value: rpccall.Amount(e.Descendants.Fees)},
		}},
		member{Key: "depends", Value: sortedTexts(e.Parents)},
		member{Key: "spentby", Value: texts(e.Children)},
		member{Key: "instantlock", Value: "false"}, // there are no locks without quorums
		member{Key: "unbroadcast", Value: e.Unbroadcast},
	)
}

func (r *rpcs) sums(of string, s Sums) object {
	o := object{{Key: of + "count", Value: s.Count}, {Key: of + "size", Value: s.Size}}
	if r.o.FeeFields {
		o = append(o, member{Key: of + "fees", Value: s.Fees})
	}
	return o
}

func (r *rpcs) getRawMempool(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 2); err != nil {
		return nil, err
	}
	verbose, err := call.BoolOr(0, false)
	if err != nil {
		return nil, err
	}
	sequence, err := call.BoolOr(1, false)
	if err != nil {
		return nil, err
	}
	if verbose {
		if sequence {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Verbose results cannot contain mempool sequence values.")
		}
		return r.entries(r.p.Snapshot().Entries, true), nil
	}
	ids, next := r.p.ids()
	if !sequence {
		return ids, nil
	}
	return object{{Key: "txids", Value: ids}, {Key: "mempool_sequence", Value: next}}, nil
}

// ids are all transactions for announcing, and the next sequence number.
func (p *Pool) ids() ([]string, uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return texts(ids(p.announceOrder())), p.sequence
}

// entries are transactions as an object by id, or just their ids.
func (r *rpcs) entries(list []Entry, verbose bool) any {
	o, ids := object{}, make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID.String()
		if verbose {
			o = append(o, member{Key: ids[i], Value: r.entry(&list[i])})
		}
	}
	if verbose {
		return o
	}
	return ids
}

func (r *rpcs) family(call *rpccall.Call, descendants bool) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	verbose, err := call.BoolOr(1, false)
	if err != nil {
		return nil, err
	}
	id, err := rpcvalue.Hash(call.Value(0), "parameter 1")
	if err != nil {
		return nil, err
	}
	list, ok := r.p.Family(id, descendants)
	if !ok {
		return nil, errNotHere()
	}
	return r.entries(list, verbose), nil
}

func errNotHere() error {
	return rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Transaction not in mempool")
}

func (r *rpcs) getMempoolAncestors(_ context.Context, call *rpccall.Call) (any, error) {
	return r.family(call, false)
}

func (r *rpcs) getMempoolDescendants(_ context.Context, call *rpccall.Call) (any, error) {
	return r.family(call, true)
}

func (r *rpcs) getMempoolEntry(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	id, err := rpcvalue.Hash(call.Value(0), "parameter 1")
	if err != nil {
		return nil, err
	}
	e, ok := r.p.Entry(id)
	if !ok {
		return nil, errNotHere()
	}
	return r.entry(&e), nil
}

func (r *rpcs) getTxSpendingPrevout(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	if err := rpcvalue.Want(call.Value(0), univalue.Array); err != nil {
		return nil, err
	}
	var outs []wire.OutPoint
	for v := range call.Value(0).Elements() {
		o, err := outPoint(v)
		if err != nil {
			return nil, err
		}
		outs = append(outs, o)
	}
	if len(outs) == 0 {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, outputs are missing")
	}
	result := make([]object, len(outs))
	for i, o := range outs {
		result[i] = object{{Key: "txid", Value: o.Hash.String()}, {Key: "vout", Value: o.Index}}
		if id, spent := r.p.Spender(o); spent {
			result[i] = append(result[i], member{Key: "spendingtxid", Value: id.String()})
		}
	}
	return result, nil
}

// outPoint reads an object with exactly txid and vout (RPCTypeCheckObj).
func outPoint(v univalue.Value) (o wire.OutPoint, err error) {
	if err = rpcvalue.Want(v, univalue.Object); err != nil {
		return o, err
	}
	for _, field := range []struct {
		name string
		kind univalue.Kind
	}{{"txid", univalue.String}, {"vout", univalue.Number}} {
		got := v.Find(field.name).Kind()
		if got == univalue.Null {
			return o, rpcerr.Errorf(rpcerr.Type, "Missing %s", field.name)
		}
		if got != field.kind {
			return o, rpcerr.Errorf(rpcerr.Type, "JSON value of type %s for field %s is not of expected type %s", got, field.name, field.kind)
		}
	}
	for key := range v.Members() {
		if name := key.Text(); name != "txid" && name != "vout" {
			return o, rpcerr.Errorf(rpcerr.Type, "Unexpected key %s", name)
		}
	}
	if o.Hash, err = rpcvalue.Hash(v.Find("txid"), "txid"); err != nil {
		return o, err
	}
	n, err := rpcvalue.Integer(v.Find("vout"), 32)
	if err != nil {
		return o, err
	}
	if n < 0 {
		return o, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, vout cannot be negative")
	}
	o.Index = uint32(n)
	return o, nil
}

func (r *rpcs) prioritiseTransaction(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(2, 2); err != nil {
		return nil, err
	}
	id, err := rpcvalue.Hash(call.Value(0), "txid")
	if err != nil {
		return nil, err
	}
	delta, err := rpcvalue.Integer(call.Value(1), 64)
	if err != nil {
		return nil, err
	}
	r.p.Prioritise(id, delta)
	return true, nil
}

func (r *rpcs) saveMempool(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 0); err != nil {
		return nil, err
	}
	if !r.p.Loaded() {
		return nil, rpcerr.Errorf(rpcerr.Misc, "The mempool was not loaded yet")
	}
	if r.o.Save == nil || r.o.Save(ctx) != nil {
		return nil, rpcerr.Errorf(rpcerr.Misc, "Unable to dump mempool to disk")
	}
	return object{{Key: "filename", Value: r.o.Path}}, nil
}

// texts are hashes as they are displayed.
func texts(list []wire.Hash) []string {
	out := make([]string, len(list))
	for i, h := range list {
		out[i] = h.String()
	}
	return out
}

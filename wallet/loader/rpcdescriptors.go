package loader

import (
	"context"
	"fmt"
	"strings"

	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcdesc"
	"dashmp/node/rpcvalue"
	"dashmp/wallet"
	"dashmp/wallet/account"
)

func (l *Loader) listDescriptors(ctx context.Context, call *rpccall.Call) (any, error) {
	w, err := l.requested(call)
	if err != nil {
		return nil, err
	}
	if err := call.Count(0, 1); err != nil {
		return nil, err
	}
	private, err := call.BoolOr(0, false)
	if err != nil {
		return nil, err
	}
	if private {
		if err := l.unlocked(ctx, w); err != nil {
			return nil, err
		}
	}
	list := w.Descriptors()
	account.SortDescriptors(list)
	out := []rpccall.Object{}
	for _, d := range list {
		o := rpccall.Object{}
		if private {
			if o, err = l.exported(ctx, w, &d); err != nil {
				return nil, err
			}
		} else {
			o = append(o, rpccall.Member{Key: "desc", Value: d.Text})
		}
		out = append(out, append(o, descriptorFields(&d)...))
	}
	return rpccall.Object{{Key: "wallet_name", Value: w.name}, {Key: "descriptors", Value: out}}, nil
}

func descriptorFields(d *account.DescriptorInfo) rpccall.Object {
	o := rpccall.Object{{Key: "timestamp", Value: d.Created}, {Key: "active", Value: d.Active}}
	if d.Active {
		o = append(o, rpccall.Member{Key: "internal", Value: d.Internal})
	}
	if d.Range {
		if strings.Contains(d.Text, "/9'/") && strings.Contains(d.Text, "'/4'/0'") {
			o = append(o, rpccall.Member{Key: "coinjoin", Value: true})
		}
		o = append(o, rpccall.Object{
			{Key: "range", Value: []int64{int64(d.First), int64(d.End) - 1}}, {Key: "next", Value: d.Next}, {Key: "next_index", Value: d.Next},
		}...)
	}
	return o
}

// exported are the private parts of a descriptor, by handles that the rpc role
// turns into texts.
func (l *Loader) exported(ctx context.Context, w *openWallet, d *account.DescriptorInfo) (rpccall.Object, error) {
	s := l.Signer()
	if s == nil || !d.Keys {
		return nil, rpcerr.Errorf(rpcerr.Wallet, "Can't get descriptor string.")
	}
	o := rpccall.Object{}
	for _, e := range []struct {
		key  string
		kind wallet.ExportKind
	}{{"desc", wallet.ExportDescriptor}, {"mnemonic", wallet.ExportMnemonic}, {"mnemonicpassphrase", wallet.ExportMnemonicPassphrase}} {
		if e.kind != wallet.ExportDescriptor && !d.FromSeed {
			continue
		}
		h, err := s.Export(ctx, w.name, wallet.ExportRequest{Kind: e.kind, Descriptor: d.ID, Method: "listdescriptors"})
		if err != nil {
			return nil, signerError(err)
		}
		o = append(o, rpccall.Member{Key: e.key, Value: exportText(h)})
	}
	return o, nil
}

// exportText stands for an exported secret in a result; 0 is the empty text.
func exportText(h uint64) string {
	if h == 0 {
		return ""
	}
	return fmt.Sprintf("export:%d", h)
}

func (l *Loader) importDescriptors(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	w, err := l.synced(ctx, call)
	if err != nil {
		return nil, err
	}
	if err := rpcvalue.Want(call.Value(0), univalue.Array); err != nil {
		return nil, err
	}
	if err := w.beginScan(); err != nil {
		return nil, err
	}
	defer w.endScan()
	if err := l.unlocked(ctx, w); err != nil {
		return nil, err
	}
	f, err := l.chain()
	if err != nil {
		return nil, err
	}
	best, err := f.chain.FindBlock(ctx, w.Best().Hash)
	if err != nil {
		return nil, rpcerr.Errorf(rpcerr.Wallet, "dash-node-core: %v", err)
	}
	lowest, rescan := int64(best.Time), false
	results := []rpccall.Object{}
	for v := range call.Value(0).Elements() {
		at, err := importTime(v, best.MedianTime)
		if err != nil {
			return nil, err
		}
		at = max(at, 1)
		result, ok := l.importOne(ctx, w, v, at)
		results = append(results, result)
		rescan = rescan || ok
		lowest = min(lowest, at)
	}
	if rescan {
		if err := l.scanFrom(ctx, w, lowest); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// importTime reads a timestamp (GetImportTimestamp).
func importTime(v univalue.Value, now int64) (int64, error) {
	t := v.Find("timestamp")
	switch {
	case t.Kind() == univalue.Number:
		return rpcvalue.Integer(t, 64)
	case t.Is("now"):
		return now, nil
	case t.IsNull():
		return 0, rpcerr.Errorf(rpcerr.Type, "Missing required timestamp field for key")
	}
	return 0, rpcerr.Errorf(rpcerr.Type, "Expected number or \"now\" timestamp value for key. got type %s", t.Kind())
}

// importOne imports one descriptor and tells how that went.
func (l *Loader) importOne(ctx context.Context, w *openWallet, v univalue.Value, at int64) (rpccall.Object, bool) {
	var warnings []string
	err := l.importDescriptor(ctx, w, v, at, &warnings)
	o := rpccall.Object{{Key: "success", Value: err == nil}}
	if err != nil {
		reply := rpccall.Failure(signerError(err))
		o = append(o, rpccall.Member{Key: "error", Value: rpccall.Object{{Key: "code", Value: reply.Code}, {Key: "message", Value: reply.Message}}})
	}
	if len(warnings) > 0 {
		o = append(o, rpccall.Member{Key: "warnings", Value: warnings})
	}
	return o, err == nil
}

// wanted is what a request of importdescriptors asks for.
type wanted struct {
	handle           uint64
	active, internal bool
	label            string
	labelled         bool
	first, end, next uint32
}

func (l *Loader) importDescriptor(ctx context.Context, w *openWallet, v univalue.Value, at int64, warnings *[]string) error {
	s := l.Signer()
	if s == nil {
		return account.ErrSigner
	}
	if v.Find("desc").IsNull() {
		return rpcerr.Errorf(rpcerr.InvalidParameter, "Descriptor not found.")
	}
	q := &wanted{active: isTrue(v.Find("active")), internal: isTrue(v.Find("internal"))}
	q.label, q.labelled = v.Find("label").Text(), !v.Find("label").IsNull()
	var err error
	if q.handle, err = parseHandle(v.Find("desc").Text()); err != nil {
		return err
	}
	const method = "importdescriptors"
	public, err := s.ParseDescriptor(ctx, method, q.handle)
	if err != nil {
		return err
	}
	ranged, single, hardened, err := w.Shape(public.Text)
	if err != nil {
		return err
	}
	if err := l.importRange(v, ranged, q, warnings); err != nil {
		return err
	}
	switch {
	case q.active && !ranged:
		return rpcerr.Errorf(rpcerr.InvalidParameter, "Active descriptors must be ranged")
	case !v.Find("range").IsNull() && q.labelled:
		return rpcerr.Errorf(rpcerr.InvalidParameter, "Ranged descriptors should not have a label")
	case q.internal && q.labelled:
		return rpcerr.Errorf(rpcerr.InvalidParameter, "Internal addresses should not have a label")
	case q.active && !single:
		return rpcerr.Errorf(rpcerr.Wallet, "Combo descriptors cannot be set to active")
	case !w.hasKeys() && public.Keys > 0:
		return rpcerr.Errorf(rpcerr.Wallet, "Cannot import private keys to a wallet with private keys disabled")
	}
	var derived []wallet.DerivedKey
	if hardened {
		if derived, err = s.ExpandDeposited(ctx, method, q.handle, q.first, min(q.end-q.first, 1000)); err != nil {
			return rpcerr.Errorf(rpcerr.Wallet, "Cannot expand descriptor. Probably because of hardened derivations without private keys provided")
		}
	}
	if w.hasKeys() {
		if public.Keys == 0 {
			return rpcerr.Errorf(rpcerr.Wallet, "Cannot import descriptor without private keys to a wallet with private keys enabled")
		}
		if !public.Complete {
			*warnings = append(*warnings, "Not all private keys provided. Some wallet functionality may return unexpected errors")
		}
		if public, err = s.AddDescriptor(ctx, w.name, method, q.handle); err != nil {
			return err
		}
	}
	return l.addImported(w, q, public, derived, at)
}

func isTrue(v univalue.Value) bool { return v.Kind() == univalue.Bool && string(v.Raw()) == "true" }

func (l *Loader) addImported(w *openWallet, q *wanted, public wallet.PublicDescriptor, derived []wallet.DerivedKey, at int64) error {
	err := w.AddDescriptor(account.NewDescriptor{
		Public: public, Derived: derived, Created: at, Active: q.active, Internal: q.internal,
		First: q.first, End: q.end, Next: q.next, Keys: w.hasKeys(),
	})
	if err != nil || !q.labelled && q.internal {
		return err
	}
	if text := w.FirstAddress(public.ID); text != "" && !q.internal && q.end == 1 {
		return w.SetLabel(text, account.Label{Purpose: "receive", Text: q.label})
	}
	return nil
}

// importRange reads range and next_index.
func (l *Loader) importRange(v univalue.Value, ranged bool, q *wanted, warnings *[]string) error {
	q.end = 1
	given := v.Find("range")
	if !ranged {
		if !given.IsNull() {
			return rpcerr.Errorf(rpcerr.InvalidParameter, "Range should not be specified for an un-ranged descriptor")
		}
		return nil
	}
	if given.IsNull() {
		*warnings = append(*warnings, "Range not given, using default keypool range")
		q.end = l.o.KeyPool
	} else {
		first, last, err := rpcdesc.ParseRange(given)
		if err != nil {
			return err
		}
		q.first, q.end = uint32(first), uint32(last)+1
	}
	q.next = q.first
	if n := v.Find("next_index"); !n.IsNull() {
		i, err := rpcvalue.Integer(n, 64)
		if err != nil {
			return err
		}
		if i < int64(q.first) || i >= int64(q.end) {
			return rpcerr.Errorf(rpcerr.InvalidParameter, "next_index is out of range")
		}
		q.next = uint32(i)
	}
	return nil
}

package loader

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"maps"
	"slices"

	"dashmp/node/address"
	"dashmp/node/descriptor"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpccall"
	"dashmp/node/standard"
	"dashmp/wallet"
	"dashmp/wallet/account"
)

// labelArgument reads a label (LabelFromValue).
func labelArgument(call *rpccall.Call, i int) (string, error) {
	if !call.Given(i) {
		return "", nil
	}
	s, err := call.String(i)
	if err == nil && s == "*" {
		err = rpcerr.Errorf(rpcerr.InvalidLabel, "Invalid label name")
	}
	return s, err
}

// destination reads an address.
func (l *Loader) destination(text string) (address.Destination, error) {
	d, err := address.Decode(text, l.o.Base58)
	if err != nil {
		return d, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Invalid Dash address: %s", text)
	}
	return d, nil
}

func (l *Loader) newAddress(ctx context.Context, call *rpccall.Call, internal bool) (string, *openWallet, error) {
	w, err := l.requested(call)
	if err != nil {
		return "", nil, err
	}
	d, err := w.NewDestination(ctx, internal)
	switch {
	case errors.Is(err, account.ErrNoAddresses):
		return "", nil, rpcerr.Errorf(rpcerr.Wallet, "%v", err)
	case errors.Is(err, account.ErrKeypool), errors.Is(err, kindLocked):
		return "", nil, rpcerr.Errorf(rpcerr.KeypoolRanOut, "%v", account.ErrKeypool)
	case err != nil:
		return "", nil, signerError(err)
	}
	return address.Encode(d, l.o.Base58), w, nil
}

func (l *Loader) getNewAddress(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 1); err != nil {
		return nil, err
	}
	label, err := labelArgument(call, 0)
	if err != nil {
		return nil, err
	}
	text, w, err := l.newAddress(ctx, call, false)
	if err != nil {
		return nil, err
	}
	return text, w.SetLabel(text, account.Label{Purpose: "receive", Text: label})
}

func (l *Loader) getRawChangeAddress(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 0); err != nil {
		return nil, err
	}
	text, _, err := l.newAddress(ctx, call, true)
	return text, err
}

func (l *Loader) keypoolRefill(ctx context.Context, call *rpccall.Call) (any, error) {
	w, err := l.requested(call)
	if err != nil {
		return nil, err
	}
	if err := call.Count(0, 1); err != nil {
		return nil, err
	}
	if !w.hasKeys() {
		return nil, rpcerr.Errorf(rpcerr.Wallet, "Error: Private keys are disabled for this wallet")
	}
	if call.Given(0) {
		n, err := call.Int(0)
		if err != nil {
			return nil, err
		}
		if n < 0 {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, expected valid size.")
		}
	}
	if err := l.unlocked(ctx, w); err != nil {
		return nil, err
	}
	return nil, signerError(w.TopUp(ctx))
}

func (l *Loader) getAddressInfo(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	w, err := l.requested(call)
	if err != nil {
		return nil, err
	}
	text, err := call.String(0)
	if err != nil {
		return nil, err
	}
	d, err := address.Decode(text, l.o.Base58)
	if err != nil {
		return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "%v", err)
	}
	text = address.Encode(d, l.o.Base58)
	s := d.Script()
	info := w.Script(s)
	o := rpccall.Object{
		{Key: "address", Value: text},
		{Key: "scriptPubKey", Value: hex.EncodeToString(s)},
		{Key: "ismine", Value: info.Mine},
		{Key: "solvable", Value: info.Solvable},
	}
	if info.Solvable {
		o = append(o, rpccall.Member{Key: "desc", Value: info.Inferred})
	}
	if info.Mine {
		o = append(o, rpccall.Member{Key: "parent_desc", Value: info.Descriptor.Text})
	}
	o = append(o, rpccall.Member{Key: "iswatchonly", Value: false}, rpccall.Member{Key: "isscript", Value: d.Kind == address.ScriptHash})
	o = append(o, l.scriptDetails(s, &info)...)
	o = append(o, rpccall.Member{Key: "ischange", Value: w.IsChange(s)})
	if info.Mine {
		o = append(o, rpccall.Member{Key: "timestamp", Value: info.Descriptor.Created})
		if origin, ok := originOf(s, &info); ok {
			o = append(o, rpccall.Member{Key: "hdkeypath", Value: "m" + descriptor.FormatPath(origin.Path)},
				rpccall.Member{Key: "hdmasterfingerprint", Value: hex.EncodeToString(origin.Fingerprint[:])})
		}
	}
	labels := []string{}
	if l, ok := w.Label(text); ok {
		labels = append(labels, l.Text)
	}
	return append(o, rpccall.Member{Key: "labels", Value: labels}), nil
}

func originOf(s []byte, info *account.ScriptInfo) (standard.Origin, bool) {
	sol := standard.Solve(s)
	if sol.Type != standard.PubKeyHash || info.Public == nil {
		return standard.Origin{}, false
	}
	return info.Public.KeyOrigin(standard.ID(sol.Hash))
}

// scriptDetails are what Dash Core tells of a script it can solve
// (DescribeWalletAddressVisitor).
func (l *Loader) scriptDetails(s []byte, info *account.ScriptInfo) rpccall.Object {
	if info.Public == nil {
		return nil
	}
	switch sol := standard.Solve(s); sol.Type {
	case standard.PubKeyHash:
		if k, ok := info.Public.Origins[standard.ID(sol.Hash)]; ok {
			return rpccall.Object{
				{Key: "pubkey", Value: hex.EncodeToString(k.Key)},
				{Key: "iscompressed", Value: len(k.Key) == standard.CompressedSize},
			}
		}
	case standard.ScriptHash:
		redeem, ok := info.Public.Script(standard.ID(sol.Hash))
		if !ok {
			return nil
		}
		inner := standard.Solve(redeem)
		o := rpccall.Object{{Key: "script", Value: string(inner.Type)}, {Key: "hex", Value: hex.EncodeToString(redeem)}}
		if inner.Type == standard.Multisig {
			keys := []string{}
			for _, k := range inner.Keys {
				keys = append(keys, hex.EncodeToString(k))
			}
			return append(o, rpccall.Member{Key: "sigsrequired", Value: inner.Required}, rpccall.Member{Key: "pubkeys", Value: keys})
		}
		if len(inner.Keys) == 1 {
			o = append(o, rpccall.Member{Key: "pubkey", Value: hex.EncodeToString(inner.Keys[0])})
		}
		return o
	}
	return nil
}

func (l *Loader) setLabel(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(2, 2); err != nil {
		return nil, err
	}
	w, err := l.requested(call)
	if err != nil {
		return nil, err
	}
	text, err := call.String(0)
	if err != nil {
		return nil, err
	}
	d, err := address.Decode(text, l.o.Base58)
	if err != nil {
		return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Invalid Dash address")
	}
	label, err := labelArgument(call, 1)
	if err != nil {
		return nil, err
	}
	purpose := "send"
	if w.Script(d.Script()).Mine {
		purpose = "receive"
	}
	return nil, w.SetLabel(address.Encode(d, l.o.Base58), account.Label{Purpose: purpose, Text: label})
}

func (l *Loader) getAddressesByLabel(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	w, err := l.requested(call)
	if err != nil {
		return nil, err
	}
	label, err := labelArgument(call, 0)
	if err != nil {
		return nil, err
	}
	all := w.Labels()
	o := rpccall.Object{}
	for _, a := range slices.Sorted(maps.Keys(all)) {
		if all[a].Text == label {
			o = append(o, rpccall.Member{Key: a, Value: rpccall.Object{{Key: "purpose", Value: purposeOf(all[a])}}})
		}
	}
	if len(o) == 0 {
		return nil, rpcerr.Errorf(rpcerr.InvalidLabel, "No addresses with label %s", label)
	}
	return o, nil
}

func purposeOf(l account.Label) string {
	if l.Purpose == "" {
		return "unknown"
	}
	return l.Purpose
}

func (l *Loader) listLabels(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 1); err != nil {
		return nil, err
	}
	w, err := l.requested(call)
	if err != nil {
		return nil, err
	}
	purpose := ""
	if call.Given(0) {
		if purpose, err = call.String(0); err != nil {
			return nil, err
		}
	}
	set := map[string]bool{}
	for _, label := range w.Labels() {
		if purpose == "" || label.Purpose == purpose {
			set[label.Text] = true
		}
	}
	return append([]string{}, slices.Sorted(maps.Keys(set))...), nil
}

func (l *Loader) signMessage(ctx context.Context, call *rpccall.Call) (any, error) {
	w, err := l.requested(call)
	if err != nil {
		return nil, err
	}
	if err := call.Count(2, 2); err != nil {
		return nil, err
	}
	if err := l.unlocked(ctx, w); err != nil {
		return nil, err
	}
	text, err := call.String(0)
	if err != nil {
		return nil, err
	}
	message, err := call.String(1)
	if err != nil {
		return nil, err
	}
	d, err := address.Decode(text, l.o.Base58)
	if err != nil {
		return nil, rpcerr.Errorf(rpcerr.Type, "Invalid address")
	}
	if d.Kind != address.PubKeyHash {
		return nil, rpcerr.Errorf(rpcerr.Type, "Address does not refer to key")
	}
	info := w.Script(d.Script())
	s := l.Signer()
	if !info.Spendable || s == nil {
		return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Private key not available")
	}
	sig, err := s.SignMessage(ctx, w.name, wallet.KeyPath{Descriptor: info.Descriptor.ID, Position: info.Position}, message)
	if err != nil {
		return nil, signerError(err)
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}

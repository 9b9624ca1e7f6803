package signer

import (
	"context"
	"encoding/hex"

	"dashmp/node/params"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcdesc"
	"dashmp/wallet/signer/internal/secretly"
)

// withDescriptor runs f with the descriptor that a parameter names. The text is
// a copy on the heap, which lives as long as f: its bytes are erased where the
// build can.
func (b *Box) withDescriptor(method string, v univalue.Value, f func(text string) error) error {
	if v.Kind() != univalue.String {
		return rpcerr.Errorf(rpcerr.Type, "JSON value of type %s is not of expected type %s", v.Kind(), univalue.String)
	}
	if len(v.Raw()) == len(`""`) {
		return f("") // an empty text has no handle
	}
	handle, ok := parseHandle(v.Text())
	if !ok {
		return rpcerr.Errorf(rpcerr.Internal, "a secret was not passed as a handle")
	}
	r, err := b.take(method, handle)
	if err != nil {
		return rpcerr.Errorf(rpcerr.Internal, "%v", err)
	}
	defer r.Close()
	secretly.Do(func() { err = f(string(r.Bytes())) })
	return err
}

func (b *Box) getDescriptorInfo(_ context.Context, call *rpccall.Call) (result any, err error) {
	err = b.withDescriptor(call.Method, call.Value(0), func(text string) error {
		if err := call.Count(1, 1); err != nil {
			return err
		}
		result, err = rpcdesc.Info(text, b.s.o.Base58)
		return err
	})
	return result, err
}

func (b *Box) deriveAddresses(_ context.Context, call *rpccall.Call) (result any, err error) {
	err = b.withDescriptor(call.Method, call.Value(0), func(text string) error {
		if err := call.Count(1, 2); err != nil {
			return err
		}
		result, err = rpcdesc.Addresses(text, call.Len() > 1, call.Value(1), b.s.o.Base58)
		return err
	})
	return result, err
}

// expandOutput turns what a coinbase is to pay into a script in hexadecimal.
func (b *Box) expandOutput(script func(string, params.Base58) ([]byte, error)) rpccall.Method {
	return func(_ context.Context, call *rpccall.Call) (result any, err error) {
		if err := call.Count(1, 1); err != nil {
			return nil, err
		}
		err = b.withDescriptor(call.Method, call.Value(0), func(text string) error {
			s, err := script(text, b.s.o.Base58)
			result = hex.EncodeToString(s)
			return err
		})
		return result, err
	}
}

// expandScanObjects turns the descriptors of a scan into scripts and what those
// are called: pairs of hexadecimal text and a descriptor without private keys.
// Clients cannot call it; the rpc role passes its result to the core.
func (b *Box) expandScanObjects(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	out := []any{}
	for v := range call.Value(0).Elements() {
		o := rpcdesc.ScanObject{}
		text := v
		switch v.Kind() {
		case univalue.String:
		case univalue.Object:
			if text, o.Range = v.Find("desc"), v.Find("range"); text.IsNull() {
				return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Descriptor needs to be provided in scan object")
			}
		default:
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Scan object needs to be either a string or an object")
		}
		scripts, err := b.scanScripts(call.Method, text, o)
		if err != nil {
			return nil, err
		}
		for _, s := range scripts {
			out = append(out, []string{hex.EncodeToString(s.Script), s.Descriptor})
		}
	}
	return out, nil
}

// scanScripts are the scripts of one scan object, whose descriptor a parameter
// names. Keys are derived where their copies are erased only if they are
// private, which takes twice as long.
func (b *Box) scanScripts(method string, text univalue.Value, o rpcdesc.ScanObject) (list []rpcdesc.Script, err error) {
	var scan *rpcdesc.Scan
	err = b.withDescriptor(method, text, func(s string) error {
		o.Text = s
		var err error
		if scan, err = rpcdesc.ParseScan(o, b.s.o.Base58); err == nil && scan.Private() {
			defer scan.Wipe()
			list, err = scan.Scripts()
		}
		return err
	})
	if err != nil || list != nil {
		return list, err
	}
	return scan.Scripts()
}

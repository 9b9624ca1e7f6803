package loader

import (
	"context"
	"encoding/hex"

	"dashmp/node"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
	"dashmp/wallet/account"
)

// lookUpSpent asks the core for the outputs that are not the wallet's.
func (l *Loader) lookUpSpent(ctx context.Context, tx *wire.Tx, spent []*account.Spent) error {
	f := l.current()
	var at []int
	var outs []node.OutPoint
	for i, s := range spent {
		if s == nil {
			at = append(at, i)
			outs = append(outs, node.OutPoint{TxID: node.Hash(tx.Inputs[i].PrevOut.Hash), Index: tx.Inputs[i].PrevOut.Index})
		}
	}
	if f == nil || len(outs) == 0 {
		return nil
	}
	coins, err := f.chain.FindCoins(ctx, outs)
	if err != nil {
		return rpcerr.Errorf(rpcerr.Wallet, "dash-node-core: %v", err)
	}
	for k, c := range coins {
		if c.Found {
			spent[at[k]] = &account.Spent{Out: &wire.TxOut{Value: c.Value, ScriptPubKey: c.Script}}
		}
	}
	return nil
}

// givenPrevious reads the outputs that a request brings (ParsePrevouts).
func givenPrevious(tx *wire.Tx, list univalue.Value, spent []*account.Spent) error {
	for v := range list.Elements() {
		if v.Kind() != univalue.Object {
			return rpcerr.Errorf(rpcerr.Deserialization, `expected object with {"txid'","vout","scriptPubKey"}`)
		}
		o, err := outPoint(v)
		if err != nil {
			return err
		}
		s := &account.Spent{Out: &wire.TxOut{}}
		if s.Out.ScriptPubKey, err = rpcvalue.Hex(v.Find("scriptPubKey").Text(), "scriptPubKey"); err != nil {
			return err
		}
		if a := v.Find("amount"); !a.IsNull() {
			if s.Out.Value, err = rpcvalue.Amount(a); err != nil {
				return err
			}
		}
		if r := v.Find("redeemScript"); !r.IsNull() {
			if s.Redeem, err = rpcvalue.Hex(r.Text(), "redeemScript"); err != nil {
				return err
			}
		}
		for i := range tx.Inputs {
			if tx.Inputs[i].PrevOut != o {
				continue
			}
			if old := spent[i]; old != nil {
				if string(old.Out.ScriptPubKey) != string(s.Out.ScriptPubKey) {
					return rpcerr.Errorf(rpcerr.Deserialization, "Previous output scriptPubKey mismatch:\n%s\nvs:\n%s",
						standard.Asm(old.Out.ScriptPubKey, false), standard.Asm(s.Out.ScriptPubKey, false))
				}
				old.Redeem = s.Redeem
				continue
			}
			spent[i] = s
		}
	}
	return nil
}

// signResult is the object of the methods that sign (SignTransactionResultToJSON).
func signResult(tx *wire.Tx, open []account.SignResult) rpccall.Object {
	o := rpccall.Object{
		{Key: "hex", Value: hex.EncodeToString(tx.Append(nil))},
		{Key: "complete", Value: len(open) == 0},
	}
	if len(open) == 0 {
		return o
	}
	var problems []rpccall.Object
	for _, r := range open {
		in := &tx.Inputs[r.Index]
		problems = append(problems, rpccall.Object{
			{Key: "txid", Value: in.PrevOut.Hash.String()},
			{Key: "vout", Value: in.PrevOut.Index},
			{Key: "scriptSig", Value: hex.EncodeToString(in.ScriptSig)},
			{Key: "sequence", Value: in.Sequence},
			{Key: "error", Value: problem(r.Err)},
		})
	}
	return append(o, rpccall.Member{Key: "errors", Value: problems})
}

func problem(err error) string {
	switch err {
	case nil:
		return "Input not found or already spent"
	case script.ErrInvalidStackOperation:
		return "Unable to sign input, invalid stack size (possibly missing key)"
	case script.ErrSigNullFail:
		return "CHECK(MULTI)SIG failing with non-zero signature (possibly need more signatures)"
	}
	return err.Error()
}

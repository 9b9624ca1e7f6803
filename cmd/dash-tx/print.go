package main

import (
	"encoding/hex"
	"fmt"
	"io"

	"dashmp/node/options"
	"dashmp/node/rawtx"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
)

// print writes the result in the form that was asked for.
func (e *editor) print(w io.Writer, conf *options.Config) error {
	out := hex.EncodeToString(e.tx.Append(nil))
	switch {
	case conf.Bool("json"):
		b, err := rpccall.Encode(rawtx.JSON{Base58: e.base58}.Detailed(e.tx, rawtx.Details{Hex: true}))
		if err != nil {
			return err
		}
		v, ok := univalue.Parse(b)
		if !ok {
			return text("the transaction has no JSON form")
		}
		out = string(v.AppendIndented(nil, 4))
	case conf.Bool("txid"):
		out = e.tx.ID().String()
	}
	_, err := fmt.Fprintln(w, out)
	return err
}

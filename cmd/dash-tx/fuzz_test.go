package main

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzCommands: commands end with a transaction or an error, whatever they say,
// and what is printed can be read again.
func FuzzCommands(f *testing.F) {
	f.Add("outaddr=1:XwnLY9Tf7Zsef8gMGL2fhWA9ZmMjt4KPwg\noutdata=00\nlocktime=5")
	f.Add("outmultisig=1:1:1:" + pubA + ":S\noutpubkey=0:" + pubA)
	f.Add("outscript=1:OP_DUP 0x00 'x' -5\ndelout=0\nnversion=3")
	f.Add("set=privatekeys:[]\nset=prevtxs:[{\"txid\":\"\"}]\nsign=ALL")
	f.Fuzz(func(t *testing.T, commands string) {
		if strings.Contains(commands, "load=") || strings.Contains("\n"+commands, "\n-") {
			return // no files, and no options behind -create
		}
		var out, errs bytes.Buffer
		code := run(append([]string{"-create"}, strings.Split(commands, "\n")...), stdio{nil, &out, &errs})
		if code == 0 != (errs.Len() == 0) || code == 0 == (out.Len() == 0) {
			t.Fatalf("%q: %d, %q, %q", commands, code, out.String(), errs.String())
		}
		if code != 0 {
			return
		}
		encoded := strings.TrimSpace(out.String())
		if code, again, errs := runHere(nil, encoded); code != 0 || strings.TrimSpace(again) != encoded {
			t.Fatalf("%s becomes %s%s", encoded, again, errs)
		}
	})
}

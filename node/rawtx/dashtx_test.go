package rawtx

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dashmp/node/internal/realdata"
	"dashmp/node/params"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/standard"
)

// txAndHex is a transaction as dash-tx -json prints it, compact.
func txAndHex(t *testing.T, network, hexTx string) []byte {
	t.Helper()
	tx, ok := DecodeHex(hexTx)
	if !ok {
		t.Fatalf("%.80s does not decode", hexTx)
	}
	b, err := rpccall.Encode(JSON{Base58: base58(t, network)}.Detailed(tx, Details{Hex: true}))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestDashTxFiles compares with the expected outputs of Dash Core's util tests.
func TestDashTxFiles(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(filepath.Dir(realdata.Path(t, "core", "util", "txcreate1.json")), "t*.json"))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, f := range files {
		var want struct{ Hex string } // the .hex beside it is not always the same transaction
		realdata.JSON(t, f, &want)
		if want.Hex == "" {
			continue
		}
		got := txAndHex(t, params.Main, want.Hex)
		if d := difference(got, realdata.Read(t, f)); d != "" {
			t.Errorf("%s: %s", filepath.Base(f), d)
		}
		compared++
	}
	if compared < 10 {
		t.Fatalf("only %d files compared", compared)
	}
}

// TestDashTx has dash-tx read scripts in their text form and print transactions.
func TestDashTx(t *testing.T) {
	bin := os.Getenv(coreVariable)
	if bin == "" {
		t.Skipf("set %s to compare with Dash Core itself", coreVariable)
	}
	run := func(args ...string) (string, bool) {
		out, err := exec.Command(filepath.Join(bin, "dash-tx"), args...).Output()
		return strings.TrimSpace(string(out)), err == nil
	}
	for _, text := range []string{
		"0", "1 16 17 -1", "4294967295", "-4294967295", "4294967296", "DUP HASH160 0x14 0x" + strings.Repeat("11", 20) + " EQUALVERIFY CHECKSIG", "OP_RETURN 'abc'", "'a' CAT SPLIT",
		"RESERVED", "OP_RESERVED", "OP_1", "PUSHDATA1", "NOP10", "CHECKDATASIGVERIFY", "FOO", "0x", "0x0", "'", "''", "-", "--1", "1.5", "INVALIDOPCODE", "0x00 NOP1 CHECKLOCKTIMEVERIFY NOP2 NOP3",
	} {
		hexTx, ok := run("-create", "outscript=0.1:"+text)
		s, err := standard.ParseAsm(text)
		if ok != (err == nil) {
			t.Errorf("%q: dash-tx takes it %v, here %v", text, ok, err)
			continue
		}
		if !ok {
			continue
		}
		tx, good := DecodeHex(hexTx)
		if !good || string(tx.Outputs[0].ScriptPubKey) != string(s) {
			t.Errorf("%q: %x, dash-tx makes %s", text, s, hexTx)
		}
		shown, _ := run("-json", hexTx)
		if got := string(txAndHex(t, params.Main, hexTx)); got != compactJSON(t, shown) {
			t.Errorf("%q:\n got %s\nwant %s", text, got, shown)
		}
	}
}

// compactJSON takes the white space out; numbers stay as they are written.
func compactJSON(t *testing.T, s string) string {
	t.Helper()
	v, ok := univalue.Parse([]byte(s))
	if !ok {
		t.Fatalf("%q is no JSON", s)
	}
	return string(v.AppendCompact(nil))
}

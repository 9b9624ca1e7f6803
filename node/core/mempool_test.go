package core

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dashmp/node/address"
	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// openWith opens a regtest node with options in a directory.
func openWith(t *testing.T, dir string, args ...string) *Core {
	t.Helper()
	o, err := regtest().options(dir, io.Discard, args...)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	<-c.loaded
	return c
}

func closed(t *testing.T, c *Core) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// result decodes the result of an RPC.
func result(t *testing.T, c *Core, out any, method, args string) {
	t.Helper()
	r := call(t, c, method, args)
	if r.Code != 0 {
		t.Fatalf("%s: %s", method, r.Message)
	}
	if err := json.Unmarshal(r.Result, out); err != nil {
		t.Fatal(err)
	}
}

// anyone is an address that a redeem script of one byte can spend from.
func anyone(t *testing.T) (addr string, redeem []byte) {
	t.Helper()
	p, err := params.Select(params.Regtest, params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	redeem = []byte{byte(script.Op1)}
	return address.Encode(address.Destination{Kind: address.ScriptHash, Hash: address.Hash160(redeem)}, p.Base58), redeem
}

// TestMempoolOutlastsProcess stops and starts a node with a transaction, with
// and without -persistmempool.
func TestMempoolOutlastsProcess(t *testing.T) {
	dir := t.TempDir()
	c := openWith(t, dir)
	addr, redeem := anyone(t)
	var hashes []string
	result(t, c, &hashes, "generatetoaddress", `[101, "`+addr+`"]`)
	var block struct{ Tx []string }
	result(t, c, &block, "getblock", `["`+hashes[0]+`"]`)
	id, err := wire.ParseHash(block.Tx[0])
	if err != nil {
		t.Fatal(err)
	}
	tx := &wire.Tx{Version: 2, Inputs: []wire.TxIn{{
		PrevOut: wire.OutPoint{Hash: id}, ScriptSig: script.AppendPush(nil, redeem), Sequence: wire.SequenceFinal,
	}}}
	d, err := address.Decode(addr, c.o.Params.Base58)
	if err != nil {
		t.Fatal(err)
	}
	tx.Outputs = []wire.TxOut{{Value: 49_999_999_000, ScriptPubKey: d.Script()}}
	var txid string
	result(t, c, &txid, "sendrawtransaction", `["`+hex.EncodeToString(tx.Append(nil))+`"]`)
	closed(t, c)
	for _, file := range []string{"mempool.dat", "fee_estimates.dat"} {
		if st, err := os.Stat(filepath.Join(dir, file)); err != nil || st.Size() == 0 {
			t.Errorf("%s: %v", file, err)
		}
	}

	c = openWith(t, dir)
	var ids []string
	if result(t, c, &ids, "getrawmempool", `[]`); len(ids) != 1 || ids[0] != txid {
		t.Errorf("after a restart %v", ids)
	}
	var info struct {
		Loaded           bool
		UnbroadcastCount int
	}
	if result(t, c, &info, "getmempoolinfo", `[]`); !info.Loaded || info.UnbroadcastCount != 1 {
		t.Errorf("%+v", info)
	}
	closed(t, c)

	c = openWith(t, dir, "-persistmempool=0")
	if result(t, c, &ids, "getrawmempool", `[]`); len(ids) != 0 {
		t.Errorf("with -persistmempool=0 %v", ids)
	}
	closed(t, c)

	c = openWith(t, dir)
	if result(t, c, &ids, "getrawmempool", `[]`); len(ids) != 1 {
		t.Errorf("a node that does not save has lost what was saved: %v", ids)
	}
	// A file that cannot be replaced is an error for the caller and no more.
	if err := os.Mkdir(filepath.Join(dir, "mempool.dat.new"), 0o700); err != nil {
		t.Fatal(err)
	}
	if r := call(t, c, "savemempool", `[]`); r.Message != "Unable to dump mempool to disk" {
		t.Errorf("savemempool: %q", r.Message)
	}
	if err := os.Remove(filepath.Join(dir, "mempool.dat.new")); err != nil {
		t.Fatal(err)
	}
	var saved struct{ Filename string }
	if result(t, c, &saved, "savemempool", `[]`); !strings.HasSuffix(saved.Filename, "mempool.dat") {
		t.Errorf("saved as %q", saved.Filename)
	}
	closed(t, c)

	// Damage is no reason not to start.
	if err := os.WriteFile(filepath.Join(dir, "mempool.dat"), []byte{1, 0, 0, 0, 0, 0, 0, 0, 9}, 0o600); err != nil {
		t.Fatal(err)
	}
	c = openWith(t, dir)
	if result(t, c, &info, "getmempoolinfo", `[]`); !info.Loaded {
		t.Error("not loaded after a damaged file")
	}
	closed(t, c)
}

// TestRelayPolicy takes the options over.
func TestRelayPolicy(t *testing.T) {
	c := openWith(t, t.TempDir(), "-minrelaytxfee=0.00002", "-maxmempool=7", "-datacarrier=0", "-incrementalrelayfee=0.00003",
		"-dustrelayfee=0.00004", "-bytespersigop=7", "-permitbaremultisig=0", "-acceptnonstdtxn", "-limitancestorcount=3",
		"-limitancestorsize=4", "-limitdescendantcount=5", "-limitdescendantsize=6", "-mempoolexpiry=2")
	defer closed(t, c)
	if p := c.relayPolicy(); p.RequireStandard || p.MinRelayFee != 2000 || p.IncrementalRelayFee != 3000 || p.DustRelayFee != 4000 ||
		p.BytesPerSigOp != 7 || p.DataCarrier != 0 || p.BareMultisig {
		t.Errorf("%+v", p)
	}
	if l := poolLimits(c.o.Config); l.MaxUsage != 7_000_000 || l.Expiry != 7200 || l.AncestorCount != 3 || l.AncestorSize != 4000 ||
		l.DescendantCount != 5 || l.DescendantSize != 6000 {
		t.Errorf("%+v", l)
	}
	d := openWith(t, t.TempDir(), "-incrementalrelayfee=0.00003")
	defer closed(t, d)
	if p := d.relayPolicy(); p.MinRelayFee != 3000 || !p.RequireStandard || p.DataCarrier != 83 {
		t.Errorf("%+v", p)
	}
}

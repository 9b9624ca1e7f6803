package signer

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"

	"dashmp/ipc"
	"dashmp/node"
	"dashmp/node/address"
	"dashmp/node/rpc/univalue"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

var updateSigned = flag.Bool("update-signed", false, "have Dash Core answer the calls of testdata/signrawtransaction.json again")

const signedPath = "testdata/signrawtransaction.json"

// wif is a private key of a few bits in wallet import format.
func wif(t testing.TB, n byte, compressed bool) (text string, pub []byte) {
	t.Helper()
	priv, key := btcec.PrivKeyFromBytes([]byte{n})
	raw := append([]byte{regtestWIF}, priv.Serialize()...)
	pub = key.SerializeUncompressed()
	if compressed {
		raw, pub = append(raw, 1), key.SerializeCompressed()
	}
	return address.EncodeCheck(raw), pub
}

// signCalls are parameters of signrawtransactionwithkey.
func signCalls(t testing.TB) (calls []string) {
	k1, p1 := wif(t, 1, true)
	k2, p2 := wif(t, 2, false)
	k3, p3 := wif(t, 3, true)
	hash := func(pub []byte) []byte {
		return address.Destination{Kind: address.PubKeyHash, Hash: address.Hash160(pub)}.Script()
	}
	multi := standard.MultisigScript(2, [][]byte{p1, p2, p3})
	p2sh := address.Destination{Kind: address.ScriptHash, Hash: address.Hash160(multi)}.Script()
	scripts := [][]byte{hash(p1), hash(p2), standard.PubKeyScript(p3), standard.MultisigScript(1, [][]byte{p1, p3}), p2sh, {byte(script.Op1)}, {byte(script.OpReturn)}}
	tx := &wire.Tx{Version: 2}
	var prev []string
	for i, s := range scripts {
		o := wire.OutPoint{Hash: wire.Hash{byte(i + 1)}, Index: uint32(i)}
		tx.Inputs = append(tx.Inputs, wire.TxIn{PrevOut: o, Sequence: wire.SequenceFinal})
		redeem := ""
		if script.IsPayToScriptHash(s) {
			redeem = `,"redeemScript":"` + hex.EncodeToString(multi) + `"`
		}
		prev = append(prev, fmt.Sprintf(`{"txid":"%s","vout":%d,"scriptPubKey":"%x"%s,"amount":%d}`, o.Hash, o.Index, s, redeem, i))
	}
	for i := range 3 {
		tx.Outputs = append(tx.Outputs, wire.TxOut{Value: int64(i) * 1000, ScriptPubKey: hash(p1)})
	}
	text := hex.EncodeToString(tx.Append(nil))
	all := "[" + strings.Join(prev, ",") + "]"
	add := func(keys, rest string) { calls = append(calls, `["`+text+`",`+keys+rest+`]`) }
	keys := `["` + k1 + `","` + k2 + `","` + k3 + `"]`
	for _, list := range []string{keys, `["` + k1 + `"]`, `["` + k2 + `","` + k2 + `"]`, "[]"} {
		for _, kind := range []string{"", `,"ALL"`, `,"NONE"`, `,"SINGLE"`, `,"ALL|ANYONECANPAY"`, `,"NONE|ANYONECANPAY"`, `,"SINGLE|ANYONECANPAY"`} {
			add(list, ","+all+kind)
		}
	}
	for n := range 40 { // enough to need every number of attempts at a low R
		one := &wire.Tx{Version: 2, LockTime: uint32(n), Inputs: tx.Inputs[:1], Outputs: tx.Outputs[:1]}
		calls = append(calls, fmt.Sprintf(`["%x",["%s"],[%s]]`, one.Append(nil), k1, prev[0]))
	}
	for _, rest := range []string{
		"", ",[]", ",null", `,null,"x"`, `,null,"ALL|x"`, `,[5]`, `,[{}]`, `,"x"`, `,null,5`,
		`,[{"txid":"00","vout":0,"scriptPubKey":"00"}]`, `,[{"txid":5,"vout":0,"scriptPubKey":"00"}]`, `,[{"txid":"` + strings.Repeat("0", 64) + `","vout":-1,"scriptPubKey":"00"}]`,
		`,[{"txid":"` + strings.Repeat("0", 64) + `","vout":0,"scriptPubKey":"zz"}]`, `,[{"txid":"` + strings.Repeat("0", 64) + `","vout":0,"scriptPubKey":"` + hex.EncodeToString(p2sh) + `"}]`,
		`,[{"txid":"` + strings.Repeat("0", 64) + `","vout":0,"scriptPubKey":"` + hex.EncodeToString(p2sh) + `","redeemScript":"51"}]`,
		`,[{"txid":"` + strings.Repeat("0", 64) + `","vout":0,"scriptPubKey":"51","amount":-1}]`,
	} {
		add(keys, rest)
	}
	return append(calls, `["zz",[]]`, `["`+text+`",["x"]]`, `["`+text+`",["`+k1[:51]+`a"]]`, `["00",`+keys+`]`)
}

// signedCall is a call and what Dash Core answers.
type signedCall struct{ Params, Reply string }

// signRaw gives the signer a call as the rpc role does, with the keys packed.
func signRaw(t testing.TB, b *Box, params string) string {
	t.Helper()
	list, ok := univalue.Parse([]byte(params))
	if !ok {
		t.Fatal(params)
	}
	var args []string
	for v := range list.Elements() {
		args = append(args, string(v.Raw()))
	}
	if len(args) > 1 && args[1] != "[]" {
		s, err := ipc.NewSecret([]byte(args[1]))
		if err != nil {
			t.Fatal(err)
		}
		h, err := b.Deposit(t.Context(), "signrawtransactionwithkey", s)
		if err != nil {
			t.Fatal(err)
		}
		args[1] = fmt.Sprintf(`["secret:%d"]`, h)
	}
	r, err := b.ExecuteRPC(context.Background(), node.RPCRequest{Method: "signrawtransactionwithkey", Params: []byte("[" + strings.Join(args, ",") + "]")})
	if err != nil {
		t.Fatal(err)
	}
	if r.Code != 0 {
		return fmt.Sprintf("%d: %s", r.Code, r.Message)
	}
	return string(r.Result)
}

// TestSignRawTransaction holds the answers, signatures included, to Dash Core's.
func TestSignRawTransaction(t *testing.T) {
	if *updateSigned {
		askCore(t)
	}
	data, err := os.ReadFile(filepath.FromSlash(signedPath))
	if err != nil {
		t.Fatal(err)
	}
	var calls []signedCall
	if err := json.Unmarshal(data, &calls); err != nil {
		t.Fatal(err)
	}
	s, log := start(t)
	b := s.NewBox()
	defer b.Close()
	if len(calls) < 80 {
		t.Fatalf("only %d calls", len(calls))
	}
	for _, c := range calls {
		if got := signRaw(t, b, c.Params); got != c.Reply {
			t.Errorf("%s\n got %s\nwant %s", c.Params, got, c.Reply)
		}
	}
	if n := len(regions(b)); n != 0 {
		t.Errorf("%d secrets are left", n)
	}
	key, _ := wif(t, 1, true)
	if strings.Contains(log.String(), key) {
		t.Error("a key is in the log")
	}
}

// TestManyKeys: thousands of keys fit into the memory for secrets.
func TestManyKeys(t *testing.T) {
	s, _ := start(t)
	b := s.NewBox()
	defer b.Close()
	var keys []string
	for i := range 500 {
		priv, _ := btcec.PrivKeyFromBytes([]byte{byte(i >> 8), byte(i), 1})
		keys = append(keys, `"`+address.EncodeCheck(append(append([]byte{regtestWIF}, priv.Serialize()...), 1))+`"`)
	}
	tx := &wire.Tx{Version: 2, Inputs: []wire.TxIn{{PrevOut: wire.OutPoint{Hash: wire.Hash{1}}}}}
	got := signRaw(t, b, fmt.Sprintf(`["%x",[%s]]`, tx.Append(nil), strings.Join(keys, ",")))
	if !strings.Contains(got, "Input not found or already spent") {
		t.Error(got)
	}
}

// askCore writes the file anew.
func askCore(t *testing.T) {
	bin := os.Getenv("DASH_CORE_BIN")
	if bin == "" {
		t.Fatal("set DASH_CORE_BIN to the directory of Dash Core's dashd")
	}
	dir := t.TempDir()
	port := 20000 + os.Getpid()%20000
	cmd := exec.Command(filepath.Join(bin, "dashd"), "-regtest", "-datadir="+dir, "-listen=0", "-disablewallet", "-printtoconsole=0", fmt.Sprintf("-rpcport=%d", port))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); http.DefaultClient.CloseIdleConnections() }()
	post := func(params string) (string, error) {
		cookie, err := os.ReadFile(filepath.Join(dir, "regtest", ".cookie"))
		if err != nil {
			return "", err
		}
		body := `{"method":"signrawtransactionwithkey","params":` + params + `}`
		req, err := http.NewRequest(http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/", port), strings.NewReader(body))
		if err != nil {
			return "", err
		}
		user, password, _ := strings.Cut(string(cookie), ":")
		req.SetBasicAuth(user, password)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		var reply struct {
			Result json.RawMessage
			Error  *struct {
				Code    int
				Message string
			}
		}
		if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil {
			return "", err
		}
		if reply.Error != nil {
			return fmt.Sprintf("%d: %s", reply.Error.Code, reply.Error.Message), nil
		}
		return string(reply.Result), nil
	}
	var out []signedCall
	for _, params := range signCalls(t) {
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
			reply, err := post(params)
			if err == nil && !strings.HasPrefix(reply, "-28") {
				out = append(out, signedCall{params, reply})
				break
			}
			if time.Now().After(deadline) {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(out); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.FromSlash(signedPath), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

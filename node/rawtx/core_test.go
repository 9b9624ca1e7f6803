package rawtx

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dashmp/node/internal/realdata"
	"dashmp/node/params"
	"dashmp/node/psbt"
)

// coreVariable names the directory with Dash Core's programs.
const coreVariable = "DASH_CORE_BIN"

// dashCore is a running dashd.
type dashCore struct{ url, cookie string }

// startCore runs dashd on a regtest of its own until the test ends.
func startCore(t *testing.T) *dashCore {
	t.Helper()
	bin := os.Getenv(coreVariable)
	if bin == "" {
		t.Skipf("set %s to compare with Dash Core itself", coreVariable)
	}
	dir := t.TempDir()
	port := 20000 + os.Getpid()%20000
	cmd := exec.Command(filepath.Join(bin, "dashd"), "-regtest", "-datadir="+dir, "-listen=0", "-disablewallet", "-printtoconsole=0",
		fmt.Sprintf("-rpcport=%d", port))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	c := &dashCore{url: fmt.Sprintf("http://127.0.0.1:%d/", port)}
	deadline := time.Now().Add(time.Minute)
	for {
		cookie, err := os.ReadFile(filepath.Join(dir, "regtest", ".cookie"))
		if err == nil {
			c.cookie = string(cookie)
			// The first block activates v19, which ends the legacy BLS scheme.
			if got, err := c.call("generatetoaddress", `[1,"yd5KMREs3GLMe6mTJYr3YrH1juwNwrFCfB"]`); err == nil && got[0] == '[' {
				return c
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("dashd did not start")
		}
		time.Sleep(50 * time.Millisecond) // polls another program, decides nothing
	}
}

// call returns the result as dashd wrote it, or "code: message".
func (c *dashCore) call(method, args string) (string, error) {
	body := `{"id":1,"method":"` + method + `","params":` + args + `}`
	req, err := http.NewRequest(http.MethodPost, c.url, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	user, password, _ := strings.Cut(c.cookie, ":")
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

// TestCore gives the same calls to Dash Core and to this package and compares
// the answers byte for byte.
func TestCore(t *testing.T) {
	core := startCore(t)
	ours := methods(t, params.Regtest)
	calls, wrong := 0, 0
	for method, list := range coreCalls(t) {
		for _, args := range list {
			want, err := core.call(method, args)
			if err != nil {
				t.Fatalf("%s %s: %v", method, args, err)
			}
			calls++
			if got := run(t, ours, method, args); got != want && !(endsEarly(got) && endsEarly(want)) {
				if wrong++; wrong <= 20 {
					t.Errorf("%s %.300s\n got %.1500s\nwant %.1500s", method, args, got, want)
				}
			}
		}
	}
	t.Logf("%d calls compared, %d differ", calls, wrong)
}

// endsEarly reports whether a PSBT was refused because its bytes end or a length
// in them is malformed. Which of these is found first depends on whether a
// decoder trusts a count of elements before it has seen them; ours does not.
func endsEarly(reply string) bool {
	for _, s := range []string{"DataStream::read(): end of data", "ReadCompactSize(): size too large", "non-canonical ReadCompactSize()"} {
		if reply == "-22: TX decode failed "+s+": iostream error" {
			return true
		}
	}
	return false
}

// crashesCore reports whether a PSBT spends an output that the transaction in it
// has not: decodepsbt of Dash Core v23.1.2 reads beyond the list of outputs.
func crashesCore(text string) bool {
	raw, ok := decodeBase64(text)
	if !ok {
		return false
	}
	p, err := psbt.Decode(raw)
	if err != nil {
		return false
	}
	for i, in := range p.Inputs {
		if _, ok := p.Spent(i); in.UTXO != nil && !ok {
			return true
		}
	}
	return false
}

// coreCalls are the parameters to try, by method.
func coreCalls(t *testing.T) map[string][]string {
	m := map[string][]string{
		"createrawtransaction": createCalls(), "createpsbt": createCalls(),
		"validateaddress": wrap("yd5KMREs3GLMe6mTJYr3YrH1juwNwrFCfB", "92Cpm6g9Hba4maFG66aDjVxcgPY4wnQM4E", "", "x", " yd5KMREs3GLMe6mTJYr3YrH1juwNwrFCfB ",
			"XunLY9Tf7Zsef8gMGL2fhWA9ZmMjt4KPw0", "XwQQkwA4FYkq2XERzMY2CiAZhJTEDAbtc0", "yd5KMREs3GLMe6mTJYr3YrH1juwNwrFCfA", "0OIl"),
		"createmultisig":        multisigCalls(),
		"getdescriptorinfo":     descriptorCalls(t, false),
		"deriveaddresses":       descriptorCalls(t, true),
		"combinerawtransaction": {`[[]]`, `[["00"]]`, `[[5]]`, `["x"]`},
	}
	var txs []txVector
	load(t, "testdata/special_txs.json", &txs)
	var classical []txVector
	realdata.JSON(t, realdata.Path(t, "tx", "classical_txs.json.gz"), &classical)
	for _, v := range append(txs, classical...) {
		m["decoderawtransaction"] = append(m["decoderawtransaction"], "["+quote(v.Hex)+"]")
		m["converttopsbt"] = append(m["converttopsbt"], "["+quote(v.Hex)+"]", "["+quote(v.Hex)+",true]")
		m["combinerawtransaction"] = append(m["combinerawtransaction"], "[["+quote(v.Hex)+"]]")
	}
	m["decoderawtransaction"] = append(m["decoderawtransaction"], wrap("", "0", "zz", "00", "02000000000000000000", "0200000000000000000000")...)
	m["decodescript"] = scriptCalls(t)
	m["verifymessage"] = messageCalls(t)
	psbtCalls(t, m)
	return m
}

func wrap(texts ...string) (out []string) {
	for _, s := range texts {
		out = append(out, "["+quote(s)+"]")
	}
	return out
}

func createCalls() []string {
	const id = `"txid":"75ddabb27b8845f5247975c8a5ba7c6f336c4570708ebe230caf6db5217ae858"`
	const a, b = "yd5KMREs3GLMe6mTJYr3YrH1juwNwrFCfB", "92Cpm6g9Hba4maFG66aDjVxcgPY4wnQM4E"
	in := `[{` + id + `,"vout":0}]`
	out := []string{
		`[[],{}]`, `[[],[]]`, `[null,[]]`, `[[],null]`, `[[],5]`, `[[],"x"]`, `[5,[]]`, `[[5],[]]`, `[[{}],[]]`, `[[{"txid":5}],[]]`, `[[{"txid":"ab"}],[]]`,
		`[[{"txid":"` + strings.Repeat("zz", 32) + `"}],[]]`, `[[{` + id + `}],[]]`, `[[{` + id + `,"vout":"0"}],[]]`, `[[{` + id + `,"vout":-1}],[]]`,
		`[[{` + id + `,"vout":1.5}],[]]`, `[[{` + id + `,"vout":2147483648}],[]]`, `[[{` + id + `,"vout":0,"sequence":5}],[]]`, `[[{` + id + `,"vout":0,"sequence":-1}],[]]`,
		`[[{` + id + `,"vout":0,"sequence":4294967296}],[]]`, `[[{` + id + `,"vout":0,"sequence":"5"}],[]]`, `[` + in + `,[],5]`, `[` + in + `,[],-1]`, `[` + in + `,[],4294967296]`,
		`[` + in + `,[],"5"]`, `[` + in + `,[],1.5]`, `[` + in + `,[],null]`, `[` + in + `,[{"data":"00"},{"data":"00"}]]`, `[` + in + `,{"data":"00","` + a + `":1}]`,
		`[` + in + `,{"` + a + `":1,"` + a + `":1}]`, `[` + in + `,[{"` + a + `":1},{"` + a + `":2}]]`, `[` + in + `,[{"` + a + `":1,"` + b + `":2}]]`, `[` + in + `,[{}]]`, `[` + in + `,[5]]`,
		`[` + in + `,{"x":1}]`, `[` + in + `,{"data":5}]`, `[` + in + `,{"data":12}]`, `[` + in + `,{"data":true}]`, `[` + in + `,{"data":null}]`, `[` + in + `,{"data":"zz"}]`, `[` + in + `,{"data":""}]`,
		`[` + in + `,{"data":"` + strings.Repeat("ab", 300) + `"}]`,
	}
	for _, amount := range []string{"0", "1", "0.1", "1e-8", "1e-9", "-1", "21000000", "21000000.00000001", `"5"`, `"x"`, `""`, "true", "null", "[]", "1e3", `"1e+3"`, "0.00000000", "1E1", "0e99", "123456789012345678901234567890"} {
		out = append(out, `[`+in+`,{"`+a+`":`+amount+`,"`+b+`":`+amount+`}]`)
	}
	return out
}

const (
	key1 = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
	key2 = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5"
	key3 = "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
	tpub = "tpubD6NzVbkrYhZ4WaWSyoBvQwbpLkojyoTZPRsgXELWz3Popb3qkjcJyJUGLnL4qHHoQvao8ESaAstxYSnhyswJ76uZPStJRJCTKvosUCJZL5B"
	tprv = "tprv8ZgxMBicQKsPd7Uf69XL1XwhmjHopUGep8GuEiJDZmbQz6o58LninorQAfcKZWARbtRtfnLcJ5MQ2AtHcQJCCRUcMRvmDUjyEmNUWwx8UbK"
)

func multisigCalls() (out []string) {
	for _, keys := range []string{"", quote(key1), quote(key1) + "," + quote(key2), quote(key3) + "," + quote(key1), quote("05" + key1[2:]), quote("02" + strings.Repeat("ff", 32)), quote("xx"), "5",
		quote("06" + key3[2:]), quote("07" + key3[2:]), strings.TrimSuffix(strings.Repeat(quote(key1)+",", 16), ","), strings.TrimSuffix(strings.Repeat(quote(key1)+",", 21), ",")} {
		for _, n := range []string{"0", "1", "2", `"1"`, "-1", "1.5", "99999999999"} {
			out = append(out, "["+n+",["+keys+"]]")
		}
	}
	return out
}

func descriptorCalls(t *testing.T, derive bool) (out []string) {
	var cases []struct{ Descriptor, Checksum string }
	load(t, "../descriptor/testdata/descriptors.json", &cases)
	texts := []string{"", "#", "pk", "pk()", "pk(" + key1 + ")", "pk(" + key3 + ")", "pkh(" + key1 + "),", "sh(pk(" + key1 + "),1)", "sh(sh(pk(" + key1 + ")))", "sh(combo(" + key1 + "))",
		"combo(" + key3 + ")", "combo(" + tpub + "/*)", "combo(" + tprv + "/*h)", "pkh([aabbccdd/1/2h]" + tpub + "/3/*)", "pkh(" + tpub + "/1'/*)", "pkh(" + tprv + "/1'/2/*)", "pkh(" + tprv + "/*'/1)",
		"multi(1," + key1 + ")", "multi(0," + key1 + ")", "multi(2," + key1 + ")", "multi(+1," + key1 + ")", "multi(1)", "multi(1,)", "multi(x)", "multi(1,a)b)", "multi((1)," + key1 + ")", "multi(1))," + key1 + ")",
		"sh(multi(1" + strings.Repeat(","+key1, 16) + "))", "sh(multi(15" + strings.Repeat(","+key1, 15) + "))", "sh(multi(1" + strings.Repeat(","+key3, 8) + "))", "multi(1" + strings.Repeat(","+key1, 4) + ")",
		"sh(sortedmulti(2," + tpub + "/0/*," + tpub + "/1/*))", "sortedmulti(1," + key2 + "," + key1 + ")", "addr(yd5KMREs3GLMe6mTJYr3YrH1juwNwrFCfB)", "addr(x)", "sh(addr(x))", "raw(6a)", "raw()", "raw(0)", "sh(raw(6a))",
		"wpkh(" + key1 + ")", "sh(" + key1 + ")", "pkh([aabbccd]" + key1 + ")", "pkh([aabbccdx]" + key1 + ")", "pkh(]" + key1 + ")", "pkh(a]" + key1 + ")", "pkh([aabbccdd]a]" + key1 + ")", "pkh([aabbccdd//]" + key1 + ")",
		"pkh(" + tpub + "/2147483648)", "pkh(" + tpub + "/4294967296)", "pkh(" + tpub + "/*/1)", "pkh(" + tpub + "/+5)", "pkh(" + tpub + "/)", "pkh(" + key1 + "/1)", "pkh(x/1)", "pk(00)", "pk( " + key1 + ")",
		"pkh(cP53pDbR5WtAD8dYAW9hhTjuvvTVaEiQBdrz9XPrgLBeRFiyCbQr)", "pkh(cP53pDbR5WtAD8dYAW9hhTjuvvTVaEiQBdrz9XPrgLBeRFiyCbQr/1)", "pkh(dptp1C5gGd8NzvAke5WNKyRfpDRyvV2UZ3jjrZVZU77qk9yZemMGSdZpkWp7y6wt3FzvFxAHSW8VMCaC1p6Ny5EqWuRm2sjvZLUUFMMwXhmW6eS69qjX958RYBH5R8bUCGZkCfUyQ8UVWcx9katkrRr)",
		"pk(é)", "pk(\n)"}
	for _, c := range cases {
		texts = append(texts, c.Descriptor, c.Descriptor+"#"+c.Checksum, c.Descriptor+"#00000000", c.Descriptor+"#")
	}
	for _, s := range texts {
		if !derive {
			out = append(out, "["+quote(s)+"]")
			continue
		}
		if !strings.Contains(s, "#") {
			info := run(t, methods(t, params.Regtest), "getdescriptorinfo", "["+quote(s)+"]")
			var o struct{ Checksum string }
			if json.Unmarshal([]byte(info), &o) == nil {
				s += "#" + o.Checksum
			}
		}
		for _, r := range []string{"", ",null", ",2", ",[1,3]"} {
			out = append(out, "["+quote(s)+r+"]")
		}
	}
	if derive {
		for _, r := range []string{"-1", "[2,1]", "[-1,2]", "2147483648", "1000000", "[5]", `"x"`, "1.5", "[1.5,2]", "[1,2,3]", "[1,null]", "9223372036854775808"} {
			out = append(out, `["pkh(`+tpub+`/*)#00000000",`+r+`]`)
		}
	}
	return out
}

// scriptCalls takes scripts from the vectors and damages them.
func scriptCalls(t *testing.T) []string {
	out := wrap("", "0", "zz", "6a", "6a01", "4b", "5121"+key1+"51ae", "0111"+strings.Repeat("21"+key1, 17)+"0111ae", "21"+key1+"ac", "41"+key3+"ac", "2102"+strings.Repeat("ff", 32)+"ac",
		"51522103"+strings.Repeat("ab", 32)+"52ae", "76a914"+strings.Repeat("11", 20)+"88ac", "a914"+strings.Repeat("11", 20)+"87", "048000000004ffffffff0400000080")
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		b := make([]byte, rng.IntN(40))
		for i := range b {
			b[i] = byte(rng.UintN(256))
			if rng.IntN(3) == 0 {
				b[i] = byte(rng.UintN(6))
			}
		}
		out = append(out, wrap(hex.EncodeToString(b))...)
	}
	return out
}

func messageCalls(t *testing.T) (out []string) {
	var cases []struct{ Network, Address, Message, Signature string }
	load(t, "testdata/message_signatures.json", &cases)
	for _, c := range cases {
		sig, _ := base64.StdEncoding.DecodeString(c.Signature)
		for h := range 12 {
			s := append([]byte{byte(h + 22)}, sig[1:]...)
			out = append(out, "["+quote(c.Address)+","+quote(base64.StdEncoding.EncodeToString(s))+","+quote(c.Message)+"]")
		}
		for _, s := range []string{c.Signature, c.Signature[1:], c.Signature + "=", c.Signature[:len(c.Signature)-1] + "\n", "", "AB==", "AA==", "A===", "===="} {
			out = append(out, "["+quote(c.Address)+","+quote(s)+","+quote(c.Message)+"]")
		}
		out = append(out, "[\"92Cpm6g9Hba4maFG66aDjVxcgPY4wnQM4E\","+quote(c.Signature)+",\"\"]")
	}
	return out
}

// psbtCalls takes the PSBTs of the vectors and damages them.
func psbtCalls(t *testing.T, m map[string][]string) {
	var v struct {
		Invalid, Valid []string
		Combiner       []struct{ Combine []string }
		Signer         []struct{ PSBT, Result string }
		Finalizer      []struct{ Finalize, Result string }
	}
	load(t, "../psbt/testdata/rpc_psbt.json", &v)
	all := append(append([]string{"", "x", "====", "cHNidP8="}, v.Invalid...), v.Valid...)
	for _, c := range v.Signer {
		all = append(all, c.PSBT, c.Result)
	}
	for _, c := range v.Finalizer {
		all = append(all, c.Finalize, c.Result)
	}
	for _, c := range v.Combiner {
		all = append(all, c.Combine...)
		list, _ := json.Marshal(c.Combine)
		m["combinepsbt"] = append(m["combinepsbt"], "["+string(list)+"]")
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for _, s := range append([]string{}, all...) {
		raw, err := base64.StdEncoding.DecodeString(s)
		if err != nil || len(raw) < 10 {
			continue
		}
		for range 12 {
			b := bytes.Clone(raw)
			switch rng.IntN(3) {
			case 0:
				b = b[:rng.IntN(len(b))]
			case 1:
				b[rng.IntN(len(b))] ^= 1 << rng.UintN(8)
			default:
				i := rng.IntN(len(b))
				b = append(b[:i:i], b[min(len(b), i+1+rng.IntN(4)):]...)
			}
			all = append(all, base64.StdEncoding.EncodeToString(b))
		}
	}
	for i, s := range all {
		one := "[" + quote(s) + "]"
		pair := "[[" + quote(s) + "," + quote(all[(i*7+3)%len(all)]) + "]]"
		if !crashesCore(s) {
			m["decodepsbt"] = append(m["decodepsbt"], one)
		}
		m["analyzepsbt"] = append(m["analyzepsbt"], one)
		m["finalizepsbt"] = append(m["finalizepsbt"], one, "["+quote(s)+",false]")
		m["joinpsbts"] = append(m["joinpsbts"], pair)
		m["combinepsbt"] = append(m["combinepsbt"], pair, "[["+quote(s)+"]]")
	}
	m["joinpsbts"] = append(m["joinpsbts"], `[[]]`, `[["x"]]`, `["x"]`)
	m["combinepsbt"] = append(m["combinepsbt"], `[[]]`, `["x"]`)
}

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashmp/node/address"
	"dashmp/node/params"
)

// vector is one entry of Dash Core's test/util/data/bitcoin-util-test.json.
type vector struct {
	Exec        string
	Args        []string
	Input       string
	OutputCmp   string `json:"output_cmp"`
	ReturnCode  int    `json:"return_code"`
	ErrorTxt    string `json:"error_txt"`
	Description string
}

const vectorDir = "testdata/core"

func vectors(t *testing.T) []vector {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(vectorDir, "bitcoin-util-test.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all, out []vector
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		if v.Exec == "./dash-tx" {
			out = append(out, v)
		}
	}
	return out
}

// inVectorDir makes paths in arguments those of the vectors' directory.
func inVectorDir(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a
		if name, file, ok := strings.Cut(a, ":"); ok && strings.HasPrefix(name, "load=") {
			out[i] = name + ":" + filepath.Join(vectorDir, file)
		}
	}
	return out
}

// runHere returns the exit code and the outputs of this dash-tx.
func runHere(input []byte, args ...string) (int, string, string) {
	var out, errs bytes.Buffer
	code := run(args, stdio{bytes.NewReader(input), &out, &errs})
	return code, out.String(), errs.String()
}

// TestVectors are Dash Core's own tests of dash-tx.
func TestVectors(t *testing.T) {
	list := vectors(t)
	if len(list) != 72 {
		t.Fatalf("%d vectors", len(list))
	}
	for i, v := range list {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			var input []byte
			var err error
			if v.Input != "" {
				if input, err = os.ReadFile(filepath.Join(vectorDir, v.Input)); err != nil {
					t.Fatal(err)
				}
			}
			code, out, errs := runHere(input, inVectorDir(v.Args)...)
			if code != v.ReturnCode || !strings.Contains(errs, v.ErrorTxt) || v.ErrorTxt == "" && errs != "" {
				t.Errorf("%s: exit %d, %s; want %d, %s", v.Description, code, errs, v.ReturnCode, v.ErrorTxt)
			}
			if v.OutputCmp == "" {
				return
			}
			want, err := os.ReadFile(filepath.Join(vectorDir, v.OutputCmp))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), out); d != "" {
				t.Errorf("%s %q: %s", v.Description, v.Args, d)
			}
		})
	}
}

// The public keys of the private keys 1 and 2.
const (
	pubA = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
	pubB = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5"
)

// wif is the private key n, less than 256, for regtest.
func wif(n byte) string {
	key := [address.SecretSize]byte{address.SecretSize - 1: n}
	p, _ := params.Select(params.Regtest, params.Options{})
	return string(address.AppendSecret(nil, &key, true, p.Base58))
}

// more are command lines beyond the vectors; Dash Core is asked what they give.
var more = [][]string{
	{"-regtest", "-create", "set=privatekeys:[\"" + wif(3) + "\"]", "set=prevtxs:[]", "sign=ALL"},
	{},
	{"-create", "outaddr=1:yYdShjQSptFKitYLksFEUSwHe4hnbar5rf", "-regtest"},
	{"-regtest", "-create", "outaddr=1:yYdShjQSptFKitYLksFEUSwHe4hnbar5rf"},
	{"-regtest", "-create", "outaddr= .5 :yYdShjQSptFKitYLksFEUSwHe4hnbar5rf", "outaddr=1.:yYdShjQSptFKitYLksFEUSwHe4hnbar5rf"},
	{"-regtest", "-create", "outaddr=.:yYdShjQSptFKitYLksFEUSwHe4hnbar5rf"},
	{"-create", "outaddr=:XwnLY9Tf7Zsef8gMGL2fhWA9ZmMjt4KPwg"}, {"-create", "outaddr=-1:XwnLY9Tf7Zsef8gMGL2fhWA9ZmMjt4KPwg"},
	{"-create", "outaddr=21000001:XwnLY9Tf7Zsef8gMGL2fhWA9ZmMjt4KPwg"}, {"-create", "outaddr=1.123456789:XwnLY9Tf7Zsef8gMGL2fhWA9ZmMjt4KPwg"},
	{"-create", "outaddr=1:x:y"}, {"-create", "outaddr=1"}, {"-create", "in=00"}, {"-create", "in=00:1"}, {"-create", "nothing"}, {"-create", "x=y"},
	{"-create", "in=5897de6bd6027a475eadd57019d4e6872c396d0716c4875a5f1a6fcfdf385c1f:222222", "in=5897de6bd6027a475eadd57019d4e6872c396d0716c4875a5f1a6fcfdf385c1f:+1: 7 "},
	{"-create", "in=5897de6bd6027a475eadd57019d4e6872c396d0716c4875a5f1a6fcfdf385c1f:222223"},
	{"-create", "in=5897de6bd6027a475eadd57019d4e6872c396d0716c4875a5f1a6fcfdf385c1f:0:+7"},
	{"-create", "nversion=3", "locktime=4294967295"}, {"-create", "nversion=4"}, {"-create", "nversion=0"}, {"-create", "locktime=-1"}, {"-create", "locktime=4294967296"},
	{"-create", "delin=0"}, {"-create", "delout=x"}, {"-create", "outdata=1:00"}, {"-create", "outdata=:00"}, {"-create", "outdata=zz"}, {"-create", "outdata="},
	{"-create", "outpubkey=1:" + pubA + ":S"}, {"-create", "outpubkey=1:00"}, {"-create", "outpubkey=1"}, {"-create", "outpubkey=1:" + pubA + ":S:x"},
	{"-create", "outmultisig=1:2:2:" + pubA + ":" + pubB}, {"-create", "outmultisig=1:2:2:" + pubA + ":" + pubB + ":S"}, {"-create", "outmultisig=1:2:2:" + pubA},
	{"-create", "outmultisig=1:3:2:" + pubA + ":" + pubB}, {"-create", "outmultisig=1:1:2:" + pubA + ":" + pubB + ":S:x"}, {"-create", "outmultisig=1:0:1:" + pubA}, {"-create", "outmultisig=1:2"},
	{"-create", "outscript=0:OP_DUP 0x01 0xff 'text' 17:S"}, {"-create", "outscript=0:NOTHING"}, {"-create", "outscript=0"}, {"-create", "outscript=0:"},
	{"-create", "set=x"}, {"-create", "set=x:{"}, {"-create", "set=:1"}, {"-create", "load=x:/does/not/exist"}, {"-create", "load=x"},
	{"-create", "sign=ALL"}, {"-create", "sign=SOME"}, {"-create", "set=privatekeys:[1]", "sign=ALL"}, {"-create", "set=privatekeys:[\"x\"]", "sign=ALL"}, {"-create", "set=privatekeys:[]", "sign="},
	{"-create", "set=privatekeys:[]", "set=prevtxs:[1]", "sign=ALL"}, {"-create", "set=privatekeys:[]", "set=prevtxs:[{}]", "sign=ALL"},
	{"-create", "set=privatekeys:[]", "set=prevtxs:[{\"txid\":\"x\",\"vout\":1,\"scriptPubKey\":\"00\"}]", "sign=ALL"},
	{"-create", "set=privatekeys:[]", "set=prevtxs:[{\"txid\":\"" + strings.Repeat("0", 64) + "\",\"vout\":-1,\"scriptPubKey\":\"00\"}]", "sign=ALL"},
	{"-create", "set=privatekeys:[]", "set=prevtxs:[{\"txid\":\"" + strings.Repeat("0", 64) + "\",\"vout\":1,\"scriptPubKey\":\"0\"}]", "sign=ALL"},
	{"00"}, {"zz"}, {"-nosuch"}, {"-testnet", "-regtest", "-create"}, {"-version", "-create"}, {"-json", "-create", "nversion=3", "outscript=1.5:OP_RETURN"}, {"-txid", "-create"},
}

// signings spend outputs of several kinds with several hash types.
func signings() [][]string {
	prev := func(n, script, more string) string {
		return `{"txid":"` + strings.Repeat("ab", 32) + `","vout":` + n + `,"scriptPubKey":"` + script + `"` + more + `}`
	}
	const multi = "5221" + pubA + "21" + pubB + "52ae"
	const pkhA = "76a914751e76e8199196d454941c45d1b3a323f1433bd688ac"
	prevs := "[" + strings.Join([]string{
		prev("0", "21"+pubA+"ac", ""), prev("1", multi, ""), prev("2", pkhA, `,"amount":"0.1"`), prev("3", "51", ""),
	}, ",") + "]"
	var out [][]string
	for _, hashType := range []string{"ALL", "NONE", "SINGLE", "ALL|ANYONECANPAY", "NONE|ANYONECANPAY", "SINGLE|ANYONECANPAY", ""} {
		args := []string{"-regtest", "-create"}
		for n := range 5 {
			args = append(args, "in="+strings.Repeat("ab", 32)+":"+strconv.Itoa(n))
		}
		args = append(args, "outdata=0.5:4f4b", "outscript=1:OP_DUP",
			`set=privatekeys:["`+wif(1)+`","`+wif(2)+`"]`, "set=prevtxs:"+prevs, "sign="+hashType)
		out = append(out, args)
	}
	return out
}

// TestMoreIsDashCores runs Dash Core's dash-tx with the same arguments.
func TestMoreIsDashCores(t *testing.T) {
	dir := os.Getenv("DASH_CORE_BIN")
	if dir == "" {
		t.Skip("DASH_CORE_BIN names no directory of Dash Core programs")
	}
	for _, args := range signings() {
		if code, out, errs := runHere(nil, args...); code != 0 || len(out) < 500 {
			t.Errorf("%q: the control failed: %d %s%s", args, code, out, errs)
		}
	}
	for _, args := range append(more, signings()...) {
		var out, errs bytes.Buffer
		cmd := exec.Command(filepath.Join(dir, "dash-tx"), args...)
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); cmd.ProcessState == nil {
			t.Fatal(err)
		}
		code, gotOut, gotErrs := runHere(nil, args...)
		if len(args) == 0 || args[0] == "-version" { // help and licence are our own
			out.Reset()
			gotOut = ""
		}
		if code != cmd.ProcessState.ExitCode() || gotOut != out.String() || gotErrs != errs.String() {
			t.Errorf("%q:\n%d %s%s\nwant\n%d %s%s", args, code, gotOut, gotErrs, cmd.ProcessState.ExitCode(), out.String(), errs.String())
		}
	}
}

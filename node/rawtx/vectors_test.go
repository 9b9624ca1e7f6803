package rawtx

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"dashmp/node"
	"dashmp/node/internal/realdata"
	"dashmp/node/params"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcdesc"
	"dashmp/node/wire"
)

func load(t testing.TB, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

func base58(t testing.TB, network string) params.Base58 {
	t.Helper()
	switch network {
	case "mainnet":
		network = params.Main
	case "testnet":
		network = params.Test
	}
	p, err := params.Select(network, params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Base58
}

func noCoin(context.Context, wire.OutPoint) (*wire.TxOut, bool, error) { return nil, false, nil }

// methods are all RPCs, those of descriptors included.
func methods(t testing.TB, network string) rpccall.Methods {
	b58 := base58(t, network)
	m := Methods(Options{Base58: b58, Coin: noCoin})
	m["getdescriptorinfo"] = func(_ context.Context, c *rpccall.Call) (any, error) {
		s, err := c.String(0)
		if err != nil {
			return nil, err
		}
		return rpcdesc.Info(s, b58)
	}
	m["deriveaddresses"] = func(_ context.Context, c *rpccall.Call) (any, error) {
		s, err := c.String(0)
		if err != nil {
			return nil, err
		}
		return rpcdesc.Addresses(s, c.Len() > 1, c.Value(1), b58)
	}
	return m
}

// run executes one RPC; an error is returned as "code: message".
func run(t testing.TB, m rpccall.Methods, method, args string) string {
	t.Helper()
	reply, err := m.Execute(context.Background(), node.RPCRequest{Method: method, Params: []byte(args)})
	if err != nil {
		t.Fatal(err)
	}
	if reply.Code != 0 {
		return fmt.Sprintf("%d: %s", reply.Code, reply.Message)
	}
	return string(reply.Result)
}

func quote(s string) string { return string(univalue.AppendString(nil, s)) }

// difference compares two JSON texts, the order of members included; numbers
// compare by value, since the vectors have been through another writer.
func difference(got, want []byte) string {
	a, b := json.NewDecoder(bytes.NewReader(got)), json.NewDecoder(bytes.NewReader(want))
	a.UseNumber()
	b.UseNumber()
	for {
		x, errX := a.Token()
		y, errY := b.Token()
		if errors.Is(errX, io.EOF) && errors.Is(errY, io.EOF) {
			return ""
		}
		if errX != nil || errY != nil {
			return fmt.Sprintf("%v against %v", errX, errY)
		}
		nx, isX := x.(json.Number)
		ny, isY := y.(json.Number)
		if isX && isY {
			fx, _ := nx.Float64()
			fy, _ := ny.Float64()
			if fx == fy {
				continue
			}
		}
		if x != y {
			return fmt.Sprintf("at byte %d %v, want %v", a.InputOffset(), x, y)
		}
	}
}

type txVector struct {
	Hex            string
	Decoded        json.RawMessage
	Network        string `json:"decoded_network_for_addresses"`
	PayloadDecodes *bool  `json:"payload_decodes_in_core"`
}

// inBasicScheme puts the signature of an EHF signal or an asset unlock as it is
// in the payload, its last 96 bytes. The vectors come from dash-tx, which never
// leaves the legacy BLS scheme; a node leaves it with v19. TestCore asks a node.
func inBasicScheme(decoded []byte) []byte {
	payload := regexp.MustCompile(`"extraPayload": *"[0-9a-f]*([0-9a-f]{192})"`).FindSubmatch(decoded)
	if payload == nil {
		return decoded
	}
	return regexp.MustCompile(`("sig"|"quorumSig"): *"[0-9a-f]{192}"(\s*}\s*}|\s*}\s*$)`).ReplaceAll(decoded, []byte("${1}: \""+string(payload[1])+"\"${2}"))
}

func checkTxs(t *testing.T, list []txVector) {
	t.Helper()
	for i, v := range list {
		got := run(t, methods(t, v.Network), "decoderawtransaction", "["+quote(v.Hex)+"]")
		if d := difference([]byte(got), inBasicScheme(v.Decoded)); d != "" {
			t.Errorf("%d: %s\n%s\n%s", i, d, got, v.Decoded)
		}
	}
}

func TestSpecialTransactions(t *testing.T) {
	var list []txVector
	load(t, "testdata/special_txs.json", &list)
	checkTxs(t, list)
}

func TestClassicalTransactions(t *testing.T) {
	var list []txVector
	realdata.JSON(t, realdata.Path(t, "tx", "classical_txs.json.gz"), &list)
	if len(list) < 100 {
		t.Fatalf("only %d transactions", len(list))
	}
	checkTxs(t, list)
}

func TestDecodeScript(t *testing.T) {
	var cases [][2]json.RawMessage
	load(t, "testdata/rpc_decodescript.json", &cases)
	m := methods(t, params.Regtest)
	for _, c := range cases {
		var got, want map[string]any
		if err := json.Unmarshal([]byte(run(t, m, "decodescript", "["+string(c[0])+"]")), &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(c[1], &want); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", c[0], got, want)
		}
	}
}

func TestMessages(t *testing.T) {
	var cases []struct{ Network, Address, Message, Signature string }
	load(t, "testdata/message_signatures.json", &cases)
	for _, c := range cases {
		m := methods(t, c.Network)
		args := func(message string) string {
			return "[" + quote(c.Address) + "," + quote(c.Signature) + "," + quote(message) + "]"
		}
		if got := run(t, m, "verifymessage", args(c.Message)); got != "true" {
			t.Errorf("%q: %s", c.Message, got)
		}
		if got := run(t, m, "verifymessage", args(c.Message+".")); got != "false" {
			t.Errorf("%q changed: %s", c.Message, got)
		}
	}
}

func TestMultisig(t *testing.T) {
	var cases []struct {
		Network, Address, RedeemScript string
		M                              int
		PubKeys                        []string
	}
	load(t, "testdata/multisig.json", &cases)
	for _, c := range cases {
		keys, _ := json.Marshal(c.PubKeys)
		got := run(t, methods(t, c.Network), "createmultisig", "["+strconv.Itoa(c.M)+","+string(keys)+"]")
		if !strings.HasPrefix(got, `{"address":"`+c.Address+`","redeemScript":"`+c.RedeemScript+`","descriptor":"sh(multi(`+strconv.Itoa(c.M)) {
			t.Errorf("%s, want %s", got, c.Address)
		}
	}
}

func TestCodes(t *testing.T) {
	m := methods(t, params.Regtest)
	for _, c := range []struct {
		method, args string
		want         rpcerr.Code
	}{
		{"decoderawtransaction", `["zz"]`, rpcerr.Deserialization},
		{"decoderawtransaction", `[5]`, rpcerr.Type},
		{"createrawtransaction", `[[],null]`, rpcerr.InvalidParameter},
		{"combinerawtransaction", `[[]]`, rpcerr.Deserialization},
		{"combinerawtransaction", `[["020000000100000000000000000000000000000000000000000000000000000000000000000000000000ffffffff0000000000"]]`, rpcerr.Verify},
		{"decodepsbt", `["="]`, rpcerr.Deserialization},
		{"joinpsbts", `[[]]`, rpcerr.InvalidParameter},
		{"verifymessage", `["x","",""]`, rpcerr.InvalidAddressOrKey},
		{"analyzepsbt", `[]`, rpcerr.Misc},
	} {
		if got := run(t, m, c.method, c.args); !strings.HasPrefix(got, strconv.Itoa(int(c.want))+": ") {
			t.Errorf("%s %s: %s, want code %d", c.method, c.args, got, c.want)
		}
	}
}

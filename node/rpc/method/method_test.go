package method

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

// composite is a table with what Standard has no row for yet: a composite
// command, aliases in the middle, arrays and objects with secrets.
func composite(t testing.TB) *Table {
	t.Helper()
	result := []Result{{Kind: RNull}}
	tab, err := NewTable([]Method{
		{Name: "quorum", Category: "evo", Desc: "d", Results: result, Params: []Param{{Name: "command", Type: Str}}},
		{Name: "quorum list", Category: "evo", Desc: "d", Results: result, Params: []Param{
			{Name: "count", Type: Num, Hint: "all"},
			{Name: "addrs", Type: Arr, Optional: true, CLI: JSONIfBracket, Inner: []Param{{Name: "addr", Type: Str, Optional: true}}},
		}},
		{Name: "alias", Category: "test", Desc: "d", Results: result, Params: []Param{
			{Name: "a", Type: Str},
			{Name: "b|bb|bbb", Type: Num, Optional: true},
			{Name: "c", Type: Obj, Optional: true, Desc: "line one\nline two", Inner: []Param{
				{Name: "key", Type: Str, Secret: true, Desc: "a key"},
				{Name: "n", Type: Num, Default: "7"},
				{Name: "amount", Type: Amount, Optional: true},
				{Name: "range", Type: Range, Hint: "all"},
				{Name: "list", Type: Arr, Optional: true, Inner: []Param{{Name: "txid", Type: Hex}}},
				{Name: "dict", Type: ObjKeys, Optional: true, Inner: []Param{{Name: "address", Type: Bool}}},
			}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (rewrite with -update if it is meant):\n%s", path, d)
	}
}

func TestHelpGolden(t *testing.T) {
	var b strings.Builder
	std := Standard()
	b.WriteString(std.Help("") + "\n")
	for _, m := range std.All() {
		b.WriteString("\n======== help " + m.Name + "\n" + std.Help(m.Name) + "\n")
	}
	golden(t, "standard.golden", b.String())

	b.Reset()
	tab := composite(t)
	b.WriteString(tab.Help("") + "\n")
	for _, m := range tab.All() {
		b.WriteString("\n======== help " + m.Name + "\n" + tab.Help(m.Name) + "\n")
	}
	golden(t, "composite.golden", b.String())
}

// TestHelpContract is what Dash Core's functional suite greps for
// (rpc_help.py, rpc_named_arguments.py).
func TestHelpContract(t *testing.T) {
	std := Standard()
	if got := std.Help("foo"); got != "help: unknown command: foo" {
		t.Errorf("unknown: %q", got)
	}
	if got := std.Help("getblockchaininfo"); !strings.HasPrefix(got, "getblockchaininfo\n") {
		t.Errorf("first line: %q", got)
	}
	if got := std.Help("help"); !strings.HasPrefix(got, `help ( "command" "subcommand" )`+"\n") {
		t.Errorf("optional arguments: %q", got)
	}
	list := std.Help("")
	for _, hidden := range []string{"echo", "wait"} {
		if strings.Contains(list, hidden) {
			t.Errorf("%q is listed", hidden)
		}
	}
	var titles []string
	for line := range strings.Lines(list) {
		if strings.HasPrefix(line, "==") {
			titles = append(titles, strings.TrimSpace(line))
		}
	}
	if d := cmp.Diff([]string{"== Blockchain ==", "== Control ==", "== Mining ==", "== Network ==", "== Rawtransactions ==", "== Util ==", "== Wallet =="}, titles); d != "" {
		t.Error(d)
	}
	if _, ok := std.Without(Wallet).Get("createwallet"); ok {
		t.Error("createwallet is left without the wallet")
	}
	if strings.Contains(std.Without(Wallet).Help(""), "Wallet") {
		t.Error("help shows wallet methods without the wallet")
	}
}

func TestSecretsAreMarked(t *testing.T) {
	var got []string
	for _, m := range Standard().All() {
		for i := range m.Params {
			if m.Params[i].HasSecret() {
				got = append(got, m.Name+"."+m.Params[i].Name)
			}
		}
	}
	// A widening or narrowing of this list is a decision, not an accident.
	want := []string{
		"scantxoutset.scanobjects", "generateblock.output", "generatetodescriptor.descriptor", "signrawtransactionwithkey.privkeys", "deriveaddresses.descriptor", "getdescriptorinfo.descriptor",
		"signmessagewithprivkey.privkey", "createwallet.passphrase", "encryptwallet.passphrase",
		"importdescriptors.requests", "walletpassphrase.passphrase",
		"walletpassphrasechange.oldpassphrase", "walletpassphrasechange.newpassphrase",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestNewTableRefuses(t *testing.T) {
	row := func(ps ...Param) Method {
		return Method{Name: "m", Category: "c", Desc: "d", Results: []Result{{}}, Params: ps}
	}
	for name, rows := range map[string][]Method{
		"no description":         {{Name: "m", Category: "c", Results: []Result{{}}}},
		"no result":              {{Name: "m", Category: "c", Desc: "d"}},
		"two rows":               {row(), row()},
		"two parameters":         {row(Param{Name: "a"}, Param{Name: "b|a"})},
		"reserved name":          {row(Param{Name: "args"})},
		"shown after hidden":     {row(Param{Name: "a", Hidden: true}, Param{Name: "b"})},
		"array without elements": {row(Param{Name: "a", Type: Arr})},
		"string with elements":   {row(Param{Name: "a", Inner: []Param{{Name: "b"}}})},
		"secret number":          {row(Param{Name: "a", Type: Num, Secret: true})},
		"secret with default":    {row(Param{Name: "a", Secret: true, Default: `"x"`})},
		"secret array":           {row(Param{Name: "a", Type: Arr, Secret: true, Inner: []Param{{Name: "b"}}})},
		"nested secret number":   {row(Param{Name: "a", Type: Arr, Inner: []Param{{Name: "b", Type: Num, Secret: true}}})},
		"secret in unlike array": {row(Param{Name: "a", Type: Arr, Inner: []Param{{Name: "b", Secret: true}, {Name: "c"}}})},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := NewTable(rows); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func resolve(t *testing.T, tab *Table, name, params string) (string, string, *rpcerr.Error) {
	t.Helper()
	v, ok := univalue.Parse([]byte(params))
	if !ok {
		t.Fatalf("bad test: %s", params)
	}
	m, args, err := tab.Resolve(name, v)
	if err != nil {
		return "", "", err
	}
	out := []byte{'['}
	for i, a := range args {
		if i > 0 {
			out = append(out, ',')
		}
		out = a.AppendCompact(out)
	}
	return m.Name, string(append(out, ']')), nil
}

func TestResolve(t *testing.T) {
	std, comp := Standard(), composite(t)
	for _, tc := range []struct {
		name         string
		tab          *Table
		method, in   string
		want, wantMe string
	}{
		{"null", std, "echo", "null", "[]", "echo"},
		{"positional", std, "echo", `[0,null,"x"]`, `[0,null,"x"]`, "echo"},
		{"named", std, "echo", `{"arg0":0,"arg9":9}`, "[0,null,null,null,null,null,null,null,null,9]", "echo"},
		{"hole at the start", std, "echo", `{"arg1":1}`, "[null,1]", "echo"},
		{"explicit null", std, "echo", `{"arg2":null}`, "[null,null,null]", "echo"},
		{"mixed", std, "echo", `{"args":[0,1],"arg3":3,"arg5":5}`, "[0,1,null,3,null,5]", "echo"},
		{"only args", std, "echo", `{"args":[0,1]}`, "[0,1]", "echo"},
		{"args that is no array", std, "echo", `{"args":7,"arg0":1}`, "[1]", "echo"},
		{"order of names does not matter", std, "getblock", `{"verbose":2,"blockhash":"h"}`, `["h",2]`, "getblock"},
		{"alias", std, "getblock", `{"blockhash":"h","verbosity":2}`, `["h",2]`, "getblock"},
		{"escaped name", std, "getblockhash", `{"\u0068eight":1}`, "[1]", "getblockhash"},
		{"composite", comp, "quorum", `["list",3]`, "[3]", "quorum list"},
		{"composite by name", comp, "quorum", `{"command":"list","count":3}`, "[3]", "quorum list"},
		{"composite unknown", comp, "quorum", `["nothing"]`, `["nothing"]`, "quorum"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, got, err := resolve(t, tc.tab, tc.method, tc.in)
			if err != nil {
				t.Fatal(err)
			}
			if got != tc.want || m != tc.wantMe {
				t.Errorf("%s %s, want %s %s", m, got, tc.wantMe, tc.want)
			}
		})
	}
}

func TestResolveRefuses(t *testing.T) {
	std, comp := Standard(), composite(t)
	for _, tc := range []struct {
		name       string
		tab        *Table
		method, in string
		code       rpcerr.Code
		message    string
	}{
		{"unknown method", std, "getnothing", "[]", rpcerr.MethodNotFound, "Method not found"},
		{"empty method", std, "", "[]", rpcerr.MethodNotFound, "Method not found"},
		{"too few", std, "getblockhash", "[]", rpcerr.Misc, Standard().Help("getblockhash")},
		{"too many", std, "help", `["a","b","c"]`, rpcerr.Misc, Standard().Help("help")},
		{"very many", std, "uptime", "[" + strings.Repeat("0,", 100000) + "0]", rpcerr.Misc, Standard().Help("uptime")},
		{"missing by name", std, "getblock", `{"verbose":1}`, rpcerr.InvalidParameter, ""},
		{"unknown name", std, "help", `{"random":"x"}`, rpcerr.InvalidParameter, "Unknown named parameter random"},
		{"unknown name beside args", std, "echo", `{"args":[1],"x":1}`, rpcerr.InvalidParameter, "Unknown named parameter x"},
		{"same name twice", std, "echo", `{"arg0":1,"arg0":2}`, rpcerr.InvalidParameter, "Parameter arg0 specified multiple times"},
		{"args twice", std, "echo", `{"args":[],"args":[]}`, rpcerr.InvalidParameter, "Parameter args specified multiple times"},
		{"two names of one", std, "getblock", `{"blockhash":"h","verbose":1,"verbosity":2}`, rpcerr.InvalidParameter, "Unknown named parameter verbose"},
		{"position and name", std, "echo", `{"args":[0,1],"arg1":1}`, rpcerr.InvalidParameter,
			"Parameter arg1 specified twice both as positional and named argument"},
		{"null position and name", std, "echo", `{"args":[0,null,2],"arg1":1}`, rpcerr.InvalidParameter,
			"Parameter arg1 specified twice both as positional and named argument"},
		{"many unknown names", std, "echo", "{" + strings.Repeat(`"zz":0,`, 100000) + `"zz":0}`, rpcerr.InvalidParameter, "Unknown named parameter zz"},
		{"composite arity", comp, "quorum", `["list",1,[],3]`, rpcerr.Misc, composite(t).Help("quorum list")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, got, err := resolve(t, tc.tab, tc.method, tc.in)
			if tc.message == "" { // a missing argument in the middle is null, as in Dash Core
				if err != nil || got != "[null,1]" {
					t.Fatalf("%s %s %v", m, got, err)
				}
				return
			}
			if err == nil {
				t.Fatalf("accepted: %s %s", m, got)
			}
			if err.Code != tc.code || err.Message != tc.message {
				t.Errorf("%d %q, want %d %q", err.Code, err.Message, tc.code, tc.message)
			}
		})
	}
}

func TestConvert(t *testing.T) {
	std, comp := Standard(), composite(t)
	for _, tc := range []struct {
		name   string
		tab    *Table
		named  bool
		method string
		words  []string
		want   string // or the error
	}{
		{"strings", std, false, "echo", []string{"0", "[1]", "a\"b"}, `["0","[1]","a\"b"]`},
		{"json", std, false, "echojson", []string{"0", `{"a": [1, "x"]}`, "null"}, `[0,{"a":[1,"x"]},null]`},
		{"number", std, false, "getblockhash", []string{"007"}, "Error parsing JSON: 007"},
		{"quoted", std, false, "getblockhash", []string{"'12'"}, "[12]"},
		{"bad", std, false, "getblockhash", []string{"foo"}, "Error parsing JSON: foo"},
		{"hash stays a string", std, false, "getblock", []string{"123", "2"}, `["123",2]`},
		{"unknown method", std, false, "nothing", []string{"1", "true"}, `["1","true"]`},
		{"surplus", std, false, "getblockhash", []string{"1", "2"}, `[1,"2"]`},
		{"passphrase of digits", std, false, "createwallet", []string{"w", "false", "true", "123"}, `["w",false,true,"123"]`},
		{"number text", std, false, "echojson", []string{"1.10000000"}, `[1.10000000]`},
		{"malformed utf8", std, false, "echo", []string{"\xff"}, "Error parsing arguments: not valid UTF-8"},
		{"named", std, true, "getblock", []string{"blockhash=ab", "verbose=1"}, `{"blockhash":"ab","verbose":1}`},
		{"alias", std, true, "getblock", []string{"verbosity=0"}, `{"verbosity":0}`},
		{"last name counts", std, true, "echo", []string{"arg0=0", "arg1=1", "arg2=2", "arg1=3"}, `{"arg0":"0","arg1":"3","arg2":"2"}`},
		{"mixed", std, true, "echo", []string{"0", "arg3=3", "1"}, `{"arg3":"3","args":["0","1"]}`},
		{"args twice", std, true, "echo", []string{"args=[0]", "4"}, `{"args":"[0]","args":["4"]}`},
		{"value with equals", std, true, "echo", []string{"arg0=a=b"}, `{"arg0":"a=b"}`},
		{"named bad", std, true, "stop", []string{"wait=x"}, "Error parsing JSON: x"},
		{"composite", comp, false, "quorum", []string{"list", "3", "1.2.3.4"}, `["list",3,"1.2.3.4"]`},
		{"composite json", comp, false, "quorum", []string{"list", "3", `["1.2.3.4"]`}, `["list",3,["1.2.3.4"]]`},
		{"composite named", comp, true, "quorum", []string{"list", "count=3"}, `{"count":3,"args":["list"]}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			convert := tc.tab.ConvertPositional
			if tc.named {
				convert = tc.tab.ConvertNamed
			}
			got, err := convert(tc.method, tc.words)
			if err != nil {
				got = []byte(err.Error())
			}
			if string(got) != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestConversions(t *testing.T) {
	var rows [][]any
	if err := json.Unmarshal(Standard().AppendConversions(nil), &rows); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, r := range rows {
		got[r[0].(string)+"."+r[2].(string)] = r[3].(bool)
	}
	for name, isString := range map[string]bool{
		"getblock.blockhash": true, "getblock.verbosity": false, "getblock.verbose": false,
		"stop.wait": false, "createwallet.passphrase": true, "echo.arg0": true,
	} {
		if s, ok := got[name]; !ok || s != isString {
			t.Errorf("%s: %v %v", name, s, ok)
		}
	}
}

// FuzzResolve feeds parameters of any shape to methods of every shape: the
// answer is an error or as many arguments as the row allows, each of them a
// part of the request.
func FuzzResolve(f *testing.F) {
	f.Add("echo", []byte(`{"args":[0,1],"arg3":3}`))
	f.Add("getblock", []byte(`{"verbose":1,"verbosity":2,"blockhash":"h"}`))
	f.Add("quorum", []byte(`["list",1]`))
	f.Add("alias", []byte(`{"bbb":1,"a":"","args":[[]]}`))
	std, comp := Standard(), composite(f)
	f.Fuzz(func(t *testing.T, name string, params []byte) {
		v, ok := univalue.Parse(params)
		if !ok {
			return
		}
		for _, tab := range []*Table{std, comp} {
			m, args, err := tab.Resolve(name, v)
			if err != nil {
				if m != nil || args != nil || err.Code == 0 || err.Message == "" {
					t.Fatalf("%v %v %v", m, args, err)
				}
				continue
			}
			if len(args) < m.Required() || len(args) > len(m.Params) {
				t.Fatalf("%s: %d arguments", m.Name, len(args))
			}
			for _, a := range args {
				if !a.IsNull() && !strings.Contains(string(params), string(a.Raw())) {
					t.Fatalf("%q is no part of %q", a.Raw(), params)
				}
			}
		}
	})
}

// FuzzConvert checks that what dash-cli sends is JSON, and that the server
// reads it as what was meant.
func FuzzConvert(f *testing.F) {
	f.Add("getblock", "ab\nverbose=1", true)
	f.Add("echojson", "[1]\n{}\n'2'", false)
	f.Add("quorum", "list\ncount=1\n[\"a\"]", true)
	std, comp := Standard(), composite(f)
	f.Fuzz(func(t *testing.T, name, words string, named bool) {
		list := strings.Split(words, "\n")
		for _, tab := range []*Table{std, comp} {
			convert := tab.ConvertPositional
			if named {
				convert = tab.ConvertNamed
			}
			out, err := convert(name, list)
			if err != nil {
				continue
			}
			v, ok := univalue.Parse(out)
			if !ok {
				t.Fatalf("%q is not JSON", out)
			}
			if !named && v.Len() != len(list) {
				t.Fatalf("%d words became %d", len(list), v.Len())
			}
			tab.Resolve(name, v)
		}
	})
}

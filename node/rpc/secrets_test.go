package rpc

import (
	"bytes"
	"context"
	"dashmp/node/rpc/rpcerr"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashmp/ipc"
	"dashmp/node"
	"dashmp/node/rpc/internal/httpd"
	"dashmp/node/rpc/method"
	"dashmp/node/rpc/univalue"
)

// planted is the secret that must not be found where it does not belong. It
// has characters that JSON escapes, so that a copy in either form is found.
const planted = `pl"anted\secret-é`

const plantedJSON = `"pl\"anted\\secret-\u00e9"`

// leaked reports whether s holds the planted secret in any form it could take
// on its way.
func leaked(s string) bool {
	return strings.Contains(s, "anted") || strings.Contains(s, "secret-")
}

// checkNoLeak searches everything that this role gave away.
func (r *rig) checkNoLeak(what string) {
	r.t.Helper()
	for _, o := range []*owner{r.core, r.wallet, &r.box.owner} {
		for _, c := range o.calls {
			if leaked(fmt.Sprintf("%s %s %s %s", c.Method, c.Params, c.Wallet, c.User)) {
				r.t.Errorf("%s: an owner got %s %s", what, c.Method, c.Params)
			}
		}
	}
	if leaked(r.log.String()) {
		r.t.Errorf("%s: it is in the log:\n%s", what, r.log.String())
	}
}

// shaped is the planted secret where the parameter has one: alone, or inside
// arrays and objects.
func shaped(p *method.Param) string {
	switch {
	case p.Type == method.Arr:
		return "[" + shaped(&p.Inner[0]) + "]"
	case p.Type == method.Obj || p.Type == method.ObjKeys:
		for i := range p.Inner {
			if p.Inner[i].HasSecret() {
				return fmt.Sprintf("{%q:%s}", p.Inner[i].First(), shaped(&p.Inner[i]))
			}
		}
	}
	return plantedJSON
}

// requests are calls of m with the secret in its i-th parameter: by position,
// by each name, in a batch.
func requests(m *method.Method, i int) map[string]string {
	args := make([]string, max(m.Required(), i+1))
	for j := range args {
		args[j] = "null"
	}
	planted := shaped(&m.Params[i])
	args[i] = planted
	out := map[string]string{"positional": fmt.Sprintf(`{"method":%q,"params":[%s]}`, m.Name, strings.Join(args, ","))}
	for _, n := range m.Params[i].Names() {
		out["named "+n] = fmt.Sprintf(`{"method":%q,"params":{%q:%s,%q:null}}`, m.Name, n, planted, m.Params[m.Required()-1].First())
		if i == m.Required()-1 {
			out["named "+n] = fmt.Sprintf(`{"method":%q,"params":{%q:%s}}`, m.Name, n, planted)
		}
	}
	out["batch"] = "[" + out["positional"] + "," + out["positional"] + "]"
	return out
}

// TestPlantedSecrets sends every method with a secret in every parameter that
// the table marks, in every form of a call, with the owners up, down and
// failing. The secret reaches the SecretBox and nothing else.
func TestPlantedSecrets(t *testing.T) {
	situations := map[string]func(r *rig){
		"all up":           func(*rig) {},
		"owner fails":      func(r *rig) { r.wallet.answer, r.box.owner.answer = failing, failing },
		"deposit fails":    func(r *rig) { r.box.refuse = &ipc.Error{Kind: ipc.ErrLimit, Text: "no room"} },
		"signer gone":      func(r *rig) { r.box.refuse = &ipc.Error{Kind: ipc.ErrDisconnected, Text: "gone"} },
		"signer is down":   func(r *rig) { r.SetSecrets(nil) },
		"wallet is down":   func(r *rig) { r.SetWallet(nil) },
		"still warming up": func(r *rig) { r.mu.Lock(); r.warmup = "wait"; r.mu.Unlock() },
	}
	marked := 0
	for _, m := range method.Standard().All() {
		for i := range m.Params {
			if !m.Params[i].HasSecret() {
				continue
			}
			marked++
			for situation, prepare := range situations {
				for form, body := range requests(m, i) {
					r := newRig(t, nil)
					prepare(r)
					_, reply := r.dial().post("/", body)
					what := fmt.Sprintf("%s %s, %s, %s", m.Name, m.Params[i].Name, form, situation)
					if leaked(reply) {
						t.Errorf("%s: the reply repeats it: %s", what, reply)
					}
					r.checkNoLeak(what)
					if situation == "all up" {
						r.checkDelivered(what)
					}
					r.cut()
				}
			}
		}
	}
	if marked < 2 {
		t.Fatalf("the control failed: only %d parameters are marked", marked)
	}
}

func failing(_ context.Context, _ node.RPCRequest) (node.RPCReply, error) {
	return node.RPCReply{}, errors.New("failed on purpose")
}

// checkDelivered is the control: the call was made, with a handle that is good
// for the secret, and the handle was given up afterwards.
func (r *rig) checkDelivered(what string) {
	r.t.Helper()
	calls := append(append([]node.RPCRequest{}, r.wallet.calls...), r.box.owner.calls...)
	if len(calls) == 0 {
		r.t.Errorf("%s: the call was not made", what)
	}
	for n, c := range calls {
		if want := fmt.Sprintf(`"secret:%d"`, n+1); !bytes.Contains(c.Params, []byte(want)) {
			r.t.Errorf("%s: %s has no %s", what, c.Params, want)
		}
		if got := r.box.secrets[uint64(n+1)]; got != planted && got != "["+plantedJSON+"]" { // alone, or packed
			r.t.Errorf("%s: the signer got %q", what, r.box.secrets[uint64(n+1)])
		}
	}
	if len(r.box.dropped) != len(calls) {
		r.t.Errorf("%s: %d handles dropped, %d used", what, len(r.box.dropped), len(calls))
	}
}

// TestSecretsInTheWrongShape: what could hide a secret goes nowhere.
func TestSecretsInTheWrongShape(t *testing.T) {
	r := newRig(t, nil)
	c := r.dial()
	for _, params := range []string{
		`["w",false,false,[` + plantedJSON + `]]`,
		`["w",false,false,{"passphrase":` + plantedJSON + `}]`,
		`{"wallet_name":"w","passphrase":123456}`,
		`{"wallet_name":"w","passphrase":true}`,
	} {
		c.wantError("createwallet", params, -3, "is not of expected type string")
	}
	c.wantError("createwallet", `{"wallet_name":"w","passphrase":`+plantedJSON+`,"pass":1}`, -8, "Unknown named parameter pass")
	c.wantError("createwallet", `["w",1,2,`+plantedJSON+`,4,5,6,7,8]`, -1, "createwallet")
	c.wantError("createwalet", `["w",1,2,`+plantedJSON+`]`, -32601, "Method not found")
	if n := r.wallet.count(); n > 0 {
		t.Errorf("%d calls reached the wallet", n)
	}
	if len(r.box.secrets) > 0 {
		t.Errorf("%d secrets were deposited for calls that are not made", len(r.box.secrets))
	}
	r.checkNoLeak("wrong shape")
}

// TestForgedHandles: a client that writes "secret:1" itself names no handle.
func TestForgedHandles(t *testing.T) {
	r := newRig(t, nil)
	c := r.dial()
	c.wantResult("createwallet", `["w",false,false,"secret:7"]`, `"createwallet"`)
	if got := string(r.wallet.last().Params); got != `["w",false,false,"secret:1"]` || r.box.secrets[1] != "secret:7" {
		t.Errorf("%s, deposited %q", got, r.box.secrets[1])
	}
}

// TestNestedSecrets runs what rows to come need: secrets in arrays, in objects
// and in objects with free keys.
func TestNestedSecrets(t *testing.T) {
	tab, err := method.NewTable([]method.Method{{
		Name: "import", Category: "wallet", Desc: "d", Owner: method.Wallet, Results: []method.Result{{}},
		Params: []method.Param{
			{Name: "keys", Type: method.Arr, Optional: true, Inner: []method.Param{{Name: "key", Type: method.Str, Secret: true}}},
			{Name: "requests", Type: method.Arr, Optional: true, Inner: []method.Param{
				{Name: "request", Type: method.Obj, Inner: []method.Param{
					{Name: "desc", Type: method.Str, Secret: true},
					{Name: "timestamp", Type: method.Num},
				}},
			}},
			{Name: "by_name", Type: method.ObjKeys, Optional: true, Inner: []method.Param{{Name: "name", Type: method.Str, Secret: true}}},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, nil)
	r.table = tab
	c := r.dial()
	c.wantResult("import", `[ ["a", `+plantedJSON+`, ""], [{"desc":`+plantedJSON+`, "timestamp": 0},null], {"x":`+plantedJSON+`}]`, `"import"`)
	want := `[["secret:1","secret:2",""],[{"desc":"secret:3","timestamp":0},null],{"x":"secret:4"}]`
	if d := cmp.Diff(want, string(r.wallet.last().Params)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[uint64]string{1: "a", 2: planted, 3: planted, 4: planted}, r.box.secrets); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]uint64{1, 2, 3, 4}, r.box.dropped); d != "" {
		t.Error(d)
	}
	before := r.wallet.count()
	for params, message := range map[string]string{
		`{"keys":` + plantedJSON + `}`:                      "JSON value of type string is not of expected type array",
		`{"keys":{"key":` + plantedJSON + `}}`:              "JSON value of type object is not of expected type array",
		`{"keys":[[` + plantedJSON + `]]}`:                  "JSON value of type array is not of expected type string",
		`{"requests":[` + plantedJSON + `]}`:                "JSON value of type string is not of expected type object",
		`{"requests":[{"descriptor":` + plantedJSON + `}]}`: "Unexpected key in request",
		`{"by_name":[` + plantedJSON + `]}`:                 "JSON value of type array is not of expected type object",
	} {
		c.wantError("import", params, -3, message)
	}
	if r.wallet.count() != before {
		t.Error("a call that must go nowhere reached the wallet")
	}
	r.checkNoLeak("nested")
	// The one that failed in the middle gave its handles up.
	c.wantError("import", `[["x"],["y"]]`, -3, "expected type object")
	if n := len(r.box.dropped); n != 5 {
		t.Errorf("%d handles dropped, want 5", n)
	}
}

// TestDecodedSecretIsWiped looks at the buffer that a secret is decoded into.
func TestDecodedSecretIsWiped(t *testing.T) {
	r := newRig(t, nil)
	v, _ := univalue.Parse([]byte(plantedJSON))
	p := r.protector(t.Context(), "m")
	if _, err := p.secret(nil, v); err != nil || r.box.secrets[1] != planted {
		t.Fatalf("the control failed: %v %q", err, r.box.secrets[1])
	}
	used := p.buf[:cap(p.buf)]
	if len(used) < len(planted) {
		t.Fatal("the control failed: the buffer was not used")
	}
	if !bytes.Equal(used, make([]byte, len(used))) {
		t.Errorf("%q is left", used)
	}
}

// TestExportedSecrets: what a result names by a handle stands in the reply, only
// where the method's row says so, in single calls and in batches.
func TestExportedSecrets(t *testing.T) {
	r := newRig(t, nil)
	shows := func(name string, secret bool) method.Method {
		return method.Method{Name: name, Category: "hidden", Owner: method.Wallet, Desc: "shows a key", Results: []method.Result{
			{Kind: method.RObj, Inner: []method.Result{{Kind: method.RStr, Key: "key", Desc: "the key", Secret: secret}}},
		}}
	}
	var err error
	if r.table, err = method.NewTable([]method.Method{shows("showkey", true), shows("shownone", false)}); err != nil {
		t.Fatal(err)
	}
	next := uint64(6)
	r.box.exports = map[uint64]string{}
	r.wallet.answer = func(context.Context, node.RPCRequest) (node.RPCReply, error) {
		next++
		r.box.exports[next] = planted
		return node.RPCReply{Result: fmt.Appendf(nil, `{"note":"export: 7","key":"export:%d"}`, next)}, nil
	}
	ask := func(body string) string {
		t.Helper()
		_, out := r.answer(t.Context(), &httpd.Request{URI: "/", Body: []byte(body)}, "user", []byte("head"))
		return strings.TrimSpace(string(out[len("head"):]))
	}
	shown := `{"result":{"note":"export: 7","key":` + string(univalue.AppendString(nil, planted)) + `},"error":null,"id":1}`
	hidden := `{"result":{"note":"export: 7","key":"export:%d"},"error":null,"id":2}`
	one, two := `{"method":"showkey","id":1}`, `{"method":"shownone","id":2}`
	for name, c := range map[string][2]string{
		"one":       {one, shown},
		"batch":     {"[" + one + "," + two + "," + one + "]", "[" + shown + "," + hidden + "," + shown + "]"},
		"no secret": {two, hidden},
	} {
		start := next
		want := c[1]
		if strings.Contains(want, "%d") {
			n := start + 1
			if name == "batch" {
				n++
			}
			want = fmt.Sprintf(want, n)
		}
		if got := ask(c[0]); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	r.wallet.answer = func(context.Context, node.RPCRequest) (node.RPCReply, error) {
		return node.RPCReply{Result: []byte(`{"key":"export:99"}`)}, nil
	}
	if got := ask(one); strings.Contains(got, "export:99") || !strings.Contains(got, "nothing was exported") {
		t.Errorf("an export that is gone: %s", got)
	}
	r.SetSecrets(nil)
	if got := ask(one); !strings.Contains(got, "dash-signer is not running") {
		t.Errorf("no signer: %s", got)
	}
	r.checkNoLeak("exports")
}

// TestNewFile: the owner gets a handle and a path instead of the name, and the
// file is kept only if the call succeeded.
func TestNewFile(t *testing.T) {
	super := &supervisor{}
	p := &protector{ctx: t.Context(), broker: super}
	par := &method.Param{Name: "path", Type: method.Str, NewFile: true}
	parse := func(text string) univalue.Value {
		v, ok := univalue.Parse([]byte(text))
		if !ok {
			t.Fatal(text)
		}
		return v
	}
	got, err := p.append(nil, par, parse(`"utxo.dat"`))
	if err != nil || string(got) != `"export:7:/data/utxo.dat"` {
		t.Errorf("%s, %v", got, err)
	}
	if err := p.finish(true); err != nil {
		t.Error(err)
	}
	p.finish(false) // it is finished
	if _, err := p.append(nil, par, parse(`"taken"`)); err == nil || err.Code != rpcerr.InvalidParameter || err.Message != "taken already exists." {
		t.Errorf("%v", err)
	}
	if _, err := p.append(nil, par, parse(`5`)); err == nil || err.Code != rpcerr.Type {
		t.Errorf("%v", err)
	}
	if want := []string{"create utxo.dat", "finish 7 true"}; !slices.Equal(super.exports, want) {
		t.Errorf("%q", super.exports)
	}
}

// TestPacked: the secrets of an array travel together, each deposit the JSON of
// an array; nothing but strings passes.
func TestPacked(t *testing.T) {
	r := newRig(t, nil)
	p := &protector{ctx: t.Context(), method: "m", box: r.box}
	par := &method.Param{Name: "keys", Type: method.Arr, Packed: true, Inner: []method.Param{{Name: "key", Secret: true}}}
	parse := func(text string) univalue.Value {
		v, ok := univalue.Parse([]byte(text))
		if !ok {
			t.Fatal(text)
		}
		return v
	}
	long := strings.Repeat(`"`+strings.Repeat("k", 1000)+`",`, 50)
	for text, want := range map[string]int{"[]": 0, `["a"]`: 1, `["a", "b"]`: 1, "[" + long[:len(long)-1] + "]": 2} {
		p.handles = nil
		got, err := p.append(nil, par, parse(text))
		if err != nil || len(p.handles) != want || parse(string(got)).Len() != want {
			t.Errorf("%.40s: %s, %d handles, %v", text, got, len(p.handles), err)
		}
	}
	for _, text := range []string{`["a",5]`, `"a"`, `[["a"]]`, `["` + strings.Repeat("k", packSize) + `"]`} {
		if got, err := p.append(nil, par, parse(text)); err == nil {
			t.Errorf("%.40s passes as %s", text, got)
		}
	}
}

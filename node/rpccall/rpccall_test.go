package rpccall

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashmp/node"
	"dashmp/node/rpc/rpcerr"
)

func execute(t *testing.T, params string, m Method) node.RPCReply {
	t.Helper()
	reply, err := Methods{"m": m}.Execute(t.Context(), node.RPCRequest{Method: "m", Params: []byte(params), Wallet: "w"})
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

func TestExecute(t *testing.T) {
	ok := func(context.Context, *Call) (any, error) { return "<&>", nil }
	tests := []struct {
		name, params string
		method       Method
		want         node.RPCReply
	}{
		{"result", `[]`, ok, node.RPCReply{Result: []byte(`"<&>"`)}},
		{"no parameters at all", "", ok, node.RPCReply{Result: []byte(`"<&>"`)}},
		{"no array", `{"a":1}`, ok, node.RPCReply{Code: -32600, Message: "Params must be an array"}},
		{"no JSON", `[`, ok, node.RPCReply{Code: -32600, Message: "Params must be an array"}},
		{"code", `[]`, func(context.Context, *Call) (any, error) { return nil, rpcerr.Errorf(-8, "x %d", 1) }, node.RPCReply{Code: -8, Message: "x 1"}},
		{"plain error", `[]`, func(context.Context, *Call) (any, error) { return nil, errors.New("y") }, node.RPCReply{Code: -1, Message: "y"}},
		{"no JSON result", `[]`, func(context.Context, *Call) (any, error) { return func() {}, nil }, node.RPCReply{Code: -32603, Message: "json: unsupported type: func()"}},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, execute(t, tt.params, tt.method)); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
	}
	reply, err := Methods{}.Execute(t.Context(), node.RPCRequest{Method: "m"})
	if err != nil || reply.Code != -32601 {
		t.Errorf("a method that is not in the table: %+v, %v", reply, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := (Methods{"m": func(context.Context, *Call) (any, error) { cancel(); return 1, nil }}).Execute(ctx, node.RPCRequest{Method: "m"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled call: %v", err)
	}
}

// The texts are those that Dash Core v23.1 answered to the same parameters.
func TestParameters(t *testing.T) {
	integer := func(_ context.Context, c *Call) (any, error) { return c.Int(0) }
	text := func(_ context.Context, c *Call) (any, error) { return c.String(0) }
	boolean := func(_ context.Context, c *Call) (any, error) { return c.BoolOr(0, true) }
	count := func(_ context.Context, c *Call) (any, error) { return nil, c.Count(1, 2) }
	const range32 = "JSON integer out of range"
	tests := []struct {
		params string
		method Method
		want   node.RPCReply
	}{
		{`[7]`, integer, node.RPCReply{Result: []byte("7")}},
		{`[-2147483648]`, integer, node.RPCReply{Result: []byte("-2147483648")}},
		{`[2147483648]`, integer, node.RPCReply{Code: -1, Message: range32}},
		{`[1.5]`, integer, node.RPCReply{Code: -1, Message: range32}},
		{`[1e3]`, integer, node.RPCReply{Code: -1, Message: range32}},
		{`["a"]`, integer, node.RPCReply{Code: -3, Message: "JSON value of type string is not of expected type number"}},
		{`[null]`, integer, node.RPCReply{Code: -3, Message: "JSON value of type null is not of expected type number"}},
		{`[]`, integer, node.RPCReply{Code: -3, Message: "JSON value of type null is not of expected type number"}},
		{`["a\n"]`, text, node.RPCReply{Result: []byte(`"a\n"`)}},
		{`[5]`, text, node.RPCReply{Code: -3, Message: "JSON value of type number is not of expected type string"}},
		{`[1]`, boolean, node.RPCReply{Code: -3, Message: "JSON value of type number is not of expected type bool"}},
		{`[null]`, boolean, node.RPCReply{Result: []byte("true")}},
		{`[false]`, boolean, node.RPCReply{Result: []byte("false")}},
		{`[1,2]`, count, node.RPCReply{Result: []byte("null")}},
		{`[1,2,3]`, count, node.RPCReply{Code: -1, Message: "m takes 1 to 2 parameters, not 3"}},
		{`[]`, count, node.RPCReply{Code: -1, Message: "m takes 1 to 2 parameters, not 0"}},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, execute(t, tt.params, tt.method)); d != "" {
			t.Errorf("%s: %s", tt.params, d)
		}
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[any]string{
		Double(1): "1", Double(0.000244140625): "0.000244140625", Double(4.6565423739069247e-10): "4.656542373906925e-10",
		Double(7.363991252446122e-08): "7.363991252446122e-08", Double(123456789): "123456789", Double(1e21): "1e+21", Double(math.NaN()): "0",
		Amount(5000000000): "50.00000000", Amount(1): "0.00000001", Amount(-123456789): "-1.23456789", Amount(math.MinInt64): "-92233720368.54775808",
	} {
		got, err := Encode(v)
		if err != nil || string(got) != want {
			t.Errorf("%v is %s, want %s (%v)", v, got, want, err)
		}
	}
	got, err := Encode(Object{{"z", 1}, {"a\"", Object{}}, {"m", []Amount{1}}})
	if want := `{"z":1,"a\"":{},"m":[0.00000001]}`; err != nil || string(got) != want {
		t.Errorf("got %s, want %s (%v)", got, want, err)
	}
}

package rpc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashmp/ipc"
	"dashmp/node"
)

// TestBatchCrossesTogether: neighbours for the core are one call, in their
// order, with an answer and an error each; whatever else is between them is not
// overtaken.
func TestBatchCrossesTogether(t *testing.T) {
	r := newRig(t, nil)
	r.core.answer = func(_ context.Context, req node.RPCRequest) (node.RPCReply, error) {
		if req.Method == "getblock" {
			return node.RPCReply{Code: -5, Message: "Block not found"}, nil
		}
		return node.RPCReply{Result: fmt.Appendf(nil, "[%q,%s]", req.Method, req.Params)}, nil
	}
	_, body := r.dial().post("/", `[{"method":"getblockcount","id":1},{"method":"getblockhash","params":[7],"id":2},`+
		`{"method":"getblock","params":{"blockhash":"x"},"id":3},{"method":"uptime","id":4},5,{"method":"no","id":6},`+
		`{"method":"getblockhash","params":[null],"id":7},{"method":"getblockcount","id":8}]`)
	want := strings.Join([]string{
		`[{"result":["getblockcount",[]],"error":null,"id":1}`, `{"result":["getblockhash",[7]],"error":null,"id":2}`,
		`{"result":null,"error":{"code":-5,"message":"Block not found"},"id":3}`, `{"result":0,"error":null,"id":4}`,
		`{"result":null,"error":{"code":-32600,"message":"Invalid Request object"},"id":null}`,
		`{"result":null,"error":{"code":-32601,"message":"Method not found"},"id":6}`,
		`{"result":["getblockhash",[null]],"error":null,"id":7}`, `{"result":["getblockcount",[]],"error":null,"id":8}]` + "\n",
	}, ",")
	if d := cmp.Diff(want, body); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int{3, 2}, r.core.groups); d != "" {
		t.Errorf("groups: %s", d)
	}
}

// TestBatchGroupsAreBounded: by number, by the size of parameters, and by what
// the core answers at a time; a batch is answered in full all the same.
func TestBatchGroupsAreBounded(t *testing.T) {
	long := strings.Repeat("x", maxGroup/4)
	for name, tt := range map[string]struct {
		calls  int
		params string
		result int
		groups []int
	}{
		"number":     {2*node.MaxBatchCalls + 1, "[]", 1, []int{node.MaxBatchCalls, node.MaxBatchCalls, 1}},
		"parameters": {7, `["` + long + `"]`, 1, []int{3, 3, 1}},
		"answers":    {5, "[]", node.MaxBatchReply * 2 / 3, []int{5, 3, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			r.core.answer = func(context.Context, node.RPCRequest) (node.RPCReply, error) {
				return node.RPCReply{Result: fmt.Appendf(nil, "%q", strings.Repeat("y", tt.result))}, nil
			}
			method := "getblockcount"
			if tt.params != "[]" {
				method = "getblockheader"
			}
			one := fmt.Sprintf(`{"method":%q,"params":%s,"id":"number"}`, method, tt.params)
			_, body := r.dial().post("/", "["+one+strings.Repeat(","+one, tt.calls-1)+"]")
			if n := strings.Count(body, `"error":null,"id":"number"`); n != tt.calls {
				t.Errorf("%d answers to %d calls: %.200s", n, tt.calls, body)
			}
			if d := cmp.Diff(tt.groups, r.core.groups); d != "" {
				t.Errorf("groups: %s", d)
			}
		})
	}
}

// TestBatchWithoutCore: every call has the error.
func TestBatchWithoutCore(t *testing.T) {
	r := newRig(t, nil)
	r.core.answer = func(context.Context, node.RPCRequest) (node.RPCReply, error) {
		return node.RPCReply{}, ipc.Errorf(ipc.ErrDisconnected, "gone")
	}
	c := r.dial()
	batch := `[{"method":"getblockcount","id":1},{"method":"getblockcount","id":2}]`
	for _, want := range []string{"the connection to it was lost during the call", "dash-node-core is not running: the call was not made"} {
		if _, body := c.post("/", batch); strings.Count(body, want) != 2 || strings.Count(body, `"result":null`) != 2 {
			t.Errorf("%s", body)
		}
		r.SetNode(nil)
	}
	r.SetNode(lying{r.core})
	if _, body := c.post("/", batch); strings.Count(body, "gave 3 answers to 2 calls") != 2 {
		t.Errorf("%s", body)
	}
}

// lying answers more than it was asked.
type lying struct{ *owner }

func (lying) ExecuteRPCs(context.Context, []node.RPCRequest) ([]node.RPCReply, error) {
	return make([]node.RPCReply, 3), nil
}

func TestBatchBoundsOfTheCore(t *testing.T) {
	if _, err := node.Batch(t.Context(), make([]node.RPCRequest, node.MaxBatchCalls+1), nil); !errors.Is(err, node.ErrArgument) {
		t.Errorf("got %v", err)
	}
}

package rpc

import (
	"context"
	"strings"
	"testing"

	"dashmp/node"
)

// TestWaitingCallsEndWithTheServer: a call that waits for a block is answered
// with the tip when the server stops; one that has no such answer is told.
func TestWaitingCallsEndWithTheServer(t *testing.T) {
	for request, want := range map[string]string{
		`{"method":"waitfornewblock","params":[]}`:                `"result":"waitfornewblock [1]"`,
		`{"method":"waitfornewblock","params":[5000]}`:            `"result":"waitfornewblock [1]"`,
		`{"method":"waitforblock","params":["ab",0]}`:             `"result":"waitforblock [\"ab\",1]"`,
		`{"method":"waitforblockheight","params":{"height":500}}`: `"result":"waitforblockheight [500,1]"`,
		`{"method":"getblocktemplate","params":[]}`:               `"message":"Shutting down"`,
	} {
		r := newRig(t, nil)
		waiting := make(chan struct{})
		first := true
		r.core.answer = func(ctx context.Context, req node.RPCRequest) (node.RPCReply, error) {
			if first {
				first = false
				close(waiting)
				<-ctx.Done()
				return node.RPCReply{}, ctx.Err()
			}
			text := strings.ReplaceAll(string(req.Params), `"`, `\"`)
			return node.RPCReply{Result: []byte(`"` + req.Method + " " + text + `"`)}, nil
		}
		c := r.dial()
		got := make(chan string)
		go func() {
			_, body := c.post("/", request)
			got <- body
		}()
		<-waiting
		r.Stop(context.Background())
		if body := <-got; !strings.Contains(body, want) {
			t.Errorf("%s: %s, want %s", request, body, want)
		}
	}
}

package blockchain

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"dashmp/node"
	"dashmp/node/internal/realdata"
)

// BenchmarkRPC measures calls about a block of seven transactions, without what
// carries them.
func BenchmarkRPC(b *testing.B) {
	var r recording
	realdata.JSON(b, recordedPath, &r)
	c := open(b, func() time.Time { return time.Unix(r.Time, 0) }, nil)
	if _, err := c.chain.Import(b.Context(), bytes.NewReader(append(r.Blocks, make([]byte, 1<<10)...))); err != nil {
		b.Fatal(err)
	}
	if err := c.chain.Activate(b.Context()); err != nil {
		b.Fatal(err)
	}
	hash := quote(c.chain.ActiveAt(130).Hash().String())
	for _, call := range []struct{ name, method, args string }{
		{"getblockcount", "getblockcount", "[]"},
		{"getblockheader", "getblockheader", "[" + hash + "]"},
		{"getblock 0", "getblock", "[" + hash + ",0]"},
		{"getblock 1", "getblock", "[" + hash + ",1]"},
		{"getblock 2", "getblock", "[" + hash + ",2]"},
		{"getblock 3", "getblock", "[" + hash + ",3]"},
		{"getblockstats", "getblockstats", "[" + hash + "]"},
	} {
		b.Run(call.name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				reply, err := c.methods.Execute(context.Background(), node.RPCRequest{Method: call.method, Params: []byte(call.args)})
				if err != nil || reply.Code != 0 {
					b.Fatal(fmt.Sprint(reply.Message, err))
				}
				size = len(reply.Result)
			}
			b.ReportMetric(float64(size), "bytes")
		})
	}
}

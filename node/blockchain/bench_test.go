package blockchain

import (
	"context"
	"fmt"
	"testing"

	"dashmp/node"
)

// BenchmarkRPC measures calls about a block of seven transactions, without what
// carries them.
func BenchmarkRPC(b *testing.B) {
	c, _ := openRecorded(b, nil)
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

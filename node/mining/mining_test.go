package mining

import (
	"context"
	"math"
	"testing"

	"dashmp/node"
	"dashmp/node/params"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/wire"
)

// TestScripts: the core is given scripts, and takes no descriptor for one.
func TestScripts(t *testing.T) {
	f := newFixture(t, params.Options{}, nil)
	direct := func(method string, args string) node.RPCReply {
		reply, err := f.Methods().Execute(t.Context(), node.RPCRequest{Method: method, Params: []byte(args)})
		if err != nil {
			t.Fatal(err)
		}
		return reply
	}
	for _, s := range []string{"raw(51)", "zz", "5", minerAddress} {
		for _, reply := range []node.RPCReply{direct("generatetodescriptor", `[1,"`+s+`"]`), direct("generateblock", `["`+s+`",[]]`)} {
			if reply.Code != int32(rpcerr.InvalidParameter) {
				t.Errorf("%q: %d %s", s, reply.Code, reply.Message)
			}
		}
	}
	if reply := direct("generatetodescriptor", `[1,"51"]`); reply.Code != 0 {
		t.Error(reply.Message)
	}
	if got := f.block(t, f.chain.Tip()).Txs[0].Outputs[0].ScriptPubKey; string(got) != "\x51" {
		t.Errorf("paid %x", got)
	}
	refused(t, f.call(t, nil, "generateblock", "addr(x)", []string{}), rpcerr.InvalidAddressOrKey, "Error: Invalid address or descriptor")
}

func TestInterrupt(t *testing.T) {
	f := newFixture(t, params.Options{}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	hashes, err := f.Generate(ctx, payTo(t, f.p), 5, DefaultMaxTries)
	if err != nil || len(hashes) != 0 {
		t.Errorf("%d blocks without a context, %v", len(hashes), err)
	}
	// No nonce fits: only the end of the miner ends the search.
	b := &wire.Block{Header: wire.Header{Bits: 0x03000001}, Txs: []*wire.Tx{{Version: 1}}}
	tries, done := uint64(math.MaxUint64), make(chan bool)
	go func() {
		_, found, more := f.solve(context.Background(), b, &tries)
		done <- found || more
	}()
	f.Interrupt()
	f.Interrupt()
	if <-done {
		t.Error("the search went on after Interrupt")
	}
	if hashes := f.mineSome(t); len(hashes) != 0 {
		t.Errorf("%d blocks after Interrupt", len(hashes))
	}
}

// mineSome asks for blocks and returns what comes.
func (f *fixture) mineSome(t *testing.T) (hashes []string) {
	t.Helper()
	f.must(t, &hashes, "generatetoaddress", 3, minerAddress)
	return hashes
}

func TestTries(t *testing.T) {
	f := newFixture(t, params.Options{}, nil)
	var hashes []string
	f.must(t, &hashes, "generatetoaddress", 1000, minerAddress, 20)
	// Each try finds a block with a chance of one half.
	if n := len(hashes); n == 0 || n == 1000 || n != f.chain.Tip().Height() {
		t.Errorf("%d blocks of 20 tries, the tip is at %d", n, f.chain.Tip().Height())
	}
	b := &wire.Block{Header: wire.Header{Bits: 0x03000001, Nonce: math.MaxUint32 - 1}, Txs: []*wire.Tx{{Version: 1}}}
	tries := uint64(5)
	if _, found, more := f.solve(t.Context(), b, &tries); found || !more || tries != 4 {
		t.Errorf("at the last nonce: found %v, more %v, %d tries left", found, more, tries)
	}
}

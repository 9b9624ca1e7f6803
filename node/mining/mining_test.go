package mining

import (
	"context"
	"math"
	"testing"

	"dashmp/node/params"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/wire"
)

func TestDescriptors(t *testing.T) {
	f := newFixture(t, params.Options{}, nil)
	// What holds a private key is refused, not used: this process must not have any.
	const wif = "cNWPsxLe7n79rqjzcVe3jQHrCQ5gE8aDBpP6uAxbgdi4YNpjY1zy"
	err := f.call(t, nil, "generatetodescriptor", 1, "pkh("+wif+")")
	if err == nil {
		t.Fatal("a descriptor with a private key was used")
	}
	if f.chain.Tip().Height() != 0 {
		t.Error("a block was made")
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

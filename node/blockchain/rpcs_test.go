package blockchain

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"dashmp/node"
	"dashmp/node/coins"
	"dashmp/node/pow"
	"dashmp/node/script"
	"dashmp/node/wire"
)

var anyone = []byte{byte(script.Op1)}

// mine extends the chain by n blocks whose coinbases anyone can spend.
func (b *bench) mine(t testing.TB, n int) {
	t.Helper()
	p := b.rpcs.o.Params
	for range n {
		tip := b.chain.Tip()
		sig := append(script.AppendInt(nil, int64(tip.Height()+1)), 1, 7)
		block := &wire.Block{
			Header: wire.Header{Version: 0x20000000, PrevBlock: tip.Hash(), Time: tip.Time() + 150, Bits: p.Consensus.PowLimit.Compact()},
			Txs: []*wire.Tx{{
				Version: 1, Inputs: []wire.TxIn{{PrevOut: wire.OutPoint{Index: wire.NullIndex}, ScriptSig: sig, Sequence: wire.SequenceFinal}},
				Outputs: []wire.TxOut{{Value: pow.Subsidy(tip.Bits(), tip.Height(), false, p).Block, ScriptPubKey: anyone}},
			}},
		}
		block.Header.MerkleRoot, _ = block.MerkleRoot()
		for !pow.Check(block.Header.Hash(), block.Header.Bits, p.Consensus.PowLimit) {
			block.Header.Nonce++
		}
		if _, err := b.chain.ProcessBlock(context.Background(), block, true); err != nil || b.chain.Tip() == tip {
			t.Fatal(b.chain.Tip().Height(), err)
		}
	}
}

func someTime() time.Time { return time.Unix(1_600_000_000, 0) }

// TestWaiting: a call that waits hears of the block, of the end of its time, of
// its client's end and of the node's.
func TestWaiting(t *testing.T) {
	b := open(t, someTime, nil)
	type answer struct {
		reply node.RPCReply
		err   error
	}
	begin := func(ctx context.Context, method, args string) <-chan answer {
		c := make(chan answer, 1)
		go func() {
			r, err := b.methods.Execute(ctx, node.RPCRequest{Method: method, Params: []byte(args)})
			c <- answer{r, err}
		}()
		return c
	}
	height := begin(t.Context(), "waitforblockheight", "[2]")
	b.mine(t, 1)
	select {
	case a := <-height:
		t.Fatalf("it answered %s at height 1", a.reply.Result)
	default:
	}
	b.mine(t, 1)
	tip := b.chain.Tip().Hash().String()
	if a := <-height; a.err != nil || string(a.reply.Result) != `{"hash":"`+tip+`","height":2}` {
		t.Errorf("%s, %v", a.reply.Result, a.err)
	}
	if a := <-begin(t.Context(), "waitforblock", `["`+strings.Repeat("0", 64)+`",1]`); a.err != nil || !strings.Contains(string(a.reply.Result), tip) {
		t.Errorf("after its time: %s, %v", a.reply.Result, a.err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	gone := begin(ctx, "waitfornewblock", "[]")
	cancel()
	if a := <-gone; !errors.Is(a.err, context.Canceled) {
		t.Errorf("its client is gone: %v", a.err)
	}
	stopped := begin(t.Context(), "waitfornewblock", "[]")
	b.rpcs.Close()
	if a := <-stopped; a.err != nil || !strings.Contains(string(a.reply.Result), tip) {
		t.Errorf("the node stops: %s, %v", a.reply.Result, a.err)
	}
}

// TestScan: the set is searched for the scripts that the signer made.
func TestScan(t *testing.T) {
	b := open(t, someTime, nil)
	b.mine(t, 3)
	code := hex.EncodeToString(anyone)
	var r struct {
		Success  bool
		TxOuts   int
		Unspents []struct{ Desc string }
		Total    json.Number `json:"total_amount"`
	}
	got := b.run(t, "scantxoutset", `["start",[["`+code+`","raw(51)#x"],["`+code+`","other"],["52","nobody"]]]`)
	if err := json.Unmarshal([]byte(got), &r); err != nil || !r.Success || r.TxOuts != 3 || len(r.Unspents) != 3 || r.Unspents[0].Desc != "raw(51)#x" {
		t.Errorf("%s, %v", got, err)
	}
	for _, bad := range []string{`["start",["addr(x)"]]`, `["start",[["51"]]]`, `["start",[["zz","x"]]]`, `["start",[[1,2]]]`, `["start",5]`} {
		if got := b.run(t, "scantxoutset", bad); got[0] != '-' {
			t.Errorf("%s: %s", bad, got)
		}
	}
	if !b.rpcs.scan.begin() {
		t.Fatal("a scan is left")
	}
	if got := b.run(t, "scantxoutset", `["start",[]]`); got != `-8: Scan already in progress, use action "abort" or "status"` {
		t.Error(got)
	}
	b.rpcs.scan.progress.Store(42)
	if got := b.run(t, "scantxoutset", `["status"]`); got != `{"progress":42}` {
		t.Error(got)
	}
	if got := b.run(t, "scantxoutset", `["abort"]`); got != "true" || !b.rpcs.scan.stop.Load() {
		t.Error(got)
	}
	b.rpcs.scan.end()
}

// file is an export in memory.
type file struct{ bytes.Buffer }

func (*file) Close() error { return nil }

// exports hands out one file.
type exports struct{ file *file }

func (e *exports) Take(_ context.Context, handle uint64) (io.WriteCloser, error) {
	if handle != 7 || e.file == nil {
		return nil, errors.New("no new file has this handle")
	}
	f := e.file
	e.file = nil
	return f, nil
}

// TestDump reads back what dumptxoutset wrote.
func TestDump(t *testing.T) {
	f := &file{}
	b := open(t, someTime, func(o *Options) { o.Exports = &exports{f} })
	b.mine(t, 5)
	got := b.run(t, "dumptxoutset", `["export:7:/data/utxo.dat"]`)
	if !strings.HasPrefix(got, `{"coins_written":5,"base_hash":"`+b.chain.Tip().Hash().String()+`","base_height":5,"path":"/data/utxo.dat","txoutset_hash":"`) ||
		!strings.HasSuffix(got, `,"nchaintx":6}`) {
		t.Error(got)
	}
	data := f.Bytes()
	tip := b.chain.Tip().Hash()
	if !bytes.Equal(data[:32], tip[:]) || binary.LittleEndian.Uint64(data[32:]) != 5 {
		t.Fatalf("%x", data[:40])
	}
	data = data[40:]
	if len(data)%5 != 0 { // all coins are alike
		t.Fatalf("%d bytes of 5 coins", len(data))
	}
	for size := len(data) / 5; len(data) > 0; data = data[size:] {
		c, err := coins.DecodeCoin(data[36:size])
		if err != nil || !c.Coinbase || !bytes.Equal(c.Out.ScriptPubKey, anyone) {
			t.Errorf("%+v, %v", c, err)
		}
	}
	for _, bad := range []string{`["utxo.dat"]`, `["export:7"]`, `["export:x:y"]`, `["export:7:again"]`} {
		if got := b.run(t, "dumptxoutset", bad); got[0] != '-' {
			t.Errorf("%s: %s", bad, got)
		}
	}
}

// TestLookupCoins: the signer gets what a transaction spends, as far as it is
// there; what is no transaction is left to it.
func TestLookupCoins(t *testing.T) {
	b := open(t, someTime, nil)
	b.mine(t, 1)
	block, err := b.chain.Block(t.Context(), b.chain.Tip())
	if err != nil {
		t.Fatal(err)
	}
	o := wire.OutPoint{Hash: block.Txs[0].ID()}
	tx := &wire.Tx{Version: 2, Inputs: []wire.TxIn{{PrevOut: o}, {PrevOut: o}, {PrevOut: wire.OutPoint{Hash: wire.Hash{1}}}}}
	got := b.run(t, LookupCoins, `["`+hex.EncodeToString(tx.Append(nil))+`"]`)
	if want := `[{"txid":"` + o.Hash.String() + `","vout":0,"scriptPubKey":"51","amount":`; !strings.HasPrefix(got, want) || strings.Count(got, "txid") != 1 {
		t.Error(got)
	}
	for _, none := range []string{`["zz"]`, `[""]`, `[5]`, `["00"]`} {
		if got := b.run(t, LookupCoins, none); got != "[]" {
			t.Errorf("%s: %s", none, got)
		}
	}
}

// FuzzArguments: no arguments make a method panic.
func FuzzArguments(f *testing.F) {
	for _, s := range []string{`[]`, `["00",1]`, `[{"0":["ab"]}]`, `["start",[["51","x"]]]`, `[1,["txs"]]`, `["0100000000000000000000","ab",3]`} {
		f.Add(uint8(0), s)
	}
	b := open(f, someTime, nil)
	b.mine(f, 2)
	var names []string
	for name := range b.methods {
		if !strings.HasPrefix(name, "wait") {
			names = append(names, name)
		}
	}
	f.Fuzz(func(t *testing.T, method uint8, args string) {
		name := names[int(method)%len(names)]
		reply, err := b.methods.Execute(context.Background(), node.RPCRequest{Method: name, Params: []byte(args)})
		if err != nil {
			t.Fatal(err)
		}
		if reply.Code == 0 && !json.Valid(reply.Result) {
			t.Fatalf("%s %s: %s", name, args, reply.Result)
		}
	})
}

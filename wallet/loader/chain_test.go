package loader

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dashmp/ipc"
	"dashmp/node"
	"dashmp/node/address"
	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
	"dashmp/wallet/signer"
)

func regtestBase58(t testing.TB) params.Base58 {
	t.Helper()
	p, err := params.Select(params.Regtest, params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Base58
}

// keyFiles is the signer's broker over a directory.
type keyFiles struct{ dir string }

func (k keyFiles) open(name string, flags int) (ipc.FD, error) {
	f, err := os.OpenFile(filepath.Join(k.dir, strings.ReplaceAll(name, "/", "%")), os.O_RDWR|flags, 0o600)
	if os.IsExist(err) {
		return ipc.FD{}, ipc.Errorf(kindExists, "it exists")
	}
	if err != nil {
		return ipc.FD{}, err
	}
	return ipc.FromFile(f)
}

func (k keyFiles) OpenKeyStore(_ context.Context, name string, create bool) (ipc.FD, error) {
	flags := 0
	if create {
		flags = os.O_CREATE | os.O_EXCL
	}
	return k.open(name+".keys", flags)
}

func (k keyFiles) OpenStoreKey(_ context.Context, name string) (ipc.FD, error) {
	return k.open(name+".secret", os.O_CREATE)
}

func newSigner(t *testing.T) *signer.Signer {
	t.Helper()
	s, err := signer.New(signer.Options{
		Network: "regtest", Base58: regtestBase58(t), Broker: keyFiles{t.TempDir()}, Policy: signer.DefaultPolicy("main"),
		Cost: signer.Cost{Time: 1, Memory: 64}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// RequestMempool of a core without one.
func (c *fakeChain) RequestMempool(context.Context, node.Notifications) error {
	return ipc.Errorf(node.ErrNoPool, "no mempool")
}

// SyncNotifications: the test tells everything before it asks.
func (c *fakeChain) SyncNotifications(context.Context) error { return nil }

// blockChain is a core with blocks and a mempool of its own.
type blockChain struct {
	node.Chain
	t      *testing.T
	blocks []*wire.Block // the active chain
	target node.Notifications
	pool   []*wire.Tx
}

func newBlockChain(t *testing.T) *blockChain {
	c := &blockChain{t: t}
	c.blocks = []*wire.Block{{Header: wire.Header{Version: 1, Time: 1_700_000_000}, Txs: []*wire.Tx{coinbase(0, 0, []byte{0x51}, 1)}}}
	return c
}

// coinbase pays a script; branch makes those of other branches differ.
func coinbase(height int, branch uint32, pay []byte, value int64) *wire.Tx {
	sig := binary.LittleEndian.AppendUint32(script.AppendInt(nil, int64(height)), branch)
	return &wire.Tx{Version: 2, Inputs: []wire.TxIn{{PrevOut: wire.OutPoint{Index: wire.NullIndex}, ScriptSig: sig, Sequence: wire.SequenceFinal}},
		Outputs: []wire.TxOut{{Value: value, ScriptPubKey: pay}}}
}

func (c *blockChain) ref(height int) node.BlockRef {
	h := c.blocks[height].Header
	return node.BlockRef{Hash: node.Hash(h.Hash()), Height: int32(height), Time: h.Time}
}

func (c *blockChain) info(height int) node.BlockInfo {
	r := c.ref(height)
	return node.BlockInfo{Hash: r.Hash, Parent: node.Hash(c.blocks[height].Header.PrevBlock), Height: r.Height, Time: r.Time,
		MedianTime: int64(r.Time), MaxTime: r.Time, Active: true, HasData: true}
}

func (c *blockChain) find(hash node.Hash) int {
	for i := range c.blocks {
		if c.ref(i).Hash == hash {
			return i
		}
	}
	return -1
}

func (c *blockChain) Tip(context.Context) (node.BlockRef, error) {
	return c.ref(len(c.blocks) - 1), nil
}

func (c *blockChain) HandleNotifications(ctx context.Context, n node.Notifications) (ipc.Handler, error) {
	c.target = n
	return &fakeHandler{&fakeChain{}}, n.UpdatedBlockTip(ctx, c.ref(len(c.blocks)-1))
}

func (c *blockChain) SyncNotifications(context.Context) error { return nil }

func (c *blockChain) BlockAt(_ context.Context, height int32) (node.BlockInfo, error) {
	if int(height) >= len(c.blocks) {
		return node.BlockInfo{}, ipc.Errorf(node.ErrUnknownBlock, "no such block")
	}
	return c.info(int(height)), nil
}

func (c *blockChain) FindBlock(_ context.Context, hash node.Hash) (node.BlockInfo, error) {
	if i := c.find(hash); i >= 0 {
		return c.info(i), nil
	}
	return node.BlockInfo{}, ipc.Errorf(node.ErrUnknownBlock, "no such block")
}

func (c *blockChain) FindFork(ctx context.Context, hash node.Hash) (node.BlockInfo, error) {
	return c.FindBlock(ctx, hash)
}

func (c *blockChain) FindFirstBlock(_ context.Context, minTime int64, height int32) (node.BlockInfo, error) {
	for i := int(height); i < len(c.blocks); i++ {
		if int64(c.blocks[i].Header.Time) >= minTime {
			return c.info(i), nil
		}
	}
	return node.BlockInfo{}, ipc.Errorf(node.ErrUnknownBlock, "no such block")
}

func (c *blockChain) ReadBlock(_ context.Context, hash node.Hash) ([]byte, error) {
	if i := c.find(hash); i >= 0 {
		return c.blocks[i].Append(nil), nil
	}
	return nil, ipc.Errorf(node.ErrUnknownBlock, "no such block")
}

func (c *blockChain) RequestMempool(ctx context.Context, n node.Notifications) error {
	for _, tx := range c.pool {
		if err := n.TransactionAdded(ctx, tx.Append(nil)); err != nil {
			return err
		}
	}
	return nil
}

func (c *blockChain) FeeRates(context.Context) (node.FeeRates, error) {
	return node.FeeRates{MempoolMin: 1000, RelayMin: 1000, Incremental: 1000, Dust: 3000}, nil
}

func (c *blockChain) EstimateFee(context.Context, int32, bool) (node.FeeEstimate, error) {
	return node.FeeEstimate{}, nil
}

func (c *blockChain) PoolEntry(context.Context, node.Hash) (node.PoolEntry, error) {
	return node.PoolEntry{Found: true, Ancestors: 1}, nil
}

func (c *blockChain) FindCoins(_ context.Context, outs []node.OutPoint) ([]node.Coin, error) {
	return make([]node.Coin, len(outs)), nil
}

func (c *blockChain) BroadcastTransaction(ctx context.Context, data []byte, _ int64, _ bool) (node.TxOutcome, error) {
	tx, err := wire.DecodeTx(data)
	if err != nil {
		return node.TxOutcome{}, err
	}
	c.pool = append(c.pool, tx)
	return node.TxOutcome{TxID: node.Hash(tx.ID())}, c.target.TransactionAdded(ctx, data)
}

// mine connects a block that pays a script and has the mempool's transactions.
func (c *blockChain) mine(pay []byte, branch uint32) {
	c.t.Helper()
	last := c.blocks[len(c.blocks)-1]
	b := &wire.Block{Header: wire.Header{Version: 1, PrevBlock: last.Header.Hash(), Time: last.Header.Time + 150, Nonce: branch},
		Txs: append([]*wire.Tx{coinbase(len(c.blocks), branch, pay, 500*duffs)}, c.pool...)}
	c.pool = nil
	c.blocks = append(c.blocks, b)
	ref := c.ref(len(c.blocks) - 1)
	if err := c.target.BlockConnected(c.t.Context(), ref, b.Append(nil)); err != nil {
		c.t.Fatal(err)
	}
	if err := c.target.UpdatedBlockTip(c.t.Context(), ref); err != nil {
		c.t.Fatal(err)
	}
}

// pop disconnects the tip.
func (c *blockChain) pop() {
	c.t.Helper()
	i := len(c.blocks) - 1
	ref, b := c.ref(i), c.blocks[i]
	c.blocks = c.blocks[:i]
	if err := c.target.BlockDisconnected(c.t.Context(), ref, b.Append(nil)); err != nil {
		c.t.Fatal(err)
	}
	if err := c.target.UpdatedBlockTip(c.t.Context(), c.ref(i-1)); err != nil {
		c.t.Fatal(err)
	}
}

const duffs = 100_000_000

// walletScene is a loader with a wallet "w" and a chain.
func walletScene(t *testing.T) (*Loader, *blockChain) {
	t.Helper()
	l, c := start(t, &dirBroker{dir: t.TempDir()}, "regtest"), newBlockChain(t)
	l.SetSigner(t.Context(), newSigner(t))
	if err := l.Follow(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	want(t, l, "createwallet", `["w"]`, `{"name":"w","warning":""}`)
	return l, c
}

func want(t *testing.T, l *Loader, method, args, result string) {
	t.Helper()
	if got := call(t, l, method, args, ""); got != result {
		t.Errorf("%s %s: %s, want %s", method, args, got, result)
	}
}

// ask decodes a result.
func ask[T any](t *testing.T, l *Loader, method, args string) (out T) {
	t.Helper()
	text := call(t, l, method, args, "")
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%s %s: %s", method, args, text)
	}
	return out
}

// scriptOf is the output script of an address.
func scriptOf(t *testing.T, text string) []byte {
	t.Helper()
	d, err := address.Decode(text, regtestBase58(t))
	if err != nil {
		t.Fatal(err)
	}
	return d.Script()
}

// stranger is nobody's address.
const stranger = "yNsWkgPLN1u7p5dfWYnasYdgirU2J3tjUj"

// TestWalletLife receives, sends, confirms, and goes back in a reorganisation.
func TestWalletLife(t *testing.T) {
	l, c := walletScene(t)
	mine := scriptOf(t, ask[string](t, l, "getnewaddress", `["rent"]`))
	for range 101 {
		c.mine(mine, 0)
	}
	want(t, l, "getbalance", "[]", "500.00000000")
	rent := ask[[]struct {
		Amount        float64
		Confirmations int
		Label         string
	}](t, l, "listreceivedbylabel", `[1,false,true]`)
	if len(rent) != 1 || rent[0].Amount != 500 || rent[0].Confirmations != 101 || rent[0].Label != "rent" {
		t.Errorf("%+v", rent)
	}
	if all := ask[[]struct{ Txids []string }](t, l, "listreceivedbyaddress", `[1,false,false,null,"",true]`); len(all) != 1 || len(all[0].Txids) != 101 {
		t.Errorf("%+v", all)
	}
	txid := ask[string](t, l, "sendtoaddress", `["`+stranger+`",1.5,"a comment"]`)
	if len(c.pool) != 1 || c.pool[0].ID().String() != txid {
		t.Fatalf("%d transactions were broadcast", len(c.pool))
	}
	checkSigned(t, c, c.pool[0])
	unconfirmed := call(t, l, "getbalance", "[]", "")
	if !strings.HasPrefix(unconfirmed, "498.4999") {
		t.Errorf("after sending: %s", unconfirmed)
	}
	tx := ask[struct {
		Amount, Fee   float64
		Confirmations int
		Trusted       bool
		Comment       string
		Details       []struct{ Category string }
	}](t, l, "gettransaction", `["`+txid+`"]`)
	if tx.Amount != -1.5 || tx.Fee >= 0 || tx.Fee < -0.0001 || tx.Confirmations != 0 || !tx.Trusted || tx.Comment != "a comment" ||
		len(tx.Details) != 1 || tx.Details[0].Category != "send" {
		t.Errorf("%+v", tx)
	}
	want(t, l, "abandontransaction", `["`+txid+`"]`, "-5 Transaction not eligible for abandonment")
	c.mine([]byte{0x51}, 0)
	if got := call(t, l, "getbalance", "[]", ""); !strings.HasPrefix(got, "998.4999") { // another coinbase is ripe
		t.Errorf("confirmed: %s", got)
	}
	before := call(t, l, "listtransactions", `["*",1000]`, "")
	c.pop()
	// Its transaction is nowhere now; it can be given up, and its coins come back.
	want(t, l, "getbalance", "[]", "0.00000000")
	want(t, l, "abandontransaction", `["`+txid+`"]`, "null")
	want(t, l, "getbalance", "[]", "500.00000000")
	c.mine([]byte{0x51}, 7)
	want(t, l, "getbalance", "[]", "1000.00000000")
	if after := call(t, l, "listtransactions", `["*",1000]`, ""); after == before {
		t.Error("nothing changed in the list")
	}
}

// checkSigned verifies every input of a payment.
func checkSigned(t *testing.T, c *blockChain, tx *wire.Tx) {
	t.Helper()
	outs := map[wire.OutPoint]wire.TxOut{}
	for _, b := range c.blocks {
		for _, t := range b.Txs {
			for i, o := range t.Outputs {
				outs[wire.OutPoint{Hash: t.ID(), Index: uint32(i)}] = o
			}
		}
	}
	for i, in := range tx.Inputs {
		out, ok := outs[in.PrevOut]
		if !ok {
			t.Errorf("input %d spends nothing", i)
			continue
		}
		if err := script.Verify(in.ScriptSig, out.ScriptPubKey, standard.VerifyFlags, &script.TxChecker{Tx: tx, Index: i}); err != nil {
			t.Errorf("input %d: %v", i, err)
		}
	}
}

// TestCatchUp: a wallet that was away learns what happened, also where the chain
// went back meanwhile.
func TestCatchUp(t *testing.T) {
	l, c := walletScene(t)
	mine := scriptOf(t, ask[string](t, l, "getnewaddress", "[]"))
	for range 110 {
		c.mine(mine, 0)
	}
	before := call(t, l, "getbalances", "[]", "")
	want(t, l, "unloadwallet", `["w"]`, `{"warning":""}`)
	for range 5 {
		c.pop()
	}
	for range 8 {
		c.mine(mine, 3)
	}
	want(t, l, "loadwallet", `["w"]`, `{"name":"w","warning":""}`)
	if got := call(t, l, "getbalance", "[]", ""); got != "6500.00000000" { // 113 blocks, 100 of them young
		t.Errorf("after catching up: %s (before %s)", got, before)
	}
	if got := ask[struct{ Txcount int }](t, l, "getwalletinfo", "[]"); got.Txcount != 118 { // five of them orphans
		t.Errorf("%d transactions", got.Txcount)
	}
}

// TestPassphrases: a locked wallet shows and receives, and signs nothing.
func TestLockedWallet(t *testing.T) {
	l, c := walletScene(t)
	mine := scriptOf(t, ask[string](t, l, "getnewaddress", "[]"))
	for range 101 {
		c.mine(mine, 0)
	}
	s := l.Signer().(*signer.Signer)
	box := s.NewBox()
	defer box.Close()
	secret := func(method, text string) string {
		t.Helper()
		sec, err := ipc.NewSecret([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		h, err := box.Deposit(t.Context(), method, sec)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := json.Marshal("secret:" + jsonNumber(h))
		return string(b)
	}
	if got := call(t, l, "encryptwallet", "["+secret("encryptwallet", "pw")+"]", ""); !strings.HasPrefix(got, `"wallet encrypted`) {
		t.Fatal(got)
	}
	const locked = "-13 Error: Please enter the wallet passphrase with walletpassphrase first."
	want(t, l, "sendtoaddress", `["`+stranger+`",1]`, locked)
	want(t, l, "listdescriptors", `[true]`, locked)
	want(t, l, "getbalance", "[]", "500.00000000")
	if a := ask[string](t, l, "getnewaddress", "[]"); a == "" {
		t.Error("no address while locked")
	}
	want(t, l, "walletpassphrase", "["+secret("walletpassphrase", "no")+",60]", "-14 Error: The wallet passphrase entered was incorrect.")
	want(t, l, "walletpassphrase", "["+secret("walletpassphrase", "pw")+",60]", "null")
	ask[string](t, l, "sendtoaddress", `["`+stranger+`",1]`)
	want(t, l, "walletlock", "[]", "null")
	want(t, l, "sendtoaddress", `["`+stranger+`",1]`, locked)
}

func jsonNumber(n uint64) string {
	b, _ := json.Marshal(n)
	return string(b)
}

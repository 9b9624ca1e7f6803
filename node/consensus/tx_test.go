package consensus

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"path/filepath"
	"testing"

	"dashmp/node/internal/realdata"
	"dashmp/node/script"
	"dashmp/node/wire"

	"pgregory.net/rapid"
)

// txVectors reads the transactions of Dash Core's vectors, with their flags.
func txVectors(t *testing.T, name string) (txs []*wire.Tx, flags []string) {
	t.Helper()
	var rows [][]json.RawMessage
	realdata.JSON(t, filepath.Join("..", "script", "testdata", name), &rows)
	for _, row := range rows {
		if len(row) != 3 {
			continue
		}
		var raw, flag string
		if err := errors.Join(json.Unmarshal(row[1], &raw), json.Unmarshal(row[2], &flag)); err != nil {
			t.Fatal(err)
		}
		txs, flags = append(txs, decodeTx(t, raw)), append(flags, flag)
	}
	return txs, flags
}

// TestTxVectors: transactions that fail before any script runs, and those that
// must not.
func TestTxVectors(t *testing.T) {
	bad := 0
	txs, flags := txVectors(t, "tx_invalid.json")
	for i, tx := range txs {
		err := CheckTransaction(tx)
		if want := flags[i] == "BADTX"; want != (err != nil) {
			t.Errorf("invalid %d %s: %v", i, tx.ID(), err)
		}
		if err != nil {
			bad++
			if !errors.Is(err, KindConsensus) {
				t.Errorf("%v is of the wrong kind", err)
			}
		}
	}
	if bad != 6 {
		t.Errorf("%d bad transactions", bad)
	}
	txs, _ = txVectors(t, "tx_valid.json")
	for i, tx := range txs {
		if err := CheckTransaction(tx); err != nil {
			t.Errorf("valid %d: %v", i, err)
		}
	}
	if len(txs) < 50 {
		t.Errorf("only %d vectors", len(txs))
	}
}

// simpleTx spends one output and pays value.
func simpleTx(value int64) *wire.Tx {
	return &wire.Tx{
		Version: 2,
		Inputs:  []wire.TxIn{{PrevOut: wire.OutPoint{Hash: fakeHash(1)}, Sequence: wire.SequenceFinal}},
		Outputs: []wire.TxOut{{Value: value, ScriptPubKey: []byte{byte(script.Op1)}}},
	}
}

func coinbaseTx(scriptSig []byte) *wire.Tx {
	tx := simpleTx(1)
	tx.Inputs[0].PrevOut = wire.OutPoint{Index: wire.NullIndex}
	tx.Inputs[0].ScriptSig = scriptSig
	return tx
}

func TestCheckTransaction(t *testing.T) {
	special := func(kind wire.TxType, change func(*wire.Tx)) *wire.Tx {
		tx := simpleTx(1)
		tx.Version, tx.Type = 3, kind
		change(tx)
		return tx
	}
	with := func(change func(*wire.Tx)) *wire.Tx {
		tx := simpleTx(1)
		change(tx)
		return tx
	}
	noInputs := func(tx *wire.Tx) { tx.Inputs = nil }
	nothing := func(tx *wire.Tx) { tx.Inputs, tx.Outputs = nil, nil }
	for _, c := range []struct {
		name string
		tx   *wire.Tx
		want string
	}{
		{"plain", simpleTx(1), ""},
		{"no inputs", with(noInputs), "bad-txns-vin-empty"},
		{"no outputs", with(func(tx *wire.Tx) { tx.Outputs = nil }), "bad-txns-vout-empty"},
		{"empty commitment", special(wire.TxQuorumCommitment, nothing), ""},
		{"empty signal", special(wire.TxMnHfSignal, nothing), ""},
		{"asset unlock without inputs", special(wire.TxAssetUnlock, noInputs), ""},
		{"asset unlock without outputs", special(wire.TxAssetUnlock, nothing), "bad-txns-vout-empty"},
		{"asset lock without inputs", special(wire.TxAssetLock, noInputs), "bad-txns-vin-empty"},
		{"too large", with(func(tx *wire.Tx) { tx.Inputs[0].ScriptSig = make([]byte, MaxLegacyBlockSize) }), "bad-txns-oversize"},
		{"payload", special(wire.TxProRegister, func(tx *wire.Tx) { tx.ExtraPayload = make([]byte, 10000) }), ""},
		{"payload too large", special(wire.TxProRegister, func(tx *wire.Tx) { tx.ExtraPayload = make([]byte, 10001) }),
			"bad-txns-payload-oversize"},
		{"negative", simpleTx(-1), "bad-txns-vout-negative"},
		{"most", simpleTx(MaxMoney), ""},
		{"too much", simpleTx(MaxMoney + 1), "bad-txns-vout-toolarge"},
		{"too much in all", with(func(tx *wire.Tx) {
			tx.Outputs = []wire.TxOut{{Value: MaxMoney}, {Value: 1}}
		}), "bad-txns-txouttotal-toolarge"},
		{"duplicate", with(func(tx *wire.Tx) { tx.Inputs = append(tx.Inputs, tx.Inputs[0]) }), "bad-txns-inputs-duplicate"},
		{"null input", with(func(tx *wire.Tx) {
			tx.Inputs = append(tx.Inputs, wire.TxIn{PrevOut: wire.OutPoint{Index: wire.NullIndex}})
		}), "bad-txns-prevout-null"},
		{"short coinbase", coinbaseTx([]byte{1}), "bad-cb-length"},
		{"coinbase", coinbaseTx([]byte{1, 1}), ""},
		{"long coinbase", coinbaseTx(make([]byte, 100)), ""},
		{"too long coinbase", coinbaseTx(make([]byte, 101)), "bad-cb-length"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := reject(t, CheckTransaction(c.tx)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	cb := coinbaseTx([]byte{1})
	cb.Version, cb.Type = 3, wire.TxCoinbase
	if err := CheckTransaction(cb); err != nil {
		t.Errorf("a coinbase with payload and one byte: %v", err)
	}
}

// TestOutputSums compares the checks of amounts with sums that cannot overflow.
func TestOutputSums(t *testing.T) {
	amount := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-2, 2), rapid.Int64Range(MaxMoney-2, MaxMoney+2),
		rapid.Int64Range(0, MaxMoney))
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(amount, 1, 6).Draw(t, "values")
		tx := simpleTx(0)
		tx.Outputs = nil
		want, sum := "", new(big.Int)
		for _, v := range values {
			tx.Outputs = append(tx.Outputs, wire.TxOut{Value: v})
			sum.Add(sum, big.NewInt(v))
			switch {
			case want != "":
			case v < 0:
				want = "bad-txns-vout-negative"
			case v > MaxMoney:
				want = "bad-txns-vout-toolarge"
			case sum.Cmp(big.NewInt(MaxMoney)) > 0:
				want = "bad-txns-txouttotal-toolarge"
			}
		}
		got := ""
		if err := CheckTransaction(tx); err != nil {
			got = err.(*Error).Reject
		}
		if got != want {
			t.Fatalf("%v: %q, want %q", values, got, want)
		}
	})
}

// TestRepeatedInputs: one input twice, anywhere among few and many.
func TestRepeatedInputs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "inputs")
		tx := simpleTx(1)
		tx.Inputs = nil
		for i := range n {
			tx.Inputs = append(tx.Inputs, wire.TxIn{PrevOut: wire.OutPoint{Hash: fakeHash(i / 3), Index: uint32(i % 3)}})
		}
		if err := CheckTransaction(tx); err != nil {
			t.Fatalf("%d different inputs: %v", n, err)
		}
		i, j := rapid.IntRange(0, n-1).Draw(t, "i"), rapid.IntRange(0, n-1).Draw(t, "j")
		tx.Inputs[i].PrevOut = tx.Inputs[j].PrevOut
		if err := CheckTransaction(tx); (err != nil) != (i != j) {
			t.Fatalf("%d and %d of %d: %v", i, j, n, err)
		}
	})
}

func TestIsFinal(t *testing.T) {
	for _, c := range []struct {
		lock, sequence uint32
		height         int
		time           int64
		want           bool
	}{
		{0, 0, 0, 0, true},
		{100, 0, 100, 1e9, false},
		{100, 0, 101, 0, true},
		{100, wire.SequenceFinal, 1, 0, true},
		{100, wire.SequenceFinal - 1, 1, 0, false},
		{499_999_999, 0, 500_000_000, 0, true},
		{500_000_000, 0, 600_000_000, 500_000_000, false},
		{500_000_000, 0, 1, 500_000_001, true},
		{0xffffffff, 0, 1, 0xffffffff, false},
	} {
		tx := simpleTx(1)
		tx.LockTime, tx.Inputs[0].Sequence = c.lock, c.sequence
		if got := IsFinal(tx, c.height, c.time); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// TestSequenceLocks compares with the definition of BIP68: a transaction is
// locked until each input is old enough, in blocks or in median time.
func TestSequenceLocks(t *testing.T) {
	const blocks = 300
	chain := chainOf(blocks, 600, nil)
	prev := chain.tip()
	rapid.Check(t, func(t *rapid.T) {
		tx := simpleTx(1)
		tx.Version = rapid.SampledFrom([]int16{-1, 0, 1, 2, 3}).Draw(t, "version")
		tx.Inputs = nil
		var heights []int
		want := true
		for range rapid.IntRange(1, 4).Draw(t, "inputs") {
			h := rapid.IntRange(0, blocks).Draw(t, "height")
			seq := uint32(rapid.IntRange(0, 400).Draw(t, "value"))
			bySeconds, off := rapid.Bool().Draw(t, "seconds"), rapid.IntRange(0, 9).Draw(t, "off") == 0
			if bySeconds {
				seq |= wire.SequenceLockSeconds
			}
			if off {
				seq |= wire.SequenceLockDisable
			}
			seq |= uint32(rapid.IntRange(0, 1).Draw(t, "noise")) << 25
			tx.Inputs = append(tx.Inputs, wire.TxIn{Sequence: seq})
			heights = append(heights, h)
			value := int64(seq & wire.SequenceLockMask)
			switch {
			case off || tx.Version == 0 || tx.Version == 1:
			case bySeconds:
				from := MedianTimePast(chain.at(max(h-1, 0)))
				want = want && MedianTimePast(prev)-from >= value*512
			default:
				want = want && int64(blocks-h) >= value
			}
		}
		if got := SequenceLocks(tx, true, heights, prev).Satisfied(prev); got != want {
			t.Fatalf("version %d %v at %v: %v", tx.Version, tx.Inputs, heights, got)
		}
		if !SequenceLocks(tx, false, heights, prev).Satisfied(prev) {
			t.Fatal("locked before CSV")
		}
	})
}

func TestSigOps(t *testing.T) {
	key := make([]byte, 33)
	redeem := []byte{byte(script.Op1)}
	for range 3 {
		redeem = script.AppendPush(redeem, key)
	}
	redeem = append(redeem, byte(script.Op1)+2, byte(script.OpCheckMultisig))
	p2sh := append(append([]byte{byte(script.OpHash160), 20}, script.Hash160(redeem)...), byte(script.OpEqual))
	tx := simpleTx(1)
	tx.Inputs[0].ScriptSig = script.AppendPush([]byte{0}, redeem)
	tx.Outputs = []wire.TxOut{
		{ScriptPubKey: []byte{byte(script.OpCheckSig), byte(script.OpCheckSigVerify)}},
		{ScriptPubKey: []byte{byte(script.OpCheckMultisig)}},
		{ScriptPubKey: p2sh},
	}
	spent := []Coin{{Out: wire.TxOut{ScriptPubKey: p2sh}}}
	if got := LegacySigOps(tx); got != 22 {
		t.Errorf("legacy: %d", got)
	}
	if got := P2SHSigOps(tx, spent); got != 3 {
		t.Errorf("P2SH: %d", got)
	}
	if got := SigOps(tx, spent, script.VerifyP2SH); got != 25 {
		t.Errorf("all: %d", got)
	}
	if got := SigOps(tx, spent, 0); got != 22 {
		t.Errorf("without P2SH: %d", got)
	}
	if got := P2SHSigOps(coinbaseTx([]byte{1, 1}), nil); got != 0 {
		t.Errorf("coinbase: %d", got)
	}
}

func TestCheckTxInputs(t *testing.T) {
	coin := func(v int64) Coin { return Coin{Out: wire.TxOut{Value: v}, Height: 10} }
	mined := func(height uint32) Coin {
		c := coin(100)
		c.Height, c.Coinbase = height, true
		return c
	}
	for _, c := range []struct {
		name  string
		value int64
		spent []Coin
		kind  error
		want  string
	}{
		{"missing", 1, nil, KindMissingInputs, "bad-txns-inputs-missingorspent, CheckTxInputs: inputs missing/spent"},
		{"immature", 1, []Coin{mined(101)}, KindPrematureSpend,
			"bad-txns-premature-spend-of-coinbase, tried to spend coinbase at depth 99"},
		{"mature", 1, []Coin{mined(100)}, nil, ""},
		{"coin out of range", 1, []Coin{coin(MaxMoney + 1)}, KindConsensus, "bad-txns-inputvalues-outofrange"},
		{"negative coin", 1, []Coin{coin(-1)}, KindConsensus, "bad-txns-inputvalues-outofrange"},
		{"too little", 123456789, []Coin{coin(123400000)}, KindConsensus,
			"bad-txns-in-belowout, value in (1.234) < value out (1.23456789)"},
		{"nothing left", 100, []Coin{coin(100)}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			fee, err := CheckTxInputs(simpleTx(c.value), c.spent, 200)
			if fmt.Sprint(err) != c.want && !(err == nil && c.want == "") || !errors.Is(err, c.kind) {
				t.Errorf("%v", err)
			}
			if err == nil && fee != c.spent[0].Out.Value-c.value {
				t.Errorf("fee %d", fee)
			}
		})
	}
	two := simpleTx(1)
	two.Inputs = append(two.Inputs, wire.TxIn{})
	if _, err := CheckTxInputs(two, []Coin{coin(MaxMoney), coin(1)}, 200); reject(t, err) != "bad-txns-inputvalues-outofrange" {
		t.Errorf("a sum beyond all money: %v", err)
	}
	if _, err := CheckTxInputs(two, []Coin{coin(1)}, 200); !errors.Is(err, KindMissingInputs) {
		t.Errorf("one of two inputs: %v", err)
	}
	if _, err := AddFees(MaxMoney, 1); reject(t, err) != "bad-txns-accumulated-fee-outofrange" {
		t.Errorf("fees beyond all money: %v", err)
	}
}

func TestFormatMoney(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0.00", 1: "0.00000001", 10: "0.0000001", 1e6: "0.01", 1e7: "0.10", 1e8: "1.00", 123e5: "0.123",
		MaxMoney: "21000000.00", -1e8: "-1.00", -12345: "-0.00012345", 10050000000: "100.50",
	} {
		if got := formatMoney(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestMedianTimePast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfN(rapid.Uint32Range(0, 50), 1, 20).Draw(t, "times")
		c := &fakeChain{}
		for i, tm := range times {
			c.add(wire.Header{Time: tm}, fakeHash(i))
		}
		last := times[max(0, len(times)-11):]
		got := MedianTimePast(c.tip())
		below, above := 0, 0
		for _, tm := range last {
			if int64(tm) < got {
				below++
			}
			if int64(tm) > got {
				above++
			}
		}
		// The upper of two middle ones when their number is even.
		if below > len(last)/2 || above > (len(last)-1)/2 {
			t.Fatalf("%v: %d", last, got)
		}
	})
}

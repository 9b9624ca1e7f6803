package pow

import (
	"encoding/binary"
	"math"
	"math/big"
	"testing"

	"dashmp/node/arith"
	"dashmp/node/internal/realdata"
	"dashmp/node/params"
	"dashmp/node/wire"
)

func TestWork(t *testing.T) {
	for _, bits := range []uint32{0x207fffff, 0x1e0ffff0, 0x1d00ffff, 0x1b104be1, 0x03000001, 0x01010000, 0x2100ff00} {
		target, ok := Target(bits)
		if !ok {
			t.Fatalf("%08x is no target", bits)
		}
		n, _ := new(big.Int).SetString(target.String(), 16)
		n.Add(n, big.NewInt(1))
		want := new(big.Int).Div(new(big.Int).Lsh(big.NewInt(1), 256), n)
		got, _ := new(big.Int).SetString(Work(bits).String(), 16)
		if got.Cmp(want) != 0 {
			t.Errorf("%08x: %x, want %x", bits, got, want)
		}
	}
	for _, bits := range []uint32{0, 0x1d800001, 0x04923456, 0x22000100, 0xff123456, 0x01003456} {
		if _, ok := Target(bits); ok || !Work(bits).IsZero() {
			t.Errorf("%08x passes for a target", bits)
		}
	}
}

// TestChainWork adds the work of real headers up to the totals recorded for
// their heights.
func TestChainWork(t *testing.T) {
	var points []struct {
		Height    int
		Chainwork string
	}
	realdata.JSON(t, realdata.Path(t, "headers", "checkpoints_testnet.json.gz"), &points)
	at := map[int]string{}
	for _, p := range points {
		at[p.Height] = p.Chainwork
	}
	var total arith.Uint256
	compared := 0
	raw := realdata.Read(t, realdata.Path(t, "headers", "testnet_0_29999.bin"))
	for h := 0; h < len(raw)/wire.HeaderSize; h++ {
		total = total.Add(Work(binary.LittleEndian.Uint32(raw[h*wire.HeaderSize+72:])))
		if want, ok := at[h]; ok {
			compared++
			if total.String() != want {
				t.Fatalf("height %d: %s, want %s", h, total, want)
			}
		}
	}
	if compared < 35 {
		t.Errorf("only %d compared", compared)
	}
}

func TestCheckLimits(t *testing.T) {
	limit := network(t, params.Main).Consensus.PowLimit
	zero := wire.Hash{}
	for _, tc := range []struct {
		name string
		hash wire.Hash
		bits uint32
		want bool
	}{
		{"at the limit", zero, 0x1e0fffff, true},
		{"above the limit", zero, 0x1e100000, false},
		{"negative", zero, 0x1e8fffff, false},
		{"zero", zero, 0x1e000000, false},
		{"overflow", zero, 0xff0fffff, false},
		{"hash equal to the target", mustTarget(0x1d00ffff).Hash(), 0x1d00ffff, true},
		{"hash above the target", mustTarget(0x1d00ffff).Add(arith.FromUint64(1)).Hash(), 0x1d00ffff, false},
	} {
		if got := Check(tc.hash, tc.bits, limit); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}

func mustTarget(bits uint32) arith.Uint256 {
	t, ok := Target(bits)
	if !ok {
		panic("no target")
	}
	return t
}

func TestDifficulty(t *testing.T) {
	for bits, want := range map[uint32]float64{
		0x1d00ffff: 1, 0x1b0404cb: 16307.420938523983, 0x207fffff: 4.656542373906925e-10,
		0x1e0ffff0: 0.00024414062499999997, 0x1c00ffff: 256,
	} {
		if got := Difficulty(bits); math.Abs(got-want) > want*1e-15 {
			t.Errorf("%08x: %v, want %v", bits, got, want)
		}
	}
}

func TestEquivalentTime(t *testing.T) {
	work := Work(0x1d00ffff)
	ten := work.Mul64(10)
	if got := EquivalentTime(ten, work, 0x1d00ffff, 150); got != 9*150 {
		t.Errorf("%d", got)
	}
	if got := EquivalentTime(work, ten, 0x1d00ffff, 150); got != -9*150 {
		t.Errorf("%d", got)
	}
	if got := EquivalentTime(arith.FromUint64(1).Lsh(200), arith.Uint256{}, 0x207fffff, 150); got != math.MaxInt64 {
		t.Errorf("%d", got)
	}
}

// TestKimotoDeviations recomputes the table: x^-1.228 with 200 bits, rounded
// once to a double, and the rest in doubles as Dash Core has it.
func TestKimotoDeviations(t *testing.T) {
	if len(kimotoDeviations) != 4032*8 {
		t.Fatalf("%d bytes", len(kimotoDeviations))
	}
	for m := uint64(1); m <= 4032; m++ {
		x := float64(m) / 28.2
		p := float64(0.7084 * power(x, -1.228))
		if got := eventHorizon(m); got != 1+p {
			t.Fatalf("m = %d: %v, want %v", m, got, 1+p)
		}
	}
}

// power is x^y rounded to the nearest double, by Newton's method on math.Pow's
// estimate: with e = ln(x)*y - ln(p), x^y = p * exp(e) and e is tiny.
func power(x, y float64) float64 {
	const prec = 200
	estimate := math.Pow(x, y)
	e := new(big.Float).SetPrec(prec).Mul(logarithm(x, prec), big.NewFloat(y))
	e.Sub(e, logarithm(estimate, prec))
	correction := new(big.Float).SetPrec(prec).Mul(e, e)
	correction.Quo(correction, big.NewFloat(2)).Add(correction, e)
	p := new(big.Float).SetPrec(prec).Mul(big.NewFloat(estimate), correction)
	f, _ := p.Add(p, big.NewFloat(estimate)).Float64()
	return f
}

// logarithm is ln(x): x = f * 2^n with f near 1, and the series of artanh.
func logarithm(x float64, prec uint) *big.Float {
	f, n := math.Frexp(x)
	series := func(v *big.Float) *big.Float { // ln v = 2 artanh((v-1)/(v+1))
		one := big.NewFloat(1).SetPrec(prec)
		z := new(big.Float).SetPrec(prec).Quo(new(big.Float).SetPrec(prec).Sub(v, one), new(big.Float).SetPrec(prec).Add(v, one))
		z2 := new(big.Float).SetPrec(prec).Mul(z, z)
		sum, term := new(big.Float).SetPrec(prec).Set(z), new(big.Float).SetPrec(prec).Set(z)
		for k := int64(3); k < 200; k += 2 {
			term.Mul(term, z2)
			sum.Add(sum, new(big.Float).SetPrec(prec).Quo(term, new(big.Float).SetInt64(k).SetPrec(prec)))
		}
		return sum.Mul(sum, big.NewFloat(2))
	}
	ln := series(new(big.Float).SetPrec(prec).SetFloat64(f))
	ln2 := series(big.NewFloat(2).SetPrec(prec))
	return ln.Add(ln, ln2.Mul(ln2, new(big.Float).SetPrec(prec).SetInt64(int64(n))))
}

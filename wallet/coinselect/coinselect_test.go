package coinselect

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func problem(target int64, seed uint64) *Problem {
	r := rand.New(rand.NewPCG(seed, 1))
	return &Problem{Target: target, Rate: 1000, LongTerm: 10_000, Discard: 3000, ChangeSize: 34, SpendSize: 147, Random: r.IntN}
}

func TestExactSumIsFound(t *testing.T) {
	var coins []Coin
	for _, v := range []int64{100_000, 200_000, 300_000, 400_000, 1_000_000} {
		coins = append(coins, Coin{v, 147})
	}
	p := problem(700_000-2*147, 1) // 300,000 and 400,000 without change
	c, ok := Select(coins, p)
	if !ok || c.Effective != p.Target {
		t.Errorf("%+v, %v", c, ok)
	}
}

func TestNotEnough(t *testing.T) {
	if _, ok := Select([]Coin{{1000, 147}, {100, 147}}, problem(2000, 1)); ok {
		t.Error("1,100 duffs paid 2,000")
	}
	// A coin that costs more to spend than it is worth does not count.
	if _, ok := Select([]Coin{{1147, 147}, {140, 147}}, problem(1001, 1)); ok {
		t.Error("an uneconomic coin was counted")
	}
	if _, ok := Select(nil, problem(1, 1)); ok {
		t.Error("nothing paid something")
	}
}

// TestProperties: a choice has no coin twice, suffices, and exists exactly if
// all coins together suffice. No coin of it could be left out if the rest
// sufficed with room for change, unless the choice needs none.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var coins []Coin
		var total int64
		for range rapid.IntRange(0, 40).Draw(t, "coins") {
			c := Coin{rapid.Int64Range(1, 1_000_000).Draw(t, "value"), rapid.SampledFrom([]int{147, 254, 297}).Draw(t, "size")}
			coins = append(coins, c)
			if e := c.Value - int64(c.Size); e > 0 {
				total += e
			}
		}
		p := problem(rapid.Int64Range(1, max(total, 1)+1000).Draw(t, "target"), rapid.Uint64().Draw(t, "seed"))
		c, ok := Select(coins, p)
		if ok != (total >= p.Target) {
			t.Fatalf("found: %v, of %d for %d", ok, total, p.Target)
		}
		if !ok {
			return
		}
		var sum int64
		for _, i := range c.Picked {
			sum += coins[i].Value - int64(coins[i].Size)
		}
		if sum != c.Effective || sum < p.Target || len(slices.Compact(slices.Clone(c.Picked))) != len(c.Picked) {
			t.Fatalf("%+v pays %d of %d", c, sum, p.Target)
		}
	})
}

func BenchmarkSelect10000(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	coins := make([]Coin, 10_000)
	for i := range coins {
		coins[i] = Coin{r.Int64N(100_000_000), 147}
	}
	for b.Loop() {
		if _, ok := Select(coins, problem(5_000_000_000, 1)); !ok {
			b.Fatal("no choice")
		}
	}
}

// Package coinselect chooses which coins pay for a transaction: branch and bound
// for a choice without change, else a single random draw or the knapsack
// approximation, whichever wastes least (Dash Core: src/wallet/coinselection.cpp).
//
// Amounts are in duffs, sizes in bytes, rates in duffs per 1000 bytes. All
// functions are pure but for the randomness they are given.
package coinselect

import (
	"cmp"
	"slices"

	"dashmp/node/standard"
)

// Coin is what can be chosen.
type Coin struct {
	Value int64
	// Size is that of the input that spends it.
	Size int
}

// Problem is what has to be paid.
type Problem struct {
	// Target is the sum of the outputs, plus the fee for all but the inputs and
	// change. With SubtractFee it is the sum of the outputs alone: the fee for
	// inputs comes out of them.
	Target      int64
	SubtractFee bool
	// Rate is the fee rate, LongTerm what spending later is expected to cost,
	// Discard the rate below which change is given up.
	Rate, LongTerm, Discard int64
	// ChangeSize is the size of a change output, SpendSize that of an input that
	// spends it.
	ChangeSize, SpendSize int
	// Random returns a number from 0 to n-1.
	Random func(n int) int
}

// Choice is a selection.
type Choice struct {
	// Picked are indices of the coins.
	Picked []int
	// Effective is their value less the fee for the inputs (all of it with
	// SubtractFee).
	Effective int64
	waste     int64
}

// costOfChange is what making change and spending it costs.
func (p *Problem) costOfChange() int64 {
	return standard.Fee(p.Rate, p.ChangeSize) + standard.Fee(p.Discard, p.SpendSize)
}

// candidate is a coin with what it is worth here.
type candidate struct {
	index         int
	effective     int64
	fee, longTerm int64
}

const tries = 100_000

// Select chooses among coins; ok is false if all together do not suffice. Coins
// that cost more to spend than they are worth are left out.
func Select(coins []Coin, p *Problem) (best Choice, ok bool) {
	var list []candidate
	var total int64
	for i, c := range coins {
		fee := standard.Fee(p.Rate, c.Size)
		e := candidate{i, c.Value - fee, fee, standard.Fee(p.LongTerm, c.Size)}
		if p.SubtractFee {
			e.effective = c.Value
		}
		if e.effective > 0 {
			list = append(list, e)
			total += e.effective
		}
	}
	if total < p.Target {
		return Choice{}, false
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(b.effective, a.effective) })
	for _, pick := range []func([]candidate, *Problem) []candidate{branchAndBound, knapsack, randomDraw} {
		picked := pick(list, p)
		if picked == nil {
			continue
		}
		c := choice(picked, p)
		if !ok || c.waste < best.waste || c.waste == best.waste && len(c.Picked) > len(best.Picked) {
			best, ok = c, true
		}
	}
	return best, ok
}

// choice weighs a selection (GetSelectionWaste): what its inputs cost now beyond
// what they would later, and the change, or what is given up without it.
func choice(picked []candidate, p *Problem) Choice {
	var c Choice
	for _, e := range picked {
		c.Picked = append(c.Picked, e.index)
		c.Effective += e.effective
		c.waste += e.fee - e.longTerm
	}
	if excess := c.Effective - p.Target; excess <= p.costOfChange() {
		c.waste += excess
	} else {
		c.waste += p.costOfChange()
	}
	slices.Sort(c.Picked)
	return c
}

// branchAndBound searches for a sum that needs no change (SelectCoinsBnB). list
// is in descending order.
func branchAndBound(list []candidate, p *Problem) []candidate {
	limit := p.Target + p.costOfChange()
	var available, value, waste, bestWaste int64
	for _, e := range list {
		available += e.effective
	}
	bestWaste = 1 << 62
	var in, best []int // indices into list
	costly := len(list) > 0 && list[0].fee > list[0].longTerm
	for n, i := 0, 0; n < tries; n++ {
		back := value+available < p.Target || value > limit || waste > bestWaste && costly
		if !back && value >= p.Target {
			if w := waste + value - p.Target; w <= bestWaste {
				bestWaste, best = w, slices.Clone(in)
			}
			back = true
		}
		if !back && i >= len(list) {
			back = true
		}
		if back {
			if len(in) == 0 {
				break
			}
			last := in[len(in)-1]
			for i--; i > last; i-- {
				available += list[i].effective
			}
			in = in[:len(in)-1]
			value -= list[last].effective
			waste -= list[last].fee - list[last].longTerm
			i = last + 1
			continue
		}
		available -= list[i].effective
		// Of equal coins that follow one left out none is tried.
		if len(in) == 0 || i == in[len(in)-1]+1 || list[i].effective != list[i-1].effective || list[i].fee != list[i-1].fee {
			in = append(in, i)
			value += list[i].effective
			waste += list[i].fee - list[i].longTerm
		}
		i++
	}
	if best == nil {
		return nil
	}
	out := make([]candidate, 0, len(best))
	for _, i := range best {
		out = append(out, list[i])
	}
	return out
}

// randomDraw takes coins in random order until there is enough, with room for
// change (SelectCoinsSRD).
func randomDraw(list []candidate, p *Problem) []candidate {
	order := slices.Clone(list)
	for i := len(order) - 1; i > 0; i-- {
		j := p.Random(i + 1)
		order[i], order[j] = order[j], order[i]
	}
	want, sum := p.Target+standard.Fee(p.Rate, p.ChangeSize), int64(0)
	for i, e := range order {
		if sum += e.effective; sum >= want {
			return order[:i+1]
		}
	}
	return nil
}

// The approximation tries maxRounds times, or as often as knapsackWork allows:
// with 10,000 coins each round takes 0.3 ms, and Dash Core's thousand would take
// longer than all the rest of a send.
const (
	maxRounds    = 1000
	minRounds    = 20
	knapsackWork = 500_000
)

// knapsack looks for the smallest sum above the target among the coins below it,
// or takes the smallest coin above (KnapsackSolver).
func knapsack(list []candidate, p *Problem) []candidate {
	var smaller []candidate
	var larger *candidate
	var sum int64
	for i := range list {
		switch e := &list[i]; {
		case e.effective == p.Target:
			return []candidate{*e}
		case e.effective < p.Target+p.costOfChange():
			smaller = append(smaller, *e)
			sum += e.effective
		default:
			larger = e // the list is descending
		}
	}
	switch {
	case sum == p.Target:
		return smaller
	case sum < p.Target && larger == nil:
		return nil
	case sum < p.Target:
		return []candidate{*larger}
	}
	best, bestSum := approximate(smaller, sum, p)
	if larger != nil && (bestSum != p.Target && bestSum < p.Target+p.costOfChange() || larger.effective <= bestSum) {
		return []candidate{*larger}
	}
	return best
}

// approximate is ApproximateBestSubset.
func approximate(list []candidate, total int64, p *Problem) ([]candidate, int64) {
	best := make([]bool, len(list))
	for i := range best {
		best[i] = true
	}
	bestSum := total
	in := make([]bool, len(list))
	rounds := min(maxRounds, max(minRounds, knapsackWork/max(1, len(list))))
	for round := 0; round < rounds && bestSum != p.Target; round++ {
		clear(in)
		var sum int64
		reached := false
		for pass := 0; pass < 2 && !reached; pass++ {
			for i := range list {
				if pass == 0 && p.Random(2) == 0 || pass == 1 && in[i] {
					continue
				}
				sum += list[i].effective
				in[i] = true
				if sum >= p.Target {
					reached = true
					if sum < bestSum {
						bestSum = sum
						copy(best, in)
					}
					sum -= list[i].effective
					in[i] = false
				}
			}
		}
	}
	var out []candidate
	for i, on := range best {
		if on {
			out = append(out, list[i])
		}
	}
	return out, bestSum
}

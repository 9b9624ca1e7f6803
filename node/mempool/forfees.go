package mempool

import (
	"fmt"

	"dashmp/node/mempool/fees"
	"dashmp/node/wire"
)

// forFees is what the estimator knows of an entry.
func (e *entry) forFees() fees.Tx {
	return fees.Tx{ID: e.id, Height: e.height, FeeRate: e.fee * 1000 / int64(e.size)}
}

// forFees are those of a block's transactions that were here, in its order.
func (p *Pool) forFees(ids []wire.Hash) (list []fees.Tx) {
	for _, id := range ids {
		if e := p.entries[id]; e != nil {
			list = append(list, e.forFees())
		}
	}
	return list
}

// money is an amount of duffs in DASH, as the log has it (FormatMoney).
func money(n int64) string {
	sign, abs := "", uint64(n)
	if n < 0 {
		sign, abs = "-", -abs
	}
	s := fmt.Sprintf("%d.%08d", abs/1e8, abs%1e8)
	for end := len(s) - 6; len(s) > end && s[len(s)-1] == '0'; { // two decimals stay
		s = s[:len(s)-1]
	}
	return sign + s
}

package consensus

import (
	"fmt"
	"strings"

	"dashmp/node/params"
	"dashmp/node/wire"
)

// MaxMoney bounds every amount and every sum of amounts, in duffs. It is a
// check of sanity, not the supply (MAX_MONEY).
const MaxMoney = 21_000_000 * params.Coin

// MoneyRange reports whether v can be an amount.
func MoneyRange(v int64) bool { return v >= 0 && v <= MaxMoney }

// formatMoney prints duffs as DASH with two to eight decimals (FormatMoney).
func formatMoney(n int64) string {
	sign, u := "", uint64(n)
	if n < 0 {
		sign, u = "-", -u
	}
	s := fmt.Sprintf("%d.%08d", u/params.Coin, u%params.Coin)
	cents := strings.IndexByte(s, '.') + 3
	return sign + s[:cents] + strings.TrimRight(s[cents:], "0")
}

// ValueOut is the sum of a transaction's outputs, in duffs. The transaction
// must have passed CheckTransaction.
func ValueOut(tx *wire.Tx) (sum int64) {
	for i := range tx.Outputs {
		sum += tx.Outputs[i].Value
	}
	return sum
}

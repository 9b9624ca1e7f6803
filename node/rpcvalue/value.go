package rpcvalue

import (
	"encoding/hex"
	"strconv"
	"strings"

	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// Want refuses a value of another type (UniValue::checkType).
func Want(v univalue.Value, k univalue.Kind) error {
	if v.Kind() != k {
		return rpcerr.Errorf(rpcerr.Type, "JSON value of type %s is not of expected type %s", v.Kind(), k)
	}
	return nil
}

// CheckTypes checks the parameters that are given; null passes (RPCTypeCheck
// with fAllowNull). univalue.Null stands for any type.
func CheckTypes(call *rpccall.Call, kinds ...univalue.Kind) error {
	for i, k := range kinds {
		if v := call.Value(i); k != univalue.Null && !v.IsNull() {
			if err := Want(v, k); err != nil {
				return err
			}
		}
	}
	return nil
}

// Integer reads a number of so many bits (UniValue::getInt).
func Integer(v univalue.Value, bits int) (int64, error) {
	if err := Want(v, univalue.Number); err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(v.Raw()), 10, bits)
	if err != nil {
		return 0, rpcerr.Errorf(rpcerr.Misc, "JSON integer out of range")
	}
	return n, nil
}

// Text is what a value holds as text (UniValue::getValStr).
func Text(v univalue.Value) string {
	switch v.Kind() {
	case univalue.String:
		return v.Text()
	case univalue.Number:
		return string(v.Raw())
	case univalue.Bool:
		if v.True() {
			return "1"
		}
	}
	return ""
}

// Hex reads hexadecimal text of at least a byte (ParseHexV).
func Hex(s, name string) ([]byte, error) {
	if !standard.IsHex(s) {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "%s must be hexadecimal string (not '%s')", name, s)
	}
	return hex.DecodeString(s)
}

// Hash reads the text of a hash; name is what an error calls it (ParseHashV).
func Hash(v univalue.Value, name string) (h wire.Hash, err error) {
	if err := Want(v, univalue.String); err != nil {
		return h, err
	}
	s := v.Text()
	if len(s) != 2*wire.HashSize {
		return h, rpcerr.Errorf(rpcerr.InvalidParameter, "%s must be of length %d (not %d, for '%s')", name, 2*wire.HashSize, len(s), s)
	}
	if h, err = wire.ParseHash(s); err != nil {
		return h, rpcerr.Errorf(rpcerr.InvalidParameter, "%s must be hexadecimal string (not '%s')", name, s)
	}
	return h, nil
}

const (
	coin     = 100_000_000
	maxMoney = 21_000_000 * coin
)

// MoneyRange reports whether n duffs can be an amount.
func MoneyRange(n int64) bool { return n >= 0 && n <= maxMoney }

// Amount reads an amount in DASH, a number or a string (AmountFromValue).
func Amount(v univalue.Value) (int64, error) {
	if k := v.Kind(); k != univalue.Number && k != univalue.String {
		return 0, rpcerr.Errorf(rpcerr.Type, "Amount is not a number or string")
	}
	n, ok := FixedPoint(Text(v), 8)
	if !ok {
		return 0, rpcerr.Errorf(rpcerr.Type, "Invalid amount")
	}
	if !MoneyRange(n) {
		return 0, rpcerr.Errorf(rpcerr.Type, "Amount out of range")
	}
	return n, nil
}

// fixedBound is the largest mantissa that ParseFixedPoint carries.
const fixedBound = 1_000_000_000_000_000_000 - 1

// FixedPoint reads a JSON number exactly, as a multiple of 10^-decimals
// (ParseFixedPoint).
func FixedPoint(s string, decimals int) (int64, bool) {
	rest, negative := strings.CutPrefix(s, "-")
	whole, rest := digits(rest)
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return 0, false
	}
	fraction := ""
	if after, ok := strings.CutPrefix(rest, "."); ok {
		if fraction, rest = digits(after); fraction == "" {
			return 0, false
		}
	}
	exponent, ok := exponentOf(rest)
	if !ok {
		return 0, false
	}
	mantissa := strings.TrimLeft(whole+fraction, "0")
	significant := strings.TrimRight(mantissa, "0")
	exponent += int64(decimals)
	if mantissa != "" {
		exponent += int64(len(mantissa) - len(significant) - len(fraction))
	}
	if len(significant) > 18 || exponent < 0 || exponent >= 18 {
		return 0, false
	}
	n := int64(0)
	for i := range len(significant) {
		n = n*10 + int64(significant[i]-'0')
	}
	for range exponent {
		if n > fixedBound/10 {
			return 0, false
		}
		n *= 10
	}
	if n > fixedBound {
		return 0, false
	}
	if negative {
		n = -n
	}
	return n, true
}

// digits takes the decimal digits off the front.
func digits(s string) (d, rest string) {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return s[:n], s[n:]
}

// exponentOf reads the exponent that ends a number, 0 if there is none.
func exponentOf(s string) (int64, bool) {
	if s == "" {
		return 0, true
	}
	if s[0] != 'e' && s[0] != 'E' {
		return 0, false
	}
	s, negative := s[1:], false
	if after, ok := strings.CutPrefix(s, "+"); ok {
		s = after
	} else if after, ok := strings.CutPrefix(s, "-"); ok {
		s, negative = after, true
	}
	d, rest := digits(s)
	d = "0" + strings.TrimLeft(d, "0")
	if s == "" || rest != "" || len(d) > 18 {
		return 0, false
	}
	n, err := strconv.ParseInt(d, 10, 64)
	if negative {
		n = -n
	}
	return n, err == nil
}

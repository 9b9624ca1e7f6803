package coins

import (
	"math"

	"dashmp/node/script"
	"dashmp/node/wire"

	"github.com/btcsuite/btcd/btcec/v2"
)

// specialScripts is how many script forms have a number of their own.
const specialScripts = 6

// CompressAmount maps an amount in duffs to a smaller number where it ends in
// decimal zeros: with e zeros (at most 9) and last digit d before them it is
// 1 + 10·(9·n + d − 1) + e, or 1 + 10·(n − 1) + 9.
func CompressAmount(n uint64) uint64 {
	if n == 0 {
		return 0
	}
	e := uint64(0)
	for n%10 == 0 && e < 9 {
		n /= 10
		e++
	}
	if e < 9 {
		return 1 + (n/10*9+n%10-1)*10 + e
	}
	return 1 + (n-1)*10 + 9
}

// DecompressAmount undoes CompressAmount. Numbers that no amount maps to wrap
// around, as in Dash Core.
func DecompressAmount(x uint64) uint64 {
	if x == 0 {
		return 0
	}
	x--
	e := x % 10
	x /= 10
	n := x + 1
	if e < 9 {
		n = x/9*10 + x%9 + 1
	}
	for range e {
		n *= 10
	}
	return n
}

// appendScript appends s, the common forms as a number and the hash or key.
func appendScript(b, s []byte) []byte {
	switch {
	case script.IsPayToPubkeyHash(s):
		return append(append(b, 0), s[3:23]...)
	case script.IsPayToScriptHash(s):
		return append(append(b, 1), s[2:22]...)
	case len(s) == 35 && s[0] == 33 && s[34] == byte(script.OpCheckSig) && (s[1] == 2 || s[1] == 3):
		return append(append(b, s[1]), s[2:34]...)
	case len(s) == 67 && s[0] == 65 && s[66] == byte(script.OpCheckSig) && s[1] == 4 && onCurve(s[1:66]):
		return append(append(b, 4|s[65]&1), s[2:34]...)
	}
	return append(AppendVarInt(b, uint64(len(s))+specialScripts), s...)
}

func onCurve(key []byte) bool {
	_, err := btcec.ParsePubKey(key)
	return err == nil
}

// readScript takes a script. One that is longer than any that can be spent is
// skipped and read as a lone OP_RETURN, as in Dash Core.
func readScript(b []byte) (s, rest []byte, err error) {
	n, b, err := readVarInt(b, math.MaxUint32)
	if err != nil {
		return nil, nil, err
	}
	if n >= specialScripts {
		n -= specialScripts
		if uint64(len(b)) < n {
			return nil, nil, ErrTruncated
		}
		s, rest = b[:n], b[n:]
		if n > script.MaxSize {
			s = []byte{byte(script.OpReturn)}
		}
		return append([]byte(nil), s...), rest, nil
	}
	size := 32
	if n < 2 {
		size = 20
	}
	if len(b) < size {
		return nil, nil, ErrTruncated
	}
	s, err = expandScript(byte(n), b[:size])
	return s, b[size:], err
}

func expandScript(form byte, data []byte) ([]byte, error) {
	switch form {
	case 0:
		s := append([]byte{byte(script.OpDup), byte(script.OpHash160), 20}, data...)
		return append(s, byte(script.OpEqualVerify), byte(script.OpCheckSig)), nil
	case 1:
		return append(append([]byte{byte(script.OpHash160), 20}, data...), byte(script.OpEqual)), nil
	case 2, 3:
		return append(append([]byte{33, form}, data...), byte(script.OpCheckSig)), nil
	}
	key, err := btcec.ParsePubKey(append([]byte{form - 2}, data...))
	if err != nil {
		return nil, ErrPubkey
	}
	return append(append([]byte{65}, key.SerializeUncompressed()...), byte(script.OpCheckSig)), nil
}

func appendOut(b []byte, out *wire.TxOut) []byte {
	return appendScript(AppendVarInt(b, CompressAmount(uint64(out.Value))), out.ScriptPubKey)
}

func readOut(b []byte) (out wire.TxOut, rest []byte, err error) {
	amount, b, err := readVarInt(b, math.MaxUint64)
	if err != nil {
		return out, nil, err
	}
	out.Value = int64(DecompressAmount(amount))
	out.ScriptPubKey, rest, err = readScript(b)
	return out, rest, err
}

// Append appends the form of a coin in a UTXO database.
func (c *Coin) Append(b []byte) []byte {
	return appendOut(AppendVarInt(b, c.code()), &c.Out)
}

// DecodeCoin reads what Append wrote, all of b.
func DecodeCoin(b []byte) (c Coin, err error) {
	code, b, err := readVarInt(b, math.MaxUint32)
	if err != nil {
		return c, err
	}
	c.Height, c.Coinbase = uint32(code>>1), code&1 != 0
	if c.Out, b, err = readOut(b); err == nil && len(b) != 0 {
		err = ErrTrailing
	}
	return c, err
}

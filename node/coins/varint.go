package coins

import (
	"dashmp/node/wire"
)

// ErrorKind is why a stored coin could not be read.
type ErrorKind string

func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrVarInt is a number that is truncated or does not fit its type.
	ErrVarInt ErrorKind = "coins: variable-length integer out of range"
	// ErrTruncated is an encoding that ends too early.
	ErrTruncated ErrorKind = "coins: truncated"
	// ErrPubkey is a compressed key that is no point of the curve.
	ErrPubkey ErrorKind = "coins: stored public key is not on the curve"
	// ErrTrailing is data behind the end of a record.
	ErrTrailing ErrorKind = "coins: data behind the end"
)

// AppendVarInt appends n in Dash Core's VARINT: base 128, most significant
// digit first, each digit but the last with its top bit set and less one, so
// that every number has exactly one form.
func AppendVarInt(b []byte, n uint64) []byte {
	var tmp [10]byte
	i := len(tmp) - 1
	tmp[i] = byte(n & 0x7f)
	for n > 0x7f {
		n = n>>7 - 1
		i--
		tmp[i] = byte(n&0x7f) | 0x80
	}
	return append(b, tmp[i:]...)
}

// readVarInt takes a VARINT of at most limit from b.
func readVarInt(b []byte, limit uint64) (n uint64, rest []byte, err error) {
	for i, v := range b {
		if n > limit>>7 {
			return 0, nil, ErrVarInt
		}
		n = n<<7 | uint64(v&0x7f)
		if v&0x80 == 0 {
			if n > limit {
				return 0, nil, ErrVarInt
			}
			return n, b[i+1:], nil
		}
		if n >= limit {
			return 0, nil, ErrVarInt
		}
		n++
	}
	return 0, nil, ErrVarInt
}

// Coin is an unspent output with what consensus must know of its origin.
type Coin struct {
	Out wire.TxOut
	// Height is that of the block which holds the output.
	Height   uint32
	Coinbase bool
}

// code is height and coinbase flag in one number, as every encoding has them.
func (c *Coin) code() uint64 {
	n := uint64(c.Height) << 1
	if c.Coinbase {
		n |= 1
	}
	return n
}

package script

import (
	"encoding/binary"

	"dashmp/node/wire"
)

// SigHash is the digest that a signature over input i of tx commits to, code
// being the script that the input satisfies. It is Bitcoin's original scheme
// with Dash's payload at the end (DIP2). hashType is signed as 32 bits, of
// which a signature carries the lowest eight. Of SINGLE without an output of
// the same index the digest is the number one, which is consensus.
func SigHash(tx *wire.Tx, i int, code []byte, hashType uint32) wire.Hash {
	mode := hashType & 0x1f
	if mode == SigHashSingle && i >= len(tx.Outputs) {
		return wire.Hash{1}
	}
	b := make([]byte, 0, 256)
	b = binary.LittleEndian.AppendUint32(b, uint32(int32(tx.Version))|uint32(tx.Type)<<16)
	b = appendSignedInputs(b, tx, i, code, hashType)
	switch mode {
	case SigHashNone:
		b = wire.AppendCompactSize(b, 0)
	case SigHashSingle:
		b = wire.AppendCompactSize(b, uint64(i)+1)
		blank := wire.TxOut{Value: -1}
		for range i {
			b = blank.Append(b)
		}
		b = tx.Outputs[i].Append(b)
	default:
		b = wire.AppendCompactSize(b, uint64(len(tx.Outputs)))
		for j := range tx.Outputs {
			b = tx.Outputs[j].Append(b)
		}
	}
	b = binary.LittleEndian.AppendUint32(b, tx.LockTime)
	if tx.HasExtraPayload() {
		b = wire.AppendVarBytes(b, tx.ExtraPayload)
	}
	return wire.DoubleSHA256(binary.LittleEndian.AppendUint32(b, hashType))
}

func appendSignedInputs(b []byte, tx *wire.Tx, i int, code []byte, hashType uint32) []byte {
	code = withoutSeparators(code)
	if hashType&SigHashAnyoneCanPay != 0 {
		b = wire.AppendCompactSize(b, 1)
		return appendSignedInput(b, &tx.Inputs[i], code, tx.Inputs[i].Sequence)
	}
	mode := hashType & 0x1f
	free := mode == SigHashNone || mode == SigHashSingle // others may change their sequence
	b = wire.AppendCompactSize(b, uint64(len(tx.Inputs)))
	for j := range tx.Inputs {
		in := &tx.Inputs[j]
		switch {
		case j == i:
			b = appendSignedInput(b, in, code, in.Sequence)
		case free:
			b = appendSignedInput(b, in, nil, 0)
		default:
			b = appendSignedInput(b, in, nil, in.Sequence)
		}
	}
	return b
}

func appendSignedInput(b []byte, in *wire.TxIn, code []byte, sequence uint32) []byte {
	b = in.PrevOut.Append(b)
	b = wire.AppendVarBytes(b, code)
	return binary.LittleEndian.AppendUint32(b, sequence)
}

// withoutSeparators returns s without its CODESEPARATORs. What follows a
// truncated instruction stays as it is.
func withoutSeparators(s []byte) []byte {
	var out []byte
	kept := 0
	for rest := s; len(rest) > 0; {
		op, _, after, ok := next(rest)
		if !ok {
			break
		}
		if op == OpCodeseparator {
			at := len(s) - len(rest)
			out = append(out, s[kept:at]...)
			kept = at + 1
		}
		rest = after
	}
	if kept == 0 {
		return s
	}
	return append(out, s[kept:]...)
}

// TxChecker answers for input Index of Tx. It is safe for concurrent use.
type TxChecker struct {
	Tx    *wire.Tx
	Index int
	// Cache remembers signatures that verified; nil means none.
	Cache SigCache
}

// SigCache remembers verified signatures.
type SigCache interface {
	// Has reports whether the signature is known to be valid.
	Has(hash wire.Hash, key, sig []byte) bool
	// Add remembers a valid signature.
	Add(hash wire.Hash, key, sig []byte)
}

// CheckSig implements Checker.
func (c *TxChecker) CheckSig(sig, key, code []byte) bool {
	if len(sig) == 0 || len(key) == 0 {
		return false
	}
	hash := SigHash(c.Tx, c.Index, code, uint32(sig[len(sig)-1]))
	sig = sig[:len(sig)-1]
	if c.Cache != nil && c.Cache.Has(hash, key, sig) {
		return true
	}
	if !VerifyECDSA(key, sig, hash) {
		return false
	}
	if c.Cache != nil {
		c.Cache.Add(hash, key, sig)
	}
	return true
}

// CheckLockTime implements Checker (BIP65).
func (c *TxChecker) CheckLockTime(n int64) bool {
	lock := int64(c.Tx.LockTime)
	if (lock < LockTimeSeconds) != (n < LockTimeSeconds) || n > lock {
		return false
	}
	return c.Tx.Inputs[c.Index].Sequence != wire.SequenceFinal
}

// CheckSequence implements Checker (BIP112). A negative version is large
// without its sign, as in Dash Core.
func (c *TxChecker) CheckSequence(n int64) bool {
	sequence := int64(c.Tx.Inputs[c.Index].Sequence)
	if uint32(int32(c.Tx.Version)) < 2 || sequence&wire.SequenceLockDisable != 0 {
		return false
	}
	const mask = wire.SequenceLockSeconds | wire.SequenceLockMask
	sequence, n = sequence&mask, n&mask
	if (sequence < wire.SequenceLockSeconds) != (n < wire.SequenceLockSeconds) {
		return false
	}
	return n <= sequence
}

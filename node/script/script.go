package script

import "encoding/binary"

// Limits of Dash Core's src/script/script.h.
const (
	MaxElementSize   = 520   // bytes of one stack element
	MaxOps           = 201   // counted operations of one script
	MaxMultisigKeys  = 20    // keys of one CHECKMULTISIG
	MaxSize          = 10000 // bytes of a script that is evaluated
	MaxStackSize     = 1000  // elements of both stacks together
	LockTimeSeconds  = 500_000_000
	compressedKey    = 33
	uncompressedKey  = 65
	maxDirectPushLen = 75
)

// next takes one instruction from s. data is the operand of a push and shares
// s. ok is false at a truncated instruction, and at the end of s.
func next(s []byte) (op Opcode, data, rest []byte, ok bool) {
	if len(s) == 0 {
		return OpInvalid, nil, nil, false
	}
	op, s = Opcode(s[0]), s[1:]
	if op > OpPushData4 {
		return op, nil, s, true
	}
	size, width := uint64(op), 0
	switch op {
	case OpPushData1:
		width = 1
	case OpPushData2:
		width = 2
	case OpPushData4:
		width = 4
	}
	if width > 0 {
		if len(s) < width {
			return OpInvalid, nil, nil, false
		}
		var le [8]byte
		copy(le[:], s[:width])
		size, s = binary.LittleEndian.Uint64(le[:]), s[width:]
	}
	if uint64(len(s)) < size {
		return OpInvalid, nil, nil, false
	}
	return op, s[:size:size], s[size:], true
}

// Instruction is one step of a script.
type Instruction struct {
	Op Opcode
	// Data is the operand of a push, shared with the script.
	Data []byte
}

// Parse splits s into its instructions; ok is false if the last is truncated,
// and then those before it are returned.
func Parse(s []byte) (list []Instruction, ok bool) {
	for len(s) > 0 {
		op, data, rest, ok := next(s)
		if !ok {
			return list, false
		}
		list, s = append(list, Instruction{op, data}), rest
	}
	return list, true
}

// AppendPush appends the push of data that Dash Core's CScript makes of a
// vector: always as data, never as one of OP_1 to OP_16.
func AppendPush(s, data []byte) []byte {
	switch n := len(data); {
	case n <= maxDirectPushLen:
		s = append(s, byte(n))
	case n <= 0xff:
		s = append(s, byte(OpPushData1), byte(n))
	case n <= 0xffff:
		s = binary.LittleEndian.AppendUint16(append(s, byte(OpPushData2)), uint16(n))
	default:
		s = binary.LittleEndian.AppendUint32(append(s, byte(OpPushData4)), uint32(n))
	}
	return append(s, data...)
}

// AppendInt appends the shortest push of a number, as Dash Core's CScript does.
func AppendInt(s []byte, n int64) []byte {
	switch {
	case n == -1:
		return append(s, byte(Op1Negate))
	case n == 0:
		return append(s, byte(Op0))
	case n >= 1 && n <= 16:
		return append(s, byte(Op1)+byte(n-1))
	}
	return AppendPush(s, encodeNum(n))
}

// IsPushOnly reports whether s only pushes. OP_RESERVED counts as a push here;
// executing it fails anyway.
func IsPushOnly(s []byte) bool {
	for len(s) > 0 {
		op, _, rest, ok := next(s)
		if !ok || op > Op16 {
			return false
		}
		s = rest
	}
	return true
}

// IsPayToScriptHash reports whether s is HASH160 <20 bytes> EQUAL (BIP16).
func IsPayToScriptHash(s []byte) bool {
	return len(s) == 23 && s[0] == byte(OpHash160) && s[1] == 20 && s[22] == byte(OpEqual)
}

// IsPayToPubkeyHash reports whether s is DUP HASH160 <20 bytes> EQUALVERIFY CHECKSIG.
func IsPayToPubkeyHash(s []byte) bool {
	return len(s) == 25 && s[0] == byte(OpDup) && s[1] == byte(OpHash160) && s[2] == 20 &&
		s[23] == byte(OpEqualVerify) && s[24] == byte(OpCheckSig)
}

// IsUnspendable reports whether no input can ever satisfy s.
func IsUnspendable(s []byte) bool {
	return len(s) > 0 && s[0] == byte(OpReturn) || len(s) > MaxSize
}

// SigOps counts signature operations. If accurate is false, every CHECKMULTISIG
// counts as twenty, the way blocks were limited from the start.
func SigOps(s []byte, accurate bool) int {
	n, last := 0, OpInvalid
	for len(s) > 0 {
		op, _, rest, ok := next(s)
		if !ok {
			break
		}
		switch op {
		case OpCheckSig, OpCheckSigVerify:
			n++
		case OpCheckMultisig, OpCheckMultisigVerify:
			if accurate && last >= Op1 && last <= Op16 {
				n += int(last-Op1) + 1
			} else {
				n += MaxMultisigKeys
			}
		}
		last, s = op, rest
	}
	return n
}

// SigOpsP2SH counts the signature operations that spending output script
// pubKey with input script sig runs, those of a redeem script included.
func SigOpsP2SH(pubKey, sig []byte) int {
	if !IsPayToScriptHash(pubKey) {
		return SigOps(pubKey, true)
	}
	var redeem []byte
	for len(sig) > 0 {
		op, data, rest, ok := next(sig)
		if !ok || op > Op16 {
			return 0
		}
		redeem, sig = data, rest
	}
	return SigOps(redeem, true)
}

// findAndDelete returns s without each occurrence of pattern that begins at an
// instruction, and how often that was. It returns s itself if there is none.
func findAndDelete(s, pattern []byte) (out []byte, found int) {
	if len(pattern) == 0 {
		return s, 0
	}
	rest, kept := s, 0 // s[kept:] up to rest has not been copied yet
	for {
		at := len(s) - len(rest)
		skipped := at
		for len(s)-skipped >= len(pattern) && string(s[skipped:skipped+len(pattern)]) == string(pattern) {
			skipped += len(pattern)
			found++
		}
		if skipped > at {
			out = append(out, s[kept:at]...)
			kept, rest = skipped, s[skipped:]
		}
		_, _, after, ok := next(rest)
		if !ok {
			break
		}
		rest = after
	}
	if found == 0 {
		return s, 0
	}
	return append(out, s[kept:]...), found
}

// minimalPush reports whether op is the shortest way to push data (BIP62 rule 3).
func minimalPush(op Opcode, data []byte) bool {
	switch n := len(data); {
	case n == 0:
		return op == Op0
	case n == 1 && (data[0] >= 1 && data[0] <= 16 || data[0] == 0x81):
		return false
	case n <= maxDirectPushLen:
		return int(op) == n
	case n <= 0xff:
		return op == OpPushData1
	case n <= 0xffff:
		return op == OpPushData2
	}
	return true
}

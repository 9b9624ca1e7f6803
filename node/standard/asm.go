package standard

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"dashmp/node/script"
)

// SigHashName is the text of a signature hash type, "" if it has none
// (SighashToStr).
func SigHashName(t byte) string {
	var name string
	switch t &^ script.SigHashAnyoneCanPay {
	case script.SigHashAll:
		name = "ALL"
	case script.SigHashNone:
		name = "NONE"
	case script.SigHashSingle:
		name = "SINGLE"
	default:
		return ""
	}
	if t&script.SigHashAnyoneCanPay != 0 {
		name += "|ANYONECANPAY"
	}
	return name
}

// ParseSigHash is the reverse of SigHashName.
func ParseSigHash(name string) (byte, bool) {
	for _, t := range []byte{script.SigHashAll, script.SigHashNone, script.SigHashSingle} {
		for _, t := range []byte{t, t | script.SigHashAnyoneCanPay} {
			if SigHashName(t) == name {
				return t, true
			}
		}
	}
	return 0, false
}

// Asm is the text of a script (ScriptToAsmStr): names of operations, numbers of
// at most four bytes in decimal, longer data in hexadecimal. With sigHash, data
// that has the form of a signature is shown with the name of its type, as in
// input scripts. A script that is cut off ends in [error].
func Asm(s []byte, sigHash bool) string {
	sigHash = sigHash && !script.IsUnspendable(s)
	list, ok := script.Parse(s)
	var b strings.Builder
	for i, in := range list {
		if i > 0 {
			b.WriteByte(' ')
		}
		switch {
		case in.Op > script.OpPushData4:
			b.WriteString(in.Op.String())
		case len(in.Data) <= 4:
			b.WriteString(strconv.FormatInt(number(in.Data), 10))
		default:
			b.WriteString(asmData(in.Data, sigHash))
		}
	}
	if !ok {
		if len(list) > 0 {
			b.WriteByte(' ')
		}
		b.WriteString("[error]")
	}
	return b.String()
}

func asmData(data []byte, sigHash bool) string {
	if sigHash && script.CheckSignatureEncoding(data, script.VerifyStrictEnc) == nil {
		if name := SigHashName(data[len(data)-1]); name != "" {
			return hex.EncodeToString(data[:len(data)-1]) + "[" + name + "]"
		}
	}
	return hex.EncodeToString(data)
}

// Errors of ParseAsm, with Dash Core's texts.
var (
	ErrOpcode = errors.New("script parse error: unknown opcode")
	ErrNumber = errors.New("script parse error: decimal numeric value only allowed in the range -0xFFFFFFFF...0xFFFFFFFF")
)

// ParseAsm reads the script language of dash-tx and of the test vectors
// (ParseScript of src/core_read.cpp): decimal numbers and 'text' are pushed, 0x
// followed by hexadecimal is put in as it is, everything else names an
// operation, with or without OP_.
func ParseAsm(text string) ([]byte, error) {
	var s []byte
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' }) {
		raw, isHex := strings.CutPrefix(w, "0x")
		isHex = isHex && IsHex(raw)
		switch {
		case isDecimal(strings.TrimPrefix(w, "-")):
			n, err := strconv.ParseInt(w, 10, 64)
			if err != nil || n > 0xffffffff || n < -0xffffffff {
				return nil, ErrNumber
			}
			s = script.AppendInt(s, n)
		case isHex:
			b, _ := hex.DecodeString(raw)
			s = append(s, b...)
		case len(w) >= 2 && w[0] == '\'' && w[len(w)-1] == '\'':
			s = script.AppendPush(s, []byte(w[1:len(w)-1]))
		default:
			op, ok := opcode(w)
			if !ok {
				return nil, ErrOpcode
			}
			s = append(s, byte(op))
		}
	}
	return s, nil
}

// opcode finds an operation by name. Pushes have no name, except OP_RESERVED.
func opcode(name string) (script.Opcode, bool) {
	full := name
	if !strings.HasPrefix(name, "OP_") {
		full = "OP_" + name
	}
	for op := script.OpReserved; op <= script.OpCheckDataSigVerify; op++ {
		if op > script.OpReserved && op < script.OpNop {
			continue
		}
		if op.String() == full && full != "OP_UNKNOWN" {
			return op, true
		}
	}
	return 0, false
}

func isDecimal(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// IsHex reports whether s is at least one byte in hexadecimal (IsHex of
// src/util/strencodings.cpp).
func IsHex(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if (s[i] < '0' || s[i] > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) > 0 && len(s)%2 == 0
}

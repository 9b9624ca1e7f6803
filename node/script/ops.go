package script

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"slices"

	//lint:ignore SA1019 OP_RIPEMD160 is part of the language
	"golang.org/x/crypto/ripemd160"
)

// shuffleArgs is how many elements each operation on the stack needs.
var shuffleArgs = [...]int{
	0: 1, OpFromAltStack - OpToAltStack: 0, Op2Drop - OpToAltStack: 2,
	Op2Dup - OpToAltStack: 2, Op3Dup - OpToAltStack: 3, Op2Over - OpToAltStack: 4, Op2Rot - OpToAltStack: 6,
	Op2Swap - OpToAltStack: 4, OpIfDup - OpToAltStack: 1, OpDepth - OpToAltStack: 0, OpDrop - OpToAltStack: 1,
	OpDup - OpToAltStack: 1, OpNip - OpToAltStack: 2, OpOver - OpToAltStack: 2, OpPick - OpToAltStack: 2,
	OpRoll - OpToAltStack: 2, OpRot - OpToAltStack: 3, OpSwap - OpToAltStack: 2, OpTuck - OpToAltStack: 2,
}

// shuffle executes the operations that move elements about.
func (e *engine) shuffle(op Opcode) error {
	if len(e.stack) < shuffleArgs[op-OpToAltStack] {
		return ErrInvalidStackOperation
	}
	n := len(e.stack)
	switch op {
	case OpToAltStack:
		e.alt = append(e.alt, e.pop())
	case OpFromAltStack:
		if len(e.alt) < 1 {
			return ErrInvalidAltstackOperation
		}
		e.push(e.alt[len(e.alt)-1])
		e.alt = e.alt[:len(e.alt)-1]
	case Op2Drop:
		e.drop(2)
	case Op2Dup:
		e.stack = append(e.stack, e.top(2), e.top(1))
	case Op3Dup:
		e.stack = append(e.stack, e.top(3), e.top(2), e.top(1))
	case Op2Over:
		e.stack = append(e.stack, e.top(4), e.top(3))
	case Op2Rot:
		a, b := e.top(6), e.top(5)
		copy(e.stack[n-6:], e.stack[n-4:])
		e.stack[n-2], e.stack[n-1] = a, b
	case Op2Swap:
		s := e.stack[n-4:]
		s[0], s[1], s[2], s[3] = s[2], s[3], s[0], s[1]
	case OpIfDup:
		if asBool(e.top(1)) {
			e.push(e.top(1))
		}
	case OpDepth:
		e.push(encodeNum(int64(n)))
	case OpDrop:
		e.drop(1)
	case OpDup:
		e.push(e.top(1))
	case OpNip:
		e.stack = slices.Delete(e.stack, n-2, n-1)
	case OpOver:
		e.push(e.top(2))
	case OpPick, OpRoll:
		return e.pick(op == OpRoll)
	case OpRot:
		s := e.stack[n-3:]
		s[0], s[1], s[2] = s[1], s[2], s[0]
	case OpSwap:
		s := e.stack[n-2:]
		s[0], s[1] = s[1], s[0]
	case OpTuck:
		e.stack = slices.Insert(e.stack, n-2, e.top(1))
	}
	return nil
}

func (e *engine) pick(remove bool) error {
	v, err := e.num(1)
	if err != nil {
		return err
	}
	e.drop(1)
	n, i := len(e.stack), clampInt(v)
	if i < 0 || i >= n {
		return ErrInvalidStackOperation
	}
	b := e.stack[n-1-i]
	if remove {
		e.stack = slices.Delete(e.stack, n-1-i, n-i)
	}
	e.push(b)
	return nil
}

// splice executes DIP20's operations on bytes, and SIZE.
func (e *engine) splice(op Opcode) error {
	need := 2
	if op == OpSize || op == OpBin2Num {
		need = 1
	}
	if len(e.stack) < need {
		return ErrInvalidStackOperation
	}
	switch op {
	case OpSize:
		e.push(encodeNum(int64(len(e.top(1)))))
	case OpBin2Num:
		b := minimize(e.pop())
		e.push(b)
		if len(b) > maxNum {
			return ErrInvalidNumberRange
		}
	case OpCat:
		a, b := e.top(2), e.top(1)
		if len(a)+len(b) > MaxElementSize {
			return ErrPushSize
		}
		e.drop(2)
		e.push(slices.Concat(a, b))
	case OpSplit:
		v, err := e.num(1)
		if err != nil {
			return err
		}
		b := e.top(2)
		if v < 0 || v > int64(len(b)) {
			return ErrInvalidSplitRange
		}
		e.drop(2)
		e.stack = append(e.stack, b[:v:v], b[v:])
	case OpNum2Bin:
		return e.num2bin()
	}
	return nil
}

func (e *engine) num2bin() error {
	v, err := e.num(1)
	if err != nil {
		return err
	}
	if v < 0 || v > MaxElementSize {
		return ErrPushSize
	}
	e.drop(1)
	b, size := minimize(e.pop()), int(v)
	if len(b) > size {
		e.push(b)
		return ErrImpossibleEncoding
	}
	if len(b) < size {
		wide := make([]byte, size)
		copy(wide, b)
		if len(b) > 0 {
			wide[len(b)-1] &= 0x7f
			wide[size-1] |= b[len(b)-1] & 0x80
		}
		b = wide
	}
	e.push(b)
	return nil
}

// bitwise executes AND, OR, XOR and comparison of bytes.
func (e *engine) bitwise(op Opcode) error {
	if len(e.stack) < 2 {
		return ErrInvalidStackOperation
	}
	a, b := e.top(2), e.top(1)
	if op == OpEqual || op == OpEqualVerify {
		equal := bytes.Equal(a, b)
		e.drop(2)
		e.push(fromBool(equal))
		if op == OpEqualVerify {
			return e.verifyTop(ErrEqualVerify)
		}
		return nil
	}
	if len(a) != len(b) {
		return ErrInvalidOperandSize
	}
	out := make([]byte, len(a))
	for i := range a {
		switch op {
		case OpAnd:
			out[i] = a[i] & b[i]
		case OpOr:
			out[i] = a[i] | b[i]
		case OpXor:
			out[i] = a[i] ^ b[i]
		}
	}
	e.drop(2)
	e.push(out)
	return nil
}

func (e *engine) unary(op Opcode) error {
	if len(e.stack) < 1 {
		return ErrInvalidStackOperation
	}
	n, err := e.num(1)
	if err != nil {
		return err
	}
	switch op {
	case Op1Add:
		n++
	case Op1Sub:
		n--
	case OpNegate:
		n = -n
	case OpAbs:
		n = max(n, -n)
	case OpNot:
		n = toNum(n == 0)
	case Op0NotEqual:
		n = toNum(n != 0)
	}
	e.drop(1)
	e.push(encodeNum(n))
	return nil
}

// arithmetic executes the operations on two numbers, and WITHIN on three.
func (e *engine) arithmetic(op Opcode) error {
	need := 2
	if op == OpWithin {
		need = 3
	}
	if len(e.stack) < need {
		return ErrInvalidStackOperation
	}
	var v [3]int64
	for i := range need {
		n, err := e.num(need - i)
		if err != nil {
			return err
		}
		v[i] = n
	}
	n := int64(0)
	switch op {
	case OpDiv, OpMod:
		if v[1] == 0 && op == OpDiv {
			return ErrDivByZero
		}
		if v[1] == 0 {
			return ErrModByZero
		}
		if n = v[0] / v[1]; op == OpMod {
			n = v[0] % v[1]
		}
	case OpWithin:
		n = toNum(v[1] <= v[0] && v[0] < v[2])
	default:
		n = compute(op, v[0], v[1])
	}
	e.drop(need)
	e.push(encodeNum(n))
	if op == OpNumEqualVerify {
		return e.verifyTop(ErrNumEqualVerify)
	}
	return nil
}

// compute evaluates the operations on two numbers that cannot fail.
func compute(op Opcode, a, b int64) int64 {
	switch op {
	case OpAdd:
		return a + b
	case OpSub:
		return a - b
	case OpBoolAnd:
		return toNum(a != 0 && b != 0)
	case OpBoolOr:
		return toNum(a != 0 || b != 0)
	case OpNumEqual, OpNumEqualVerify:
		return toNum(a == b)
	case OpNumNotEqual:
		return toNum(a != b)
	case OpLessThan:
		return toNum(a < b)
	case OpGreaterThan:
		return toNum(a > b)
	case OpLessThanOrEqual:
		return toNum(a <= b)
	case OpGreaterThanOrEqual:
		return toNum(a >= b)
	case OpMin:
		return min(a, b)
	}
	return max(a, b)
}

func toNum(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

func (e *engine) hash(op Opcode) error {
	if len(e.stack) < 1 {
		return ErrInvalidStackOperation
	}
	b := e.pop()
	switch op {
	case OpRipemd160:
		b = ripemd(b)
	case OpSha1:
		h := sha1.Sum(b)
		b = h[:]
	case OpSha256:
		h := sha256.Sum256(b)
		b = h[:]
	case OpHash160:
		b = Hash160(b)
	case OpHash256:
		h := sha256.Sum256(b)
		h = sha256.Sum256(h[:])
		b = h[:]
	}
	e.push(b)
	return nil
}

func ripemd(b []byte) []byte {
	h := ripemd160.New()
	h.Write(b)
	return h.Sum(nil)
}

// Hash160 is RIPEMD160 of SHA256, 20 bytes.
func Hash160(b []byte) []byte {
	h := sha256.Sum256(b)
	return ripemd(h[:])
}

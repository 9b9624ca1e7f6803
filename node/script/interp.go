package script

// Flags select rules. Each is a soft fork: what passes with more flags passes
// with fewer.
type Flags uint32

// The flags of Dash Core's src/script/interpreter.h, with its bits.
const (
	VerifyP2SH                     Flags = 1 << 0
	VerifyStrictEnc                Flags = 1 << 1
	VerifyDERSig                   Flags = 1 << 2
	VerifyLowS                     Flags = 1 << 3
	VerifyNullDummy                Flags = 1 << 4
	VerifySigPushOnly              Flags = 1 << 5
	VerifyMinimalData              Flags = 1 << 6
	VerifyDiscourageUpgradableNops Flags = 1 << 7
	VerifyCleanStack               Flags = 1 << 8
	VerifyCheckLockTime            Flags = 1 << 9
	VerifyCheckSequence            Flags = 1 << 10
	VerifyNullFail                 Flags = 1 << 14
	VerifyConstScriptCode          Flags = 1 << 16
)

// Checker answers what a script asks about the transaction that spends.
type Checker interface {
	// CheckSig verifies sig (with its hash type byte) of key over the
	// transaction, of which code is the script being satisfied.
	CheckSig(sig, key, code []byte) bool
	// CheckLockTime reports whether the transaction's lock time is at least n (BIP65).
	CheckLockTime(n int64) bool
	// CheckSequence reports whether the input's sequence satisfies n (BIP112).
	CheckSequence(n int64) bool
}

// engine is one evaluation of one script on a stack.
type engine struct {
	stack, alt [][]byte
	flags      Flags
	checker    Checker
	script     []byte
	// codeStart is where the script that signatures commit to begins.
	codeStart int
	// at is the offset behind the instruction being executed.
	at  int
	ops int
	// depth counts open IFs, and off is the depth of the first whose branch is
	// not taken, or 0. Deeper ones need not be remembered.
	depth, off int
}

// Verify runs sig, then pubKey on the resulting stack, then for P2SH the
// redeem script. It returns nil or an ErrorKind.
func Verify(sig, pubKey []byte, flags Flags, checker Checker) error {
	if flags&VerifySigPushOnly != 0 && !IsPushOnly(sig) {
		return ErrSigPushOnly
	}
	stack, err := eval(nil, sig, flags, checker)
	if err != nil {
		return err
	}
	var saved [][]byte
	p2sh := flags&VerifyP2SH != 0 && IsPayToScriptHash(pubKey)
	if p2sh {
		saved = append(saved, stack...)
	}
	if stack, err = evalTrue(stack, pubKey, flags, checker); err != nil {
		return err
	}
	if p2sh {
		if !IsPushOnly(sig) {
			return ErrSigPushOnly
		}
		redeem := saved[len(saved)-1]
		if stack, err = evalTrue(saved[:len(saved)-1], redeem, flags, checker); err != nil {
			return err
		}
	}
	if flags&VerifyCleanStack != 0 && len(stack) != 1 {
		return ErrCleanStack
	}
	return nil
}

// evalTrue evaluates a script that must leave a true value on top.
func evalTrue(stack [][]byte, script []byte, flags Flags, checker Checker) ([][]byte, error) {
	stack, err := eval(stack, script, flags, checker)
	if err == nil && (len(stack) == 0 || !asBool(stack[len(stack)-1])) {
		err = ErrEvalFalse
	}
	return stack, err
}

// eval runs script on stack and returns the stack it leaves. Elements are
// never changed in place, so that stacks may share them.
func eval(stack [][]byte, script []byte, flags Flags, checker Checker) ([][]byte, error) {
	if len(script) > MaxSize {
		return stack, ErrScriptSize
	}
	e := engine{stack: stack, flags: flags, checker: checker, script: script}
	for e.at < len(script) {
		op, data, rest, ok := next(script[e.at:])
		if !ok {
			return e.stack, ErrBadOpcode
		}
		e.at = len(script) - len(rest)
		if err := e.step(op, data); err != nil {
			return e.stack, err
		}
		if len(e.stack)+len(e.alt) > MaxStackSize {
			return e.stack, ErrStackSize
		}
	}
	if e.depth != 0 {
		return e.stack, ErrUnbalancedConditional
	}
	return e.stack, nil
}

// step checks what holds for every instruction, executed or not, then executes.
func (e *engine) step(op Opcode, data []byte) error {
	if len(data) > MaxElementSize {
		return ErrPushSize
	}
	if op > Op16 {
		if e.ops++; e.ops > MaxOps {
			return ErrOpCount
		}
	}
	if op.disabled() {
		return ErrDisabledOpcode
	}
	if op == OpCodeseparator && e.flags&VerifyConstScriptCode != 0 {
		return ErrOpCodeseparator
	}
	running := e.off == 0
	switch {
	case running && op <= OpPushData4:
		if e.flags&VerifyMinimalData != 0 && !minimalPush(op, data) {
			return ErrMinimalData
		}
		e.push(data)
		return nil
	case op >= OpIf && op <= OpEndIf:
		return e.conditional(op, running)
	case running:
		return e.execute(op)
	}
	return nil
}

func (e *engine) conditional(op Opcode, running bool) error {
	switch op {
	case OpIf, OpNotIf:
		taken := false
		if running {
			if len(e.stack) < 1 {
				return ErrUnbalancedConditional
			}
			taken = asBool(e.pop()) == (op == OpIf)
		}
		e.depth++
		if running && !taken {
			e.off = e.depth
		}
	case OpElse:
		if e.depth == 0 {
			return ErrUnbalancedConditional
		}
		switch e.off {
		case 0:
			e.off = e.depth
		case e.depth:
			e.off = 0
		}
	case OpEndIf:
		if e.depth == 0 {
			return ErrUnbalancedConditional
		}
		if e.off == e.depth {
			e.off = 0
		}
		e.depth--
	default: // OP_VERIF and OP_VERNOTIF fail even where they are not executed
		return ErrBadOpcode
	}
	return nil
}

// execute runs one instruction that neither pushes literal data nor branches.
func (e *engine) execute(op Opcode) error {
	switch {
	case op == Op1Negate || op >= Op1 && op <= Op16:
		e.push(encodeNum(int64(op) - int64(Op1-1)))
		return nil
	case op == OpNop:
		return nil
	case op == OpCheckLockTimeVerify || op == OpCheckSequenceVerify:
		return e.lockTime(op)
	case op >= OpNop1 && op <= OpNop10:
		if e.flags&VerifyDiscourageUpgradableNops != 0 {
			return ErrDiscourageUpgradableNops
		}
		return nil
	case op == OpVerify:
		return e.verifyTop(ErrVerify)
	case op == OpReturn:
		return ErrOpReturn
	case op >= OpToAltStack && op <= OpTuck:
		return e.shuffle(op)
	case op >= OpCat && op <= OpSize:
		return e.splice(op)
	case op >= OpAnd && op <= OpEqualVerify:
		return e.bitwise(op)
	case op >= Op1Add && op <= Op0NotEqual:
		return e.unary(op)
	case op >= OpAdd && op <= OpWithin:
		return e.arithmetic(op)
	case op >= OpRipemd160 && op <= OpHash256:
		return e.hash(op)
	case op >= OpCodeseparator && op <= OpCheckMultisigVerify || op == OpCheckDataSig || op == OpCheckDataSigVerify:
		return e.signature(op)
	}
	return ErrBadOpcode
}

// verifyTop takes the top element, which must be true; a false one stays, as in
// Dash Core, where nobody sees it any more.
func (e *engine) verifyTop(kind ErrorKind) error {
	if len(e.stack) < 1 {
		return ErrInvalidStackOperation
	}
	if !asBool(e.top(1)) {
		return kind
	}
	e.pop()
	return nil
}

// lockTime executes BIP65 and BIP112. Their operands may have five bytes, and
// stay on the stack.
func (e *engine) lockTime(op Opcode) error {
	flag := VerifyCheckLockTime
	if op == OpCheckSequenceVerify {
		flag = VerifyCheckSequence
	}
	if e.flags&flag == 0 {
		return nil
	}
	if len(e.stack) < 1 {
		return ErrInvalidStackOperation
	}
	n, err := decodeNum(e.top(1), e.minimal(), maxLockNum)
	if err != nil {
		return err
	}
	if n < 0 {
		return ErrNegativeLocktime
	}
	ok := false
	if op == OpCheckLockTimeVerify {
		ok = e.checker.CheckLockTime(n)
	} else {
		ok = n&(1<<31) != 0 || e.checker.CheckSequence(n)
	}
	if !ok {
		return ErrUnsatisfiedLocktime
	}
	return nil
}

func (e *engine) minimal() bool { return e.flags&VerifyMinimalData != 0 }

func (e *engine) push(b []byte) { e.stack = append(e.stack, b) }

// top is the i-th element from the top, counted from 1.
func (e *engine) top(i int) []byte { return e.stack[len(e.stack)-i] }

func (e *engine) pop() []byte {
	b := e.top(1)
	e.stack = e.stack[:len(e.stack)-1]
	return b
}

func (e *engine) drop(n int) { e.stack = e.stack[:len(e.stack)-n] }

// num is the i-th element from the top as an operand of arithmetic.
func (e *engine) num(i int) (int64, error) { return decodeNum(e.top(i), e.minimal(), maxNum) }

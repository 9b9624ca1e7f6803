package script

import "crypto/sha256"

// signature executes the operations that verify signatures.
func (e *engine) signature(op Opcode) error {
	switch op {
	case OpCodeseparator:
		e.codeStart = e.at
		return nil
	case OpCheckSig, OpCheckSigVerify:
		if err := e.checkSig(); err != nil {
			return err
		}
		if op == OpCheckSigVerify {
			return e.verifyTop(ErrCheckSigVerify)
		}
	case OpCheckMultisig, OpCheckMultisigVerify:
		if err := e.checkMultisig(); err != nil {
			return err
		}
		if op == OpCheckMultisigVerify {
			return e.verifyTop(ErrCheckMultisigVerify)
		}
	default:
		if err := e.checkDataSig(); err != nil {
			return err
		}
		if op == OpCheckDataSigVerify {
			return e.verifyTop(ErrCheckDataSigVerify)
		}
	}
	return nil
}

// code is the script that signatures commit to: what follows the last
// CODESEPARATOR, without the signatures themselves, which cannot sign themselves.
func (e *engine) code(sigs ...[]byte) ([]byte, error) {
	code := e.script[e.codeStart:]
	for _, sig := range sigs {
		var found int
		code, found = findAndDelete(code, AppendPush(nil, sig))
		if found > 0 && e.flags&VerifyConstScriptCode != 0 {
			return nil, ErrSigFindAndDelete
		}
	}
	return code, nil
}

func (e *engine) checkSig() error {
	if len(e.stack) < 2 {
		return ErrInvalidStackOperation
	}
	sig, key := e.top(2), e.top(1)
	code, err := e.code(sig)
	if err != nil {
		return err
	}
	if err := e.checkEncoding(sig, key); err != nil {
		return err
	}
	ok := e.checker.CheckSig(sig, key, code)
	if !ok && e.flags&VerifyNullFail != 0 && len(sig) > 0 {
		return ErrSigNullFail
	}
	e.drop(2)
	e.push(fromBool(ok))
	return nil
}

// checkDataSig is DIP20's signature over the SHA256 of any message. As in Dash
// Core its encoding rules are those of CHECKSIG, hash type included.
func (e *engine) checkDataSig() error {
	if len(e.stack) < 3 {
		return ErrInvalidStackOperation
	}
	sig, message, key := e.top(3), e.top(2), e.top(1)
	if err := e.checkEncoding(sig, key); err != nil {
		return err
	}
	ok := false
	if len(sig) > 0 {
		ok = VerifyECDSA(key, sig, sha256.Sum256(message))
	}
	if !ok && e.flags&VerifyNullFail != 0 && len(sig) > 0 {
		return ErrSigNullFail
	}
	e.drop(3)
	e.push(fromBool(ok))
	return nil
}

// multisigArgs finds the operands of CHECKMULTISIG: ( 0 sigs… m keys… n -- ).
func (e *engine) multisigArgs() (sigs, keys [][]byte, err error) {
	count := func(at, limit int, kind ErrorKind) (int, error) {
		if len(e.stack) < at {
			return 0, ErrInvalidStackOperation
		}
		v, err := e.num(at)
		if err != nil {
			return 0, err
		}
		if n := clampInt(v); n >= 0 && n <= limit {
			return n, nil
		}
		return 0, kind
	}
	n, err := count(1, MaxMultisigKeys, ErrPubkeyCount)
	if err != nil {
		return nil, nil, err
	}
	if e.ops += n; e.ops > MaxOps {
		return nil, nil, ErrOpCount
	}
	m, err := count(n+2, n, ErrSigCount)
	if err != nil {
		return nil, nil, err
	}
	if len(e.stack) < n+m+3 { // the surplus element included, see checkMultisig
		return nil, nil, ErrInvalidStackOperation
	}
	top := len(e.stack)
	return e.stack[top-n-m-2 : top-n-2], e.stack[top-n-1 : top-1], nil
}

func (e *engine) checkMultisig() error {
	sigs, keys, err := e.multisigArgs()
	if err != nil {
		return err
	}
	// Signatures and keys are matched from the top of the stack downwards, and
	// signatures are removed from the code in that order, too.
	reversed := make([][]byte, 0, len(sigs))
	for i := len(sigs) - 1; i >= 0; i-- {
		reversed = append(reversed, sigs[i])
	}
	code, err := e.code(reversed...)
	if err != nil {
		return err
	}
	left, candidates := sigs, keys
	for len(left) > 0 && len(left) <= len(candidates) {
		sig, key := left[len(left)-1], candidates[len(candidates)-1]
		if err := e.checkEncoding(sig, key); err != nil {
			return err
		}
		if e.checker.CheckSig(sig, key, code) {
			left = left[:len(left)-1]
		}
		candidates = candidates[:len(candidates)-1]
	}
	ok := len(left) == 0
	if !ok && e.flags&VerifyNullFail != 0 {
		for _, sig := range sigs {
			if len(sig) > 0 {
				return ErrSigNullFail
			}
		}
	}
	e.drop(len(sigs) + len(keys) + 2)
	// One element more is consumed by an old mistake that is consensus now; it
	// must be empty, or anyone could change it (BIP147).
	if e.flags&VerifyNullDummy != 0 && len(e.top(1)) > 0 {
		return ErrSigNullDummy
	}
	e.drop(1)
	e.push(fromBool(ok))
	return nil
}

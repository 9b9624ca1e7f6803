package script

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"dashmp/node/wire"
)

var flagNames = map[string]Flags{
	"P2SH": VerifyP2SH, "STRICTENC": VerifyStrictEnc, "DERSIG": VerifyDERSig, "LOW_S": VerifyLowS,
	"SIGPUSHONLY": VerifySigPushOnly, "MINIMALDATA": VerifyMinimalData, "NULLDUMMY": VerifyNullDummy,
	"DISCOURAGE_UPGRADABLE_NOPS": VerifyDiscourageUpgradableNops, "CLEANSTACK": VerifyCleanStack,
	"NULLFAIL": VerifyNullFail, "CHECKLOCKTIMEVERIFY": VerifyCheckLockTime,
	"CHECKSEQUENCEVERIFY": VerifyCheckSequence, "CONST_SCRIPTCODE": VerifyConstScriptCode,
}

const allFlags = VerifyP2SH | VerifyStrictEnc | VerifyDERSig | VerifyLowS | VerifySigPushOnly | VerifyMinimalData |
	VerifyNullDummy | VerifyDiscourageUpgradableNops | VerifyCleanStack | VerifyNullFail | VerifyCheckLockTime |
	VerifyCheckSequence | VerifyConstScriptCode

// errorNames are the names that script_tests.json uses.
var errorNames = map[string]error{
	"OK": nil, "UNKNOWN_ERROR": ErrUnknown, "EVAL_FALSE": ErrEvalFalse, "OP_RETURN": ErrOpReturn,
	"SCRIPT_SIZE": ErrScriptSize, "PUSH_SIZE": ErrPushSize, "OP_COUNT": ErrOpCount, "STACK_SIZE": ErrStackSize,
	"SIG_COUNT": ErrSigCount, "PUBKEY_COUNT": ErrPubkeyCount, "VERIFY": ErrVerify, "EQUALVERIFY": ErrEqualVerify,
	"CHECKMULTISIGVERIFY": ErrCheckMultisigVerify, "CHECKSIGVERIFY": ErrCheckSigVerify,
	"CHECKDATASIGVERIFY": ErrCheckDataSigVerify, "NUMEQUALVERIFY": ErrNumEqualVerify, "BAD_OPCODE": ErrBadOpcode,
	"DISABLED_OPCODE": ErrDisabledOpcode, "INVALID_STACK_OPERATION": ErrInvalidStackOperation,
	"INVALID_ALTSTACK_OPERATION": ErrInvalidAltstackOperation, "UNBALANCED_CONDITIONAL": ErrUnbalancedConditional,
	"NEGATIVE_LOCKTIME": ErrNegativeLocktime, "UNSATISFIED_LOCKTIME": ErrUnsatisfiedLocktime,
	"SIG_HASHTYPE": ErrSigHashType, "SIG_DER": ErrSigDER, "MINIMALDATA": ErrMinimalData,
	"SIG_PUSHONLY": ErrSigPushOnly, "SIG_HIGH_S": ErrSigHighS, "SIG_NULLDUMMY": ErrSigNullDummy,
	"PUBKEYTYPE": ErrPubkeyType, "CLEANSTACK": ErrCleanStack, "NULLFAIL": ErrSigNullFail,
	"DISCOURAGE_UPGRADABLE_NOPS": ErrDiscourageUpgradableNops, "SPLIT_RANGE": ErrInvalidSplitRange,
	"OPERAND_SIZE": ErrInvalidOperandSize, "INVALID_NUMBER_RANGE": ErrInvalidNumberRange,
	"DIV_BY_ZERO": ErrDivByZero, "MOD_BY_ZERO": ErrModByZero, "OP_CODESEPARATOR": ErrOpCodeseparator,
	"SIG_FINDANDDELETE": ErrSigFindAndDelete, "IMPOSSIBLE_ENCODING": ErrImpossibleEncoding,
}

func TestScriptVectors(t *testing.T) {
	ran := 0
	for i, entry := range readVectors(t, "script_tests.json") {
		var f []string
		for _, raw := range entry {
			var s string
			if err := json.Unmarshal(raw, &s); err != nil {
				t.Fatalf("entry %d: %v", i, err)
			}
			f = append(f, s)
		}
		if len(f) < 4 {
			continue // a comment
		}
		ran++
		t.Run(fmt.Sprintf("%d", i), func(t *testing.T) {
			sig, pubKey := parseText(t, f[0]), parseText(t, f[1])
			want, known := errorNames[f[3]]
			if !known {
				t.Fatalf("unknown error name %q", f[3])
			}
			got := Verify(sig, pubKey, parseFlags(t, f[2]), &TxChecker{Tx: spending(sig, pubKey)})
			if got != want {
				t.Errorf("%s | %s | %s: got %v, want %v", f[0], f[1], f[2], got, want)
			}
		})
	}
	if ran < 800 {
		t.Errorf("only %d vectors were found", ran)
	}
}

// spending makes the transaction that script_tests.json presumes: it spends
// the only output of a coinbase that pays to pubKey.
func spending(sig, pubKey []byte) *wire.Tx {
	credit := &wire.Tx{
		Version: 1,
		Inputs: []wire.TxIn{{
			PrevOut: wire.OutPoint{Index: wire.NullIndex}, ScriptSig: []byte{0, 0}, Sequence: wire.SequenceFinal,
		}},
		Outputs: []wire.TxOut{{ScriptPubKey: pubKey}},
	}
	return &wire.Tx{
		Version: 1,
		Inputs: []wire.TxIn{{
			PrevOut: wire.OutPoint{Hash: credit.ID()}, ScriptSig: sig, Sequence: wire.SequenceFinal,
		}},
		Outputs: []wire.TxOut{{}},
	}
}

func TestSigHashVectors(t *testing.T) {
	ran := 0
	for i, f := range readVectors(t, "sighash.json") {
		if len(f) < 5 {
			continue
		}
		ran++
		var raw, code, want string
		var index int
		var hashType int32
		for j, v := range []any{&raw, &code, &index, &hashType, &want} {
			if err := json.Unmarshal(f[j], v); err != nil {
				t.Fatalf("entry %d: %v", i, err)
			}
		}
		tx, err := wire.DecodeTx(unhex(t, raw))
		if err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
		if got := SigHash(tx, index, unhex(t, code), uint32(hashType)).String(); got != want {
			t.Errorf("entry %d: got %s, want %s", i, got, want)
		}
	}
	if ran < 300 {
		t.Errorf("only %d vectors were found", ran)
	}
}

type txVector struct {
	tx    *wire.Tx
	prev  map[wire.OutPoint][]byte
	flags string
}

func (v *txVector) verify(flags Flags) error {
	if flags&VerifyP2SH == 0 {
		flags &^= VerifyCleanStack // which is meaningless without
	}
	for i, in := range v.tx.Inputs {
		if err := Verify(in.ScriptSig, v.prev[in.PrevOut], flags, &TxChecker{Tx: v.tx, Index: i}); err != nil {
			return err
		}
	}
	return nil
}

func readTxVectors(t *testing.T, name string) (list []txVector) {
	for i, f := range readVectors(t, name) {
		if len(f) != 3 {
			continue
		}
		var prev [][]json.RawMessage
		var raw string
		v := txVector{prev: map[wire.OutPoint][]byte{}}
		for j, p := range []any{&prev, &raw, &v.flags} {
			if err := json.Unmarshal(f[j], p); err != nil {
				t.Fatalf("entry %d: %v", i, err)
			}
		}
		for _, p := range prev {
			var hash, text string
			var index int64
			for j, q := range []any{&hash, &index, &text} {
				if err := json.Unmarshal(p[j], q); err != nil {
					t.Fatalf("entry %d: %v", i, err)
				}
			}
			h, err := wire.ParseHash(hash)
			if err != nil {
				t.Fatalf("entry %d: %v", i, err)
			}
			v.prev[wire.OutPoint{Hash: h, Index: uint32(index)}] = parseText(t, text)
		}
		var err error
		if v.tx, err = wire.DecodeTx(unhex(t, raw)); err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
		list = append(list, v)
	}
	return list
}

// TestTxValid checks that each transaction passes with all flags but the
// excluded ones, and with fewer still.
func TestTxValid(t *testing.T) {
	list := readTxVectors(t, "tx_valid.json")
	if len(list) < 50 {
		t.Errorf("only %d vectors were found", len(list))
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for i, v := range list {
		flags := allFlags &^ parseFlags(t, v.flags)
		if err := v.verify(flags); err != nil {
			t.Errorf("entry %d %s: %v", i, v.tx.ID(), err)
		}
		for range 20 {
			fewer := flags & Flags(rng.Uint32())
			if err := v.verify(fewer); err != nil {
				t.Errorf("entry %d with flags %#x: %v", i, fewer, err)
			}
		}
	}
}

// TestTxInvalid checks that each transaction fails with its flags, and with
// more. Those marked BADTX fail before any script runs; consensus tests them.
func TestTxInvalid(t *testing.T) {
	list := readTxVectors(t, "tx_invalid.json")
	rng := rand.New(rand.NewPCG(3, 4))
	ran := 0
	for i, v := range list {
		if v.flags == "BADTX" {
			continue
		}
		ran++
		flags := parseFlags(t, v.flags)
		if v.verify(flags) == nil {
			t.Errorf("entry %d %s passes", i, v.tx.ID())
		}
		for range 20 {
			more := flags | allFlags&Flags(rng.Uint32())
			if v.verify(more|VerifyP2SH) == nil && v.verify(more) == nil {
				t.Errorf("entry %d passes with flags %#x", i, more)
			}
		}
	}
	if ran < 30 {
		t.Errorf("only %d vectors were found", ran)
	}
}

func readVectors(t *testing.T, name string) [][]json.RawMessage {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var list [][]json.RawMessage
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func parseFlags(t *testing.T, s string) (flags Flags) {
	t.Helper()
	for _, name := range strings.Split(s, ",") {
		if name == "" || name == "NONE" {
			continue
		}
		f, ok := flagNames[name]
		if !ok {
			t.Fatalf("unknown flag %q", name)
		}
		flags |= f
	}
	return flags
}

// parseText reads the vectors' notation: numbers, 0x raw bytes, 'text' that is
// pushed, names of opcodes with or without OP_.
func parseText(t *testing.T, s string) (out []byte) {
	t.Helper()
	for _, word := range strings.Fields(s) {
		switch n, err := strconv.ParseInt(word, 10, 64); {
		case err == nil:
			out = AppendInt(out, n)
		case strings.HasPrefix(word, "0x"):
			out = append(out, unhex(t, word[2:])...)
		case len(word) >= 2 && word[0] == '\'':
			out = AppendPush(out, []byte(word[1:len(word)-1]))
		default:
			out = append(out, opcodeByName(t, strings.TrimPrefix(word, "OP_")))
		}
	}
	return out
}

func opcodeByName(t *testing.T, name string) byte {
	t.Helper()
	if name == "RESERVED" {
		return byte(OpReserved)
	}
	for i, n := range names {
		if n == "OP_"+name {
			return byte(OpNop) + byte(i)
		}
	}
	t.Fatalf("unknown opcode %q", name)
	return 0
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

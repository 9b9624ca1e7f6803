package script

import (
	"bytes"
	"testing"

	"dashmp/node/wire"
)

// FuzzVerify runs arbitrary pairs of scripts. Nothing may panic, inputs stay
// as they are, and every flag is a soft fork: what passes with a flag passes
// without it.
func FuzzVerify(f *testing.F) {
	f.Add([]byte{byte(Op1)}, []byte{byte(OpDup), byte(OpEqual)}, uint32(allFlags))
	f.Add([]byte{0, 1, 1}, []byte{byte(Op1), byte(OpCheckMultisig)}, uint32(0))
	f.Add([]byte{2, 1, 0x80, 2, 1, 0x80}, []byte{byte(OpCat), byte(OpBin2Num)}, uint32(VerifyMinimalData))
	f.Add([]byte{1, 0xaa, byte(OpPushData4), 0xff, 0xff, 0xff, 0xff}, []byte{byte(OpSplit)}, uint32(VerifyP2SH))
	f.Fuzz(func(t *testing.T, sig, pubKey []byte, bits uint32) {
		flags := Flags(bits) & allFlags
		if flags&VerifyCleanStack != 0 {
			flags |= VerifyP2SH
		}
		s, p := bytes.Clone(sig), bytes.Clone(pubKey)
		tx := &wire.Tx{Version: 2, Inputs: []wire.TxIn{{ScriptSig: s}}, Outputs: []wire.TxOut{{}}}
		checker := &TxChecker{Tx: tx}
		err := Verify(s, p, flags, checker)
		if !bytes.Equal(s, sig) || !bytes.Equal(p, pubKey) {
			t.Fatal("an input was changed")
		}
		if err != nil {
			return
		}
		for bit := Flags(1); bit <= VerifyConstScriptCode; bit <<= 1 {
			fewer := flags &^ bit
			if bit == VerifyP2SH {
				fewer &^= VerifyCleanStack
			}
			if err := Verify(s, p, fewer, checker); err != nil {
				t.Fatalf("passes with flags %#x, but with %#x: %v", flags, fewer, err)
			}
		}
	})
}

func TestFindAndDelete(t *testing.T) {
	tests := []struct {
		name            string
		script, pattern []byte
		want            []byte
		found           int
	}{
		{"none", []byte{1, 2}, []byte{3}, []byte{1, 2}, 0},
		{"empty pattern", []byte{1, 2}, nil, []byte{1, 2}, 0},
		{"only at instructions", []byte{2, 1, 1, 0x51}, []byte{1, 1}, []byte{2, 1, 1, 0x51}, 0},
		{"several in a row", []byte{1, 9, 1, 9, 0x51}, []byte{1, 9}, []byte{0x51}, 2},
		{"first and last", []byte{1, 9, 0x51, 1, 9}, []byte{1, 9}, []byte{0x51}, 2},
		{"behind a truncated push", []byte{1, 9, 5, 1, 9}, []byte{1, 9}, []byte{5, 1, 9}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := bytes.Clone(tt.script)
			got, found := findAndDelete(in, tt.pattern)
			if !bytes.Equal(got, tt.want) || found != tt.found || !bytes.Equal(in, tt.script) {
				t.Errorf("got %x (%d), want %x (%d)", got, found, tt.want, tt.found)
			}
		})
	}
}

func TestSigOps(t *testing.T) {
	multisig := []byte{byte(Op1), 1, 2, byte(Op1 + 1), byte(OpCheckMultisig), byte(OpCheckSig)}
	if got := SigOps(multisig, true); got != 3 {
		t.Errorf("accurate: got %d, want 3", got)
	}
	if got := SigOps(multisig, false); got != 21 {
		t.Errorf("inaccurate: got %d, want 21", got)
	}
	p2sh := append(append([]byte{byte(OpHash160), 20}, make([]byte, 20)...), byte(OpEqual))
	if got := SigOpsP2SH(p2sh, AppendPush(nil, multisig)); got != 3 {
		t.Errorf("P2SH: got %d, want 3", got)
	}
	if got := SigOpsP2SH(p2sh, append([]byte{byte(OpNop)}, AppendPush(nil, multisig)...)); got != 0 {
		t.Errorf("P2SH with a non-push input: got %d, want 0", got)
	}
}

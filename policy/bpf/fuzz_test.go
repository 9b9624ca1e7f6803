package bpf

import (
	"testing"

	"dashmp/policy"
)

// A program that Parse takes ends on every call, within its own length.
func FuzzParse(f *testing.F) {
	f.Add([]byte{}, uint32(0), uint64(0))
	f.Add(asm(ret(RetAllow)), uint32(9), uint64(3))
	f.Add(asm(Insn{Code: classJMP | jmpJA, K: 0xffffffff}, ret(0)), uint32(1), uint64(1))
	f.Add(asm(Insn{Code: classLD | modeAbs, K: 60}, Insn{Code: classALU | aluDiv | srcX}, Insn{Code: classRET | retA}),
		uint32(1), ^uint64(0))
	for _, goarch := range policy.Architectures() {
		p, err := policy.EchoProgram(goarch, policy.Enforce)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(p.Bytes(), uint32(0), uint64(1))
	}
	f.Fuzz(func(t *testing.T, b []byte, nr uint32, arg uint64) {
		code, err := Parse(b)
		if err != nil {
			return
		}
		got := code.Run(policy.Call{Arch: policy.AuditAMD64, Nr: nr, Args: [6]uint64{arg, arg, arg, arg, arg, arg}})
		if got.Steps < 1 || got.Steps > len(code.insns) {
			t.Errorf("%d steps of %d instructions", got.Steps, len(code.insns))
		}
		// What was parsed is what was given.
		if string(asm(code.Insns()...)) != string(b) {
			t.Error("the instructions differ from the bytes")
		}
	})
}

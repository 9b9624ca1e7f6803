package bpf

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"dashmp/policy"
)

// asm packs instructions into the bytes of a program.
func asm(insns ...Insn) []byte {
	var b []byte
	for _, in := range insns {
		b = binary.LittleEndian.AppendUint16(b, in.Code)
		b = append(b, in.JT, in.JF)
		b = binary.LittleEndian.AppendUint32(b, in.K)
	}
	return b
}

func ret(k uint32) Insn { return Insn{Code: classRET, K: k} }

func TestParseRefuses(t *testing.T) {
	ld := Insn{Code: classLD | modeAbs}
	cases := []struct {
		name string
		code []byte
		want Kind
	}{
		{"empty", nil, ErrLength},
		{"half an instruction", asm(ret(0))[:4], ErrLength},
		{"too long", asm(make([]Insn, policy.MaxInsns+1)...), ErrLength},
		{"no return", asm(ret(0), ld), ErrNoReturn},
		{"falls off the end", asm(ld), ErrNoReturn},
		{"load beyond the data", asm(Insn{Code: classLD | modeAbs, K: 64}, ret(0)), ErrLoad},
		{"load that wraps", asm(Insn{Code: classLD | modeAbs, K: math.MaxUint32 - 3}, ret(0)), ErrLoad},
		{"load off the boundary", asm(Insn{Code: classLD | modeAbs, K: 2}, ret(0)), ErrLoad},
		{"byte load", asm(Insn{Code: classLD | modeAbs | 0x10}, ret(0)), ErrOpcode},
		{"packet load", asm(Insn{Code: classLD | 0x40}, ret(0)), ErrOpcode},
		{"header length load", asm(Insn{Code: classLDX | 0xb0}, ret(0)), ErrOpcode},
		{"jump past the end", asm(Insn{Code: classJMP | jmpJA, K: 1}, ret(0)), ErrJump},
		{"jump that wraps", asm(Insn{Code: classJMP | jmpJA, K: math.MaxUint32}, ret(0)), ErrJump},
		{"branch past the end", asm(Insn{Code: classJMP | jmpJEQ, JT: 1}, ret(0)), ErrJump},
		{"other branch past the end", asm(Insn{Code: classJMP | jmpJEQ, JF: 255}, ret(0)), ErrJump},
		{"unknown jump", asm(Insn{Code: classJMP | 0x50}, ret(0)), ErrOpcode},
		{"jump on X", asm(Insn{Code: classJMP | jmpJA | srcX}, ret(0)), ErrOpcode},
		{"division by zero", asm(Insn{Code: classALU | aluDiv}, ret(0)), ErrConstant},
		{"shift by 32", asm(Insn{Code: classALU | aluLsh, K: 32}, ret(0)), ErrConstant},
		{"modulo", asm(Insn{Code: classALU | 0x90, K: 3}, ret(0)), ErrOpcode},
		{"negate X", asm(Insn{Code: classALU | aluNeg | srcX}, ret(0)), ErrOpcode},
		{"scratch store beyond", asm(Insn{Code: classST, K: 16}, ret(0)), ErrScratch},
		{"scratch load beyond", asm(Insn{Code: classLD | modeMem, K: 16}, ret(0)), ErrScratch},
		{"scratch load before the store", asm(Insn{Code: classLD | modeMem}, ret(0)), ErrScratch},
		{"scratch load with a path around the store", asm(
			Insn{Code: classJMP | jmpJEQ, JT: 1}, Insn{Code: classST}, Insn{Code: classLDX | modeMem}, ret(0)), ErrScratch},
		{"return of X", asm(Insn{Code: classRET | 0x08}), ErrOpcode},
		{"unknown transfer", asm(Insn{Code: classMISC | 0x40}, ret(0)), ErrOpcode},
		{"high bits in the opcode", asm(Insn{Code: 0x100 | classRET}), ErrOpcode},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Parse(c.code); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func TestParseTakesWhatTheKernelTakes(t *testing.T) {
	for name, code := range map[string][]byte{
		"longest": asm(append(make([]Insn, policy.MaxInsns-1), ret(RetAllow))...),
		"scratch on both paths": asm(Insn{Code: classJMP | jmpJEQ, JT: 2}, Insn{Code: classST}, Insn{Code: classJMP | jmpJA, K: 1},
			Insn{Code: classST}, Insn{Code: classLD | modeMem}, Insn{Code: classRET | retA}),
		"length": asm(Insn{Code: classLD | modeLen}, Insn{Code: classMISC | tax}, Insn{Code: classRET | retA}),
	} {
		if _, err := Parse(code); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRun(t *testing.T) {
	args := policy.Call{Nr: 9, Arch: policy.AuditAMD64, Args: [6]uint64{0x1122334455667788, 0, 0, 0, 0, 6 << 32}}
	abs := func(k uint32) Insn { return Insn{Code: classLD | modeAbs, K: k} }
	alu := func(op uint16, k uint32) Insn { return Insn{Code: classALU | op, K: k} }
	retA := Insn{Code: classRET | retA}
	cases := []struct {
		name string
		code []byte
		want uint32
	}{
		{"nr", asm(abs(0), retA), 9},
		{"arch", asm(abs(4), retA), policy.AuditAMD64},
		{"instruction pointer", asm(abs(8), retA), 0},
		{"low half of argument 0", asm(abs(16), retA), 0x55667788},
		{"high half of argument 0", asm(abs(20), retA), 0x11223344},
		{"high half of argument 5", asm(abs(60), retA), 6},
		{"length", asm(Insn{Code: classLD | modeLen}, retA), 64},
		{"arithmetic", asm(abs(0), alu(aluAdd, 3), alu(aluMul, 2), alu(aluSub, 4), alu(aluDiv, 5), alu(aluLsh, 4),
			alu(aluOr, 1), alu(aluXor, 3), alu(aluAnd, 0xfe), alu(aluRsh, 1), retA), 0x21},
		{"negation", asm(abs(0), alu(aluNeg, 0), retA), 0xfffffff7},
		{"X", asm(abs(0), Insn{Code: classMISC | tax}, abs(60), Insn{Code: classALU | aluMul | srcX}, retA), 54},
		{"X back", asm(Insn{Code: classLDX, K: 5}, Insn{Code: classMISC | txa}, retA), 5},
		{"scratch", asm(abs(0), Insn{Code: classST, K: 15}, alu(aluAnd, 0), Insn{Code: classLD | modeMem, K: 15}, retA), 9},
		{"scratch of X", asm(Insn{Code: classLDX, K: 5}, Insn{Code: classSTX, K: 1}, Insn{Code: classLD | modeMem, K: 1}, retA), 5},
		{"division by a zero X", asm(abs(0), Insn{Code: classALU | aluDiv | srcX}, ret(7)), RetKillThread},
		{"jump", asm(Insn{Code: classJMP | jmpJA, K: 1}, ret(1), ret(2)), 2},
		{"equal", asm(abs(0), Insn{Code: classJMP | jmpJEQ, JT: 1, K: 9}, ret(1), ret(2)), 2},
		{"not equal", asm(abs(0), Insn{Code: classJMP | jmpJEQ, JT: 1, K: 8}, ret(1), ret(2)), 1},
		{"greater is unsigned", asm(abs(4), Insn{Code: classJMP | jmpJGT, JT: 1, K: 1}, ret(1), ret(2)), 2},
		{"greater or equal", asm(abs(0), Insn{Code: classJMP | jmpJGE, JT: 1, K: 9}, ret(1), ret(2)), 2},
		{"bits", asm(abs(0), Insn{Code: classJMP | jmpJSET, JT: 1, K: 6}, ret(1), ret(2)), 1},
		{"equal to X", asm(Insn{Code: classLDX, K: 9}, abs(0), Insn{Code: classJMP | jmpJEQ | srcX, JT: 1}, ret(1), ret(2)), 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			code, err := Parse(c.code)
			if err != nil {
				t.Fatal(err)
			}
			if got := code.Run(args).Ret; got != c.want {
				t.Errorf("%#x, want %#x", got, c.want)
			}
		})
	}
}

func TestActions(t *testing.T) {
	for _, c := range []struct {
		ret    uint32
		action policy.Action
		errno  int
	}{
		{RetAllow, policy.ActionAllow, 0},
		{RetErrno | 13, policy.ActionErrno, 13},
		{RetErrno | 0xffff, policy.ActionErrno, 4095},
		{RetTrap | 1, policy.ActionTrap, 0},
		{RetKillProcess, policy.ActionKill, 0},
		{RetKillThread, policy.ActionKill, 0},
		{RetLog, policy.ActionKill, 0}, // none of ours: shown as the worst
		{0x12345678, policy.ActionKill, 0},
	} {
		if action, errno := (Result{Ret: c.ret}).Action(); action != c.action || errno != c.errno {
			t.Errorf("%#x: %s %d", c.ret, action, errno)
		}
	}
}

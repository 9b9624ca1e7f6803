package bpf

import (
	"encoding/binary"

	"dashmp/policy"
)

// Seccomp return values: the action in the upper 16 bits, data in the lower
// (linux/seccomp.h).
const (
	RetKillProcess uint32 = 0x80000000
	RetKillThread  uint32 = 0x00000000
	RetTrap        uint32 = 0x00030000
	RetErrno       uint32 = 0x00050000
	RetUserNotif   uint32 = 0x7fc00000
	RetTrace       uint32 = 0x7ff00000
	RetLog         uint32 = 0x7ffc0000
	RetAllow       uint32 = 0x7fff0000

	retActionMask uint32 = 0xffff0000
	retDataMask   uint32 = 0x0000ffff
)

// Result is what a program returns for a call.
type Result struct {
	// Ret is the raw return value.
	Ret uint32
	// Steps is the number of instructions that were executed.
	Steps int
}

// Action translates the return value into the policy's terms. A value that no
// program of ours returns is reported as kill, which is how the kernel treats
// actions it does not know.
func (r Result) Action() (action policy.Action, errno int) {
	switch r.Ret & retActionMask {
	case RetAllow:
		return policy.ActionAllow, 0
	case RetErrno:
		// The kernel caps the value at MAX_ERRNO.
		return policy.ActionErrno, int(min(r.Ret&retDataMask, 4095))
	case RetTrap:
		return policy.ActionTrap, 0
	}
	return policy.ActionKill, 0
}

// Simulate validates a program and runs it on one call. The error is for a
// program that the kernel would not load.
func Simulate(prog policy.Program, arch uint32, nr uint32, args [6]uint64) (Result, error) {
	code, err := Parse(prog.Bytes())
	if err != nil {
		return Result{}, err
	}
	return code.Run(policy.Call{Arch: arch, Nr: nr, Args: args}), nil
}

// machine is the state of classic BPF.
type machine struct {
	a, x    uint32
	scratch [scratchCells]uint32
	data    [dataSize]byte
}

// Run executes the program on a call. The instruction pointer is zero.
func (c Code) Run(call policy.Call) Result {
	var m machine
	binary.LittleEndian.PutUint32(m.data[0:], call.Nr)
	binary.LittleEndian.PutUint32(m.data[4:], call.Arch)
	for i, arg := range call.Args {
		binary.LittleEndian.PutUint64(m.data[16+8*i:], arg)
	}
	steps := 0
	for pc := 0; ; pc++ {
		in := c.insns[pc]
		steps++
		switch in.Code & 7 {
		case classLD:
			m.a = m.load(in)
		case classLDX:
			m.x = m.load(in)
		case classST:
			m.scratch[in.K] = m.a
		case classSTX:
			m.scratch[in.K] = m.x
		case classALU:
			if !m.alu(in) {
				return Result{Ret: RetKillThread, Steps: steps}
			}
		case classJMP:
			pc += m.jump(in)
		case classRET:
			if in.Code == classRET|retA {
				return Result{Ret: m.a, Steps: steps}
			}
			return Result{Ret: in.K, Steps: steps}
		case classMISC:
			if in.Code&0xf8 == tax {
				m.x = m.a
			} else {
				m.a = m.x
			}
		}
	}
}

func (m *machine) load(in Insn) uint32 {
	switch in.Code & 0xe0 {
	case modeAbs:
		return binary.LittleEndian.Uint32(m.data[in.K:])
	case modeMem:
		return m.scratch[in.K]
	case modeLen:
		return dataSize
	}
	return in.K
}

// alu reports false for a division by zero, which ends the program with 0.
func (m *machine) alu(in Insn) bool {
	v := in.K
	if in.Code&srcX != 0 {
		v = m.x
	}
	switch in.Code & 0xf0 {
	case aluAdd:
		m.a += v
	case aluSub:
		m.a -= v
	case aluMul:
		m.a *= v
	case aluDiv:
		if v == 0 {
			return false
		}
		m.a /= v
	case aluOr:
		m.a |= v
	case aluAnd:
		m.a &= v
	case aluXor:
		m.a ^= v
	case aluLsh:
		m.a <<= v & 31
	case aluRsh:
		m.a >>= v & 31
	case aluNeg:
		m.a = -m.a
	}
	return true
}

// jump returns how many instructions are skipped.
func (m *machine) jump(in Insn) int {
	v := in.K
	if in.Code&srcX != 0 {
		v = m.x
	}
	taken := false
	switch in.Code & 0xf0 {
	case jmpJA:
		return int(in.K)
	case jmpJEQ:
		taken = m.a == v
	case jmpJGT:
		taken = m.a > v
	case jmpJGE:
		taken = m.a >= v
	case jmpJSET:
		taken = m.a&v != 0
	}
	if taken {
		return int(in.JT)
	}
	return int(in.JF)
}

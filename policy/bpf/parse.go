package bpf

import (
	"encoding/binary"
	"fmt"

	"dashmp/policy"
)

// Kind classifies why a program is refused.
type Kind string

// Error returns the kind itself, for errors.Is.
func (k Kind) Error() string { return string(k) }

const (
	// ErrLength is a program that is empty, longer than the kernel takes, or no
	// whole number of instructions.
	ErrLength Kind = "bpf.length"
	// ErrOpcode is an instruction that seccomp does not allow.
	ErrOpcode Kind = "bpf.opcode"
	// ErrLoad is a load outside the data or not on a word's boundary.
	ErrLoad Kind = "bpf.load"
	// ErrJump is a jump past the end of the program.
	ErrJump Kind = "bpf.jump"
	// ErrScratch is a scratch memory index of 16 or more, or a read of a cell
	// that some path to it never wrote.
	ErrScratch Kind = "bpf.scratch"
	// ErrConstant is a shift by 32 or more, or a division by zero.
	ErrConstant Kind = "bpf.constant"
	// ErrNoReturn is a program whose last instruction is not a return.
	ErrNoReturn Kind = "bpf.noreturn"
)

// Insn is one instruction, struct sock_filter.
type Insn struct {
	Code   uint16
	JT, JF uint8
	K      uint32
}

// Instruction classes, sizes, modes and operations (linux/bpf_common.h).
const (
	classLD   = 0x00
	classLDX  = 0x01
	classST   = 0x02
	classSTX  = 0x03
	classALU  = 0x04
	classJMP  = 0x05
	classRET  = 0x06
	classMISC = 0x07

	modeImm = 0x00
	modeAbs = 0x20
	modeMem = 0x60
	modeLen = 0x80

	aluAdd = 0x00
	aluSub = 0x10
	aluMul = 0x20
	aluDiv = 0x30
	aluOr  = 0x40
	aluAnd = 0x50
	aluLsh = 0x60
	aluRsh = 0x70
	aluNeg = 0x80
	aluXor = 0xa0

	jmpJA   = 0x00
	jmpJEQ  = 0x10
	jmpJGT  = 0x20
	jmpJGE  = 0x30
	jmpJSET = 0x40

	srcX = 0x08
	retA = 0x10
	tax  = 0x00
	txa  = 0x80

	scratchCells = 16
	// dataSize is sizeof(struct seccomp_data): nr, arch, instruction pointer
	// and six arguments.
	dataSize = 64
)

// Code is a validated program.
type Code struct{ insns []Insn }

// Insns returns a copy of the instructions.
func (c Code) Insns() []Insn { return append([]Insn(nil), c.insns...) }

// Parse decodes and validates the bytes of a program, as the kernel would on
// loading it. Errors match a Kind.
func Parse(b []byte) (Code, error) {
	if len(b) == 0 || len(b)%policy.InsnSize != 0 || len(b)/policy.InsnSize > policy.MaxInsns {
		return Code{}, fmt.Errorf("program of %d bytes: %w", len(b), ErrLength)
	}
	c := Code{insns: make([]Insn, len(b)/policy.InsnSize)}
	for i := range c.insns {
		raw := b[i*policy.InsnSize:]
		c.insns[i] = Insn{
			Code: binary.LittleEndian.Uint16(raw), JT: raw[2], JF: raw[3],
			K: binary.LittleEndian.Uint32(raw[4:]),
		}
	}
	for i, in := range c.insns {
		if err := in.check(i, len(c.insns)); err != nil {
			return Code{}, fmt.Errorf("instruction %d (%#04x): %w", i, in.Code, err)
		}
	}
	if last := c.insns[len(c.insns)-1]; last.Code&7 != classRET {
		return Code{}, fmt.Errorf("last instruction (%#04x): %w", last.Code, ErrNoReturn)
	}
	return c, checkScratch(c.insns)
}

// check validates one instruction at index i of n.
func (in Insn) check(i, n int) error {
	switch in.Code & 7 {
	case classLD, classLDX:
		return in.checkLoad()
	case classST, classSTX:
		if in.Code&^7 != 0 {
			return ErrOpcode
		}
		if in.K >= scratchCells {
			return ErrScratch
		}
		return nil
	case classALU:
		return in.checkALU()
	case classJMP:
		return in.checkJump(i, n)
	case classRET:
		if in.Code != classRET && in.Code != classRET|retA {
			return ErrOpcode
		}
		return nil
	}
	if in.Code != classMISC|tax && in.Code != classMISC|txa {
		return ErrOpcode
	}
	return nil
}

func (in Insn) checkLoad() error {
	switch in.Code {
	case classLD | modeAbs:
		if in.K >= dataSize || in.K%4 != 0 {
			return ErrLoad
		}
	case classLD | modeMem, classLDX | modeMem:
		if in.K >= scratchCells {
			return ErrScratch
		}
	case classLD | modeImm, classLDX | modeImm, classLD | modeLen, classLDX | modeLen:
	default:
		return ErrOpcode
	}
	return nil
}

// checkALU refuses modulo: the kernel's seccomp does too.
func (in Insn) checkALU() error {
	op, fromX := in.Code&0xf0, in.Code&srcX != 0
	if in.Code > 0xff {
		return ErrOpcode
	}
	switch op {
	case aluAdd, aluSub, aluMul, aluOr, aluAnd, aluXor:
	case aluDiv:
		if !fromX && in.K == 0 {
			return ErrConstant
		}
	case aluLsh, aluRsh:
		if !fromX && in.K >= 32 {
			return ErrConstant
		}
	case aluNeg:
		if fromX {
			return ErrOpcode
		}
	default:
		return ErrOpcode
	}
	return nil
}

func (in Insn) checkJump(i, n int) error {
	if in.Code > 0xff {
		return ErrOpcode
	}
	switch in.Code & 0xf0 {
	case jmpJA:
		if in.Code&srcX != 0 {
			return ErrOpcode
		}
		if uint64(i)+1+uint64(in.K) >= uint64(n) {
			return ErrJump
		}
	case jmpJEQ, jmpJGT, jmpJGE, jmpJSET:
		if i+1+int(in.JT) >= n || i+1+int(in.JF) >= n {
			return ErrJump
		}
	default:
		return ErrOpcode
	}
	return nil
}

// checkScratch refuses a read of a scratch cell that is not written on every
// path that leads to it (the kernel's check_load_and_stores).
func checkScratch(insns []Insn) error {
	// written[i] holds the cells that are written on all paths to i.
	written := make([]uint16, len(insns))
	for i := range written {
		written[i] = ^uint16(0)
	}
	valid := uint16(0)
	for i, in := range insns {
		valid &= written[i]
		switch in.Code & 7 {
		case classST, classSTX:
			valid |= 1 << in.K
		case classLD, classLDX:
			if in.Code&0xe0 == modeMem && valid&(1<<in.K) == 0 {
				return fmt.Errorf("instruction %d reads cell %d: %w", i, in.K, ErrScratch)
			}
		case classJMP:
			if in.Code&0xf0 == jmpJA {
				written[i+1+int(in.K)] &= valid
			} else {
				written[i+1+int(in.JT)] &= valid
				written[i+1+int(in.JF)] &= valid
			}
			valid = ^uint16(0)
		}
	}
	return nil
}

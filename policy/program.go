package policy

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
)

// InsnSize is the size of one struct sock_filter in bytes.
const InsnSize = 8

// MaxInsns is the kernel's limit on the length of a program (BPF_MAXINSNS).
const MaxInsns = 4096

// Program is a compiled seccomp program of one role: an array of struct
// sock_filter {u16 code; u8 jt; u8 jf; u32 k} in little-endian order, which is
// the native order of every supported architecture. As compiled it holds a
// placeholder where the pid belongs; ForPID makes it fit to be loaded.
type Program struct {
	role   Role
	goarch string
	mode   Mode
	code   []byte
	// pidAt are the indexes of the instructions whose k is the pid.
	pidAt []int
	// pid is 0 while the placeholder is in place.
	pid int
}

// NewProgram makes a Program of compiled bytes. pidAt are the indexes of the
// instructions whose k is the placeholder for the pid.
func NewProgram(role Role, goarch string, mode Mode, code []byte, pidAt []int) (Program, error) {
	if len(code) == 0 || len(code)%InsnSize != 0 || len(code)/InsnSize > MaxInsns {
		return Program{}, fmt.Errorf("policy: program of %d bytes", len(code))
	}
	for _, at := range pidAt {
		if at < 0 || at >= len(code)/InsnSize {
			return Program{}, fmt.Errorf("policy: pid at instruction %d of %d", at, len(code)/InsnSize)
		}
	}
	return Program{
		role: role, goarch: goarch, mode: mode,
		code: slices.Clone(code), pidAt: slices.Clone(pidAt),
	}, nil
}

// Role returns the role the program was compiled for.
func (p Program) Role() Role { return p.role }

// GOARCH returns the architecture the program was compiled for.
func (p Program) GOARCH() string { return p.goarch }

// Mode returns the default action.
func (p Program) Mode() Mode { return p.mode }

// PID returns the pid the program was made for, 0 if it holds the placeholder.
func (p Program) PID() int { return p.pid }

// Bytes returns a copy of the instructions, struct sock_filter[].
func (p Program) Bytes() []byte { return slices.Clone(p.code) }

// Len returns the number of instructions.
func (p Program) Len() int { return len(p.code) / InsnSize }

// PIDSites returns the indexes of the instructions that hold the pid.
func (p Program) PIDSites() []int { return slices.Clone(p.pidAt) }

// ForPID returns the program for the process with that pid (1 to 2^22, the
// kernel's PID_MAX_LIMIT). It panics on a pid that no process can have.
func (p Program) ForPID(pid int) Program {
	if pid < 1 || pid > 1<<22 {
		panic(fmt.Sprintf("policy: pid %d", pid))
	}
	code := slices.Clone(p.code)
	for _, at := range p.pidAt {
		binary.LittleEndian.PutUint32(code[at*InsnSize+4:], uint32(pid))
	}
	p.code, p.pid = code, pid
	return p
}

// Digest returns the SHA-256 of the bytes in hex.
func (p Program) Digest() string {
	sum := sha256.Sum256(p.code)
	return hex.EncodeToString(sum[:])
}

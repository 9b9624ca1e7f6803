package compile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime"

	"dashmp/policy"
)

// Mode is policy.Mode; the names are repeated for readability of callers.
type Mode = policy.Mode

// The modes.
const (
	Enforce = policy.Enforce
	Trace   = policy.Trace
)

// Two values that stand for the pid while compiling. Both lie above the
// kernel's PID_MAX_LIMIT (2^22), so no rule compares with them by accident.
const (
	placeholder      = 0x7fdd0001
	otherPlaceholder = 0x7fee0002
)

// optimizeTree is libseccomp's binary tree of system calls: 13 comparisons on
// the mean where the list has 49.
const optimizeTree = 2

// Compile compiles a role's rules for the architecture of this machine.
func Compile(spec *policy.Spec, mode Mode) (policy.Program, error) {
	return CompileFor(spec, runtime.GOARCH, mode)
}

// CompileFor compiles a role's rules for an architecture (GOARCH).
func CompileFor(spec *policy.Spec, goarch string, mode Mode) (policy.Program, error) {
	code, err := export(spec, goarch, mode, placeholder)
	if err != nil {
		return policy.Program{}, fmt.Errorf("compile %s for %s: %w", spec.Role, goarch, err)
	}
	other, err := export(spec, goarch, mode, otherPlaceholder)
	if err != nil {
		return policy.Program{}, fmt.Errorf("compile %s for %s: %w", spec.Role, goarch, err)
	}
	sites, err := pidSites(code, other)
	if err != nil {
		return policy.Program{}, fmt.Errorf("compile %s for %s: %w", spec.Role, goarch, err)
	}
	return policy.NewProgram(spec.Role, goarch, mode, code, sites)
}

// CompileWithPID compiles with the pid in the rules instead of the placeholder.
// It exists to check ForPID; everything that is loaded comes from Compile.
func CompileWithPID(spec *policy.Spec, goarch string, mode Mode, pid int) ([]byte, error) {
	return export(spec, goarch, mode, uint64(pid))
}

// PFC returns libseccomp's readable form of the program, with the placeholder
// shown as it is compiled.
func PFC(spec *policy.Spec, goarch string, mode Mode) (string, error) {
	filter, err := build(spec, goarch, mode, placeholder)
	if err != nil {
		return "", fmt.Errorf("pfc of %s for %s: %w", spec.Role, goarch, err)
	}
	defer filter.Release()
	text, err := throughPipe(filter.ExportPFC)
	if err != nil {
		return "", fmt.Errorf("pfc of %s for %s: %w", spec.Role, goarch, err)
	}
	return string(text), nil
}

// pidSites compares two programs that differ in the placeholder only.
func pidSites(a, b []byte) ([]int, error) {
	if len(a) != len(b) {
		return nil, fmt.Errorf("the pid changes the length of the program")
	}
	var sites []int
	for i := 0; i < len(a); i += policy.InsnSize {
		x, y := a[i:i+policy.InsnSize], b[i:i+policy.InsnSize]
		if bytes.Equal(x, y) {
			continue
		}
		if !bytes.Equal(x[:4], y[:4]) ||
			binary.LittleEndian.Uint32(x[4:]) != placeholder ||
			binary.LittleEndian.Uint32(y[4:]) != otherPlaceholder {
			return nil, fmt.Errorf("the pid changes instruction %d in more than its constant", i/policy.InsnSize)
		}
		sites = append(sites, i/policy.InsnSize)
	}
	return sites, nil
}

func export(spec *policy.Spec, goarch string, mode Mode, pid uint64) ([]byte, error) {
	filter, err := build(spec, goarch, mode, pid)
	if err != nil {
		return nil, err
	}
	defer filter.Release()
	return throughPipe(filter.ExportBPF)
}

// throughPipe collects what libseccomp writes to a descriptor. Version 2.5.4
// has no export to memory.
func throughPipe(export func(*os.File) error) ([]byte, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	defer r.Close()
	type result struct {
		data []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		data, err := io.ReadAll(r)
		read <- result{data, err}
	}()
	err = export(w)
	w.Close()
	got := <-read
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	if got.err != nil {
		return nil, fmt.Errorf("read the export: %w", got.err)
	}
	return got.data, nil
}

package sandbox

import (
	"bytes"
	"runtime"
	"strconv"
	"strings"
)

// traceRegisters are the registers of a system call in a register dump of the
// Go runtime: its number first, then the arguments.
func traceRegisters(goarch string) (arch uint32, names []string) {
	switch goarch {
	case "amd64":
		return auditAMD64, []string{"rax", "rdi", "rsi", "rdx", "r10", "r8", "r9"}
	case "arm64":
		return auditARM64, []string{"r8", "r0", "r1", "r2", "r3", "r4", "r5"}
	}
	return 0, nil
}

// ParseTrace reads a violation from what a process in ModeTrace wrote to stderr
// (the last 64 KiB are enough). The process wrote it itself, so it is a help for
// developers and no evidence.
func ParseTrace(pid int, stderr []byte) (Violation, bool) {
	return parseTrace(runtime.GOARCH, pid, stderr)
}

// maxTrace bounds what is read of a trace in bytes.
const maxTrace = 64 << 10

func parseTrace(goarch string, pid int, stderr []byte) (Violation, bool) {
	if len(stderr) > maxTrace {
		stderr = stderr[len(stderr)-maxTrace:]
	}
	_, dump, ok := bytes.Cut(stderr, []byte("SIGSYS: bad system call"))
	arch, names := traceRegisters(goarch)
	if !ok || names == nil {
		return Violation{}, false
	}
	values := make(map[string]uint64)
	for line := range bytes.Lines(dump) {
		f := strings.Fields(string(line))
		if len(f) != 2 {
			continue
		}
		// The kernel has put the registers back as they were at the call.
		if v, err := strconv.ParseUint(strings.TrimPrefix(f[1], "0x"), 16, 64); err == nil {
			values[f[0]] = v
		}
	}
	nr, ok := values[names[0]]
	if !ok || nr > 1<<31 {
		return Violation{}, false
	}
	v := newViolation(pid, "", arch, int(nr), "stack")
	for _, name := range names[1:] {
		a, ok := values[name]
		if !ok {
			return Violation{}, false
		}
		v.Args = append(v.Args, a)
	}
	return v, true
}

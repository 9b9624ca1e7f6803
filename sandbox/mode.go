package sandbox

import (
	"fmt"

	"dashmp/policy"
)

// Mode says how much of the sandbox a process enters.
type Mode string

const (
	// ModeEnforce is the default: all layers, a violation kills the process.
	ModeEnforce Mode = "enforce"
	// ModeTrace is ModeEnforce with a filter that raises SIGSYS, so that the Go
	// runtime prints the stack of the forbidden call before the process ends.
	ModeTrace Mode = "trace"
	// ModeOff leaves out Landlock and seccomp. Everything else stays: empty
	// capabilities and environment, checked descriptors, no core dumps, the
	// parent-death signal. Every status output has to say so.
	ModeOff Mode = "off"
)

// ParseMode reads the value of -sandbox; "" means ModeEnforce.
func ParseMode(s string) (Mode, error) {
	switch m := Mode(s); m {
	case "":
		return ModeEnforce, nil
	case ModeEnforce, ModeTrace, ModeOff:
		return m, nil
	}
	return "", fmt.Errorf("-sandbox=%q: must be enforce, trace or off", s)
}

// Layers reports whether Landlock and seccomp belong to the mode.
func (m Mode) Layers() bool { return m == ModeEnforce || m == ModeTrace }

// Policy returns the mode of the filter; false for ModeOff, which has none.
func (m Mode) Policy() (policy.Mode, bool) {
	switch m {
	case ModeEnforce:
		return policy.Enforce, true
	case ModeTrace:
		return policy.Trace, true
	}
	return "", false
}

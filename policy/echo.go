package policy

import (
	"encoding/hex"
	"fmt"
)

// echoCode is one built-in program.
type echoCode struct {
	pidAt []int
	hex   string
}

// EchoProgram returns the program of the echo role as it was compiled at build
// time (policy/internal/genecho), for a process whose parent is not a
// supervisor of ours. It holds the placeholder: the process calls ForPID with
// its own pid.
func EchoProgram(goarch string, mode Mode) (Program, error) {
	built, ok := echoPrograms()[goarch+"/"+string(mode)]
	if !ok {
		return Program{}, fmt.Errorf("policy: no built-in echo program for %s in mode %q", goarch, mode)
	}
	code, err := hex.DecodeString(built.hex)
	if err != nil {
		return Program{}, fmt.Errorf("policy: built-in echo program for %s: %w", goarch, err)
	}
	return NewProgram(Echo, goarch, mode, code, built.pidAt)
}

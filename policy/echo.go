package policy

import "fmt"

// EchoProgram returns the program of the echo role as it was compiled at build
// time, for a process that has no supervisor of ours to compile one.
func EchoProgram(goarch string, mode Mode) (Program, error) {
	return Program{}, fmt.Errorf("policy: no built-in program for %s in mode %s", goarch, mode)
}

package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"dashmp/policy"
	"dashmp/policy/bpf"
	"dashmp/policy/compile"
)

// answer is the output of may.
type answer struct {
	Role    policy.Role   `json:"role"`
	Arch    string        `json:"arch"`
	Mode    policy.Mode   `json:"mode"`
	PID     int           `json:"pid"`
	Syscall string        `json:"syscall"`
	Args    [6]string     `json:"args"`
	Action  policy.Action `json:"action"`
	Errno   int           `json:"errno,omitempty"`
	Part    string        `json:"part,omitempty"`
	Rule    string        `json:"rule,omitempty"`
	Why     string        `json:"why"`
}

// may asks the compiled program and the rules; if they disagree that is an
// error.
func may(_ context.Context, a arguments, out io.Writer) error {
	spec, err := specOf(a.words[0])
	if err != nil {
		return err
	}
	if a.pid == 0 {
		a.pid = examplePID
	}
	call, err := callOf(a)
	if err != nil {
		return err
	}
	compiled, err := compile.CompileFor(spec, a.arch, a.modeOrEnforce())
	if err != nil {
		return err
	}
	d, err := bpf.Explain(spec, compiled.ForPID(a.pid), call)
	if err != nil {
		return err
	}
	got := answer{
		Role: spec.Role, Arch: a.arch, Mode: a.modeOrEnforce(), PID: a.pid, Syscall: a.words[1],
		Action: d.Action, Errno: d.Errno, Why: d.Why,
	}
	for i, v := range call.Args {
		got.Args[i] = fmt.Sprintf("%#x", v)
	}
	if d.Rule != nil {
		got.Part, got.Rule = spec.PartOf(*d.Rule), d.Rule.String()
	}
	if a.json {
		return writeJSON(out, got)
	}
	fmt.Fprintln(out, got)
	return nil
}

// String is the answer for people.
func (a answer) String() string {
	action := map[policy.Action]string{
		policy.ActionAllow: "allowed", policy.ActionErrno: fmt.Sprintf("answered with errno %d", a.Errno),
		policy.ActionTrap: "denied: SIGSYS", policy.ActionKill: "denied: the process is killed",
	}[a.Action]
	if a.Rule == "" {
		return fmt.Sprintf("%s (%s)", action, a.Why)
	}
	return fmt.Sprintf("%s by %s: %s\n  %s", action, a.Part, a.Rule, a.Why)
}

// callOf reads the call and its arguments from the command line.
func callOf(a arguments) (policy.Call, error) {
	arch, _ := policy.AuditArch(a.arch)
	call := policy.Call{Arch: arch}
	name := a.words[1]
	nr, ok := policy.SyscallNumber(a.arch, name)
	if !ok {
		n, err := strconv.ParseUint(name, 0, 32)
		if err != nil {
			return call, fail("a name as in the kernel's table ("+near(a.arch, name)+") or a number", "%s has no call %q", a.arch, name)
		}
		nr = int(n)
	}
	call.Nr = uint32(nr)
	for i, word := range a.words[2:] {
		v, err := number(word, a.pid)
		if err != nil {
			return call, err
		}
		call.Args[i] = v
	}
	return call, nil
}

// number reads an argument: decimal, 0x, 0b, 0 (octal), negative, or "pid".
func number(word string, pid int) (uint64, error) {
	if word == "pid" {
		return uint64(pid), nil
	}
	if strings.HasPrefix(word, "-") {
		v, err := strconv.ParseInt(word, 0, 64)
		if err == nil {
			return uint64(v), nil
		}
	} else if v, err := strconv.ParseUint(word, 0, 64); err == nil {
		return v, nil
	}
	return 0, fail(`a number such as 4, 0x40 or -1, or "pid"`, "argument %q is no 64-bit number", word)
}

// near names a few calls that contain the text.
func near(goarch, text string) string {
	var names []string
	for _, name := range policy.SyscallNames(goarch) {
		if len(text) > 2 && (strings.Contains(name, text) || strings.Contains(text, name)) && len(names) < 4 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "such as openat"
	}
	return "such as " + strings.Join(names, ", ")
}

package bpf

import (
	"fmt"

	"dashmp/policy"
)

const (
	// ErrDisagree is a program that treats a call in another way than the data
	// it claims to be compiled from.
	ErrDisagree Kind = "bpf.disagree"
	// ErrPlaceholder is a program in which the pid was not put in.
	ErrPlaceholder Kind = "bpf.placeholder"
)

// Explain answers what happens to a call and by which rule. The program
// decides; the spec names the rule. If the two differ the error matches
// ErrDisagree. The program must have been made for a pid.
func Explain(spec *policy.Spec, prog policy.Program, call policy.Call) (policy.Decision, error) {
	if prog.PID() == 0 {
		return policy.Decision{}, fmt.Errorf("explain: %w", ErrPlaceholder)
	}
	code, err := Parse(prog.Bytes())
	if err != nil {
		return policy.Decision{}, fmt.Errorf("explain: %w", err)
	}
	rules, err := spec.Evaluator(prog.GOARCH())
	if err != nil {
		return policy.Decision{}, fmt.Errorf("explain: %w", err)
	}
	return compare(rules, prog, code, call)
}

func compare(rules *policy.Evaluator, prog policy.Program, code Code, call policy.Call) (policy.Decision, error) {
	action, errno := code.Run(call).Action()
	d := rules.Decide(prog.Mode(), prog.PID(), call)
	if d.Action != action || d.Errno != errno {
		return d, fmt.Errorf("call %s: the program says %s (%d), the rules say %s (%d): %w",
			FormatCall(prog.GOARCH(), call), action, errno, d.Action, d.Errno, ErrDisagree)
	}
	return d, nil
}

// FormatCall prints a call with its name where it has one.
func FormatCall(goarch string, c policy.Call) string {
	name, ok := policy.SyscallName(goarch, int(c.Nr))
	if !ok {
		name = fmt.Sprintf("#%d", c.Nr)
	}
	return fmt.Sprintf("%s(%#x, %#x, %#x, %#x, %#x, %#x) arch %#x",
		name, c.Args[0], c.Args[1], c.Args[2], c.Args[3], c.Args[4], c.Args[5], c.Arch)
}

// Verify compares a program with its spec on every probe of every rule and on
// every system call of the architecture. It returns the number of calls that
// were compared.
func Verify(spec *policy.Spec, prog policy.Program) (int, error) {
	if prog.PID() == 0 {
		return 0, fmt.Errorf("verify: %w", ErrPlaceholder)
	}
	code, err := Parse(prog.Bytes())
	if err != nil {
		return 0, fmt.Errorf("verify: %w", err)
	}
	rules, err := spec.Evaluator(prog.GOARCH())
	if err != nil {
		return 0, fmt.Errorf("verify: %w", err)
	}
	n := 0
	for _, p := range Probes(spec, prog.GOARCH(), prog.PID()) {
		if _, err := compare(rules, prog, code, p.Call); err != nil {
			return n, fmt.Errorf("verify: %s: %w", p.Note, err)
		}
		n++
	}
	return n, nil
}

// Difference is a call that two programs treat in different ways.
type Difference struct {
	Call policy.Call
	// Note is where the call comes from: the rule and its mutation.
	Note string
	Old  Result
	New  Result
}

// Compare runs two programs on probes and returns the calls on which they
// differ. An empty answer is no proof of equality for programs that were not
// compiled from the specs that the probes were made of.
func Compare(old, new Code, probes []Probe) []Difference {
	var diffs []Difference
	for _, p := range probes {
		a, b := old.Run(p.Call), new.Run(p.Call)
		if a.Ret != b.Ret {
			diffs = append(diffs, Difference{Call: p.Call, Note: p.Note, Old: a, New: b})
		}
	}
	return diffs
}

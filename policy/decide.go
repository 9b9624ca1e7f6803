package policy

import "fmt"

// Action is what happens to a call.
type Action string

// The actions, from mild to final.
const (
	ActionAllow Action = "allow"
	ActionErrno Action = "errno"
	ActionTrap  Action = "trap" // SIGSYS, the trace mode's default
	ActionKill  Action = "kill" // the whole process
)

// Call is one system call as seccomp sees it.
type Call struct {
	// Arch is the audit architecture.
	Arch uint32
	Nr   uint32
	Args [6]uint64
}

// Decision is the policy's answer to a call.
type Decision struct {
	Action Action
	// Errno is set for ActionErrno.
	Errno int
	// Rule is the rule that decided, nil if it was the default action.
	Rule *Rule
	// Why says in one line what decided.
	Why string
}

// Evaluator answers calls from the data itself, without a compiled program: it
// is the second opinion that every compiled program is compared with.
type Evaluator struct {
	goarch string
	arch   uint32
	rules  map[uint32][]Rule
}

// Evaluator returns the evaluator of a spec for an architecture (GOARCH); the
// error names an architecture or a call that does not exist.
func (s *Spec) Evaluator(goarch string) (*Evaluator, error) {
	arch, ok := AuditArch(goarch)
	if !ok {
		return nil, fmt.Errorf("policy: no architecture %q", goarch)
	}
	e := &Evaluator{goarch: goarch, arch: arch, rules: make(map[uint32][]Rule)}
	for _, r := range s.RulesFor(goarch) {
		nr, ok := SyscallNumber(goarch, r.Syscall)
		if !ok {
			return nil, fmt.Errorf("policy: %s has no call %s", goarch, r.Syscall)
		}
		e.rules[uint32(nr)] = append(e.rules[uint32(nr)], r)
	}
	return e, nil
}

// Decide answers a call made by the process with that pid.
func (e *Evaluator) Decide(mode Mode, pid int, c Call) Decision {
	if c.Arch != e.arch {
		return Decision{Action: ActionKill, Why: fmt.Sprintf("foreign architecture %#x", c.Arch)}
	}
	if e.goarch == "amd64" && c.Nr >= x32Bit && c.Nr != ^uint32(0) {
		return Decision{Action: ActionKill, Why: fmt.Sprintf("x32 call %#x", c.Nr)}
	}
	rules := e.rules[c.Nr]
	for i := range rules {
		if !rules[i].Match(pid, c.Args) {
			continue
		}
		d := Decision{Action: ActionAllow, Rule: &rules[i], Why: rules[i].Reason}
		if rules[i].Errno != 0 {
			d.Action, d.Errno = ActionErrno, rules[i].Errno
		}
		return d
	}
	def := Decision{Action: ActionKill}
	if mode == Trace {
		def.Action = ActionTrap
	}
	name, ok := SyscallName(e.goarch, int(c.Nr))
	switch {
	case !ok:
		def.Why = fmt.Sprintf("no call has number %d", c.Nr)
	case len(rules) == 0:
		def.Why = name + " is in no rule"
	default:
		def.Why = name + " with these arguments is in no rule"
	}
	return def
}

// Match reports whether all conditions of the rule hold for the arguments of a
// call by the process pid.
func (r Rule) Match(pid int, args [6]uint64) bool {
	for _, c := range r.Args {
		if !c.Match(pid, args[c.Arg]) {
			return false
		}
	}
	return true
}

// Match reports whether the condition holds for the value of its argument.
func (c Cond) Match(pid int, value uint64) bool {
	want := c.Value
	if c.Pid {
		want = uint64(pid)
	}
	switch c.Op {
	case Eq:
		return value == want
	case MaskedEq:
		return value&c.Mask == want
	case LE:
		return value <= want
	}
	return false
}

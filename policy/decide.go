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

// Decide evaluates the data itself, without a compiled program: it is the
// second opinion that every compiled program is compared with. pid is the pid
// of the process that makes the call.
func (s *Spec) Decide(goarch string, mode Mode, pid int, c Call) Decision {
	native, ok := AuditArch(goarch)
	if !ok || c.Arch != native {
		return Decision{Action: ActionKill, Why: fmt.Sprintf("foreign architecture %#x", c.Arch)}
	}
	if goarch == "amd64" && c.Nr >= x32Bit && c.Nr != ^uint32(0) {
		return Decision{Action: ActionKill, Why: fmt.Sprintf("x32 call %#x", c.Nr)}
	}
	def := Decision{Action: ActionKill}
	if mode == Trace {
		def.Action = ActionTrap
	}
	name, ok := SyscallName(goarch, int(c.Nr))
	if !ok {
		def.Why = fmt.Sprintf("no call has number %d", c.Nr)
		return def
	}
	listed := false
	for _, r := range s.RulesFor(goarch) {
		if r.Syscall != name {
			continue
		}
		listed = true
		if r.Match(pid, c.Args) {
			d := Decision{Action: ActionAllow, Rule: &r, Why: r.Reason}
			if r.Errno != 0 {
				d.Action, d.Errno = ActionErrno, r.Errno
			}
			return d
		}
	}
	def.Why = name + " is in no rule"
	if listed {
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

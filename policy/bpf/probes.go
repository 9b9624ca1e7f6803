package bpf

import (
	"fmt"

	"dashmp/policy"
)

// Probe is a call made from a rule, or a call no rule has.
type Probe struct {
	Call policy.Call
	// Rule is the rule the call was made from; the zero rule for calls that are
	// made from none.
	Rule policy.Rule
	// Mutated is the argument that was changed so that Rule does not match, -1
	// if Rule does match.
	Mutated int
	// Note says what the call is, for messages.
	Note string
}

// Probes returns for every rule of a spec calls that it allows, and for every
// condition calls that differ from an allowed one in just that argument: every
// single bit flipped, neighbours, the negative, a dirty upper half, foreign
// pids. Then every system call of the architecture without arguments and with
// all bits set, the numbers beyond the table, and calls of foreign
// architectures.
func Probes(spec *policy.Spec, goarch string, pid int) []Probe {
	arch, _ := policy.AuditArch(goarch)
	var all []Probe
	for _, r := range spec.RulesFor(goarch) {
		nr, ok := policy.SyscallNumber(goarch, r.Syscall)
		if !ok {
			continue
		}
		all = append(all, ruleProbes(policy.Call{Arch: arch, Nr: uint32(nr)}, r, pid)...)
	}
	return append(all, strangers(goarch, arch)...)
}

// ruleProbes makes the calls of one rule; call has no arguments yet.
func ruleProbes(call policy.Call, r policy.Rule, pid int) []Probe {
	var all []Probe
	for _, fill := range []uint64{0, 1, ^uint64(0)} {
		base := call
		for i := range base.Args {
			base.Args[i] = fill
		}
		for _, c := range r.Args {
			base.Args[c.Arg] = wanted(c, pid)
		}
		all = append(all, Probe{Call: base, Rule: r, Mutated: -1, Note: r.String()})
		for _, c := range r.Args {
			for _, v := range values(c, pid) {
				p := Probe{Call: base, Rule: r, Mutated: -1}
				p.Call.Args[c.Arg] = v
				if !c.Match(pid, v) {
					p.Mutated = int(c.Arg)
				}
				p.Note = fmt.Sprintf("%s with arg%d = %#x", r, c.Arg, v)
				all = append(all, p)
			}
		}
	}
	return all
}

func wanted(c policy.Cond, pid int) uint64 {
	if c.Pid {
		return uint64(pid)
	}
	return c.Value
}

// values are the arguments that a condition is tried with.
func values(c policy.Cond, pid int) []uint64 {
	v := wanted(c, pid)
	all := []uint64{0, 1, v + 1, v - 1, -v, ^v, ^uint64(0), v | 0xffffffff<<32, 1 << 31, 1 << 32, 1 << 63}
	for bit := range 64 {
		all = append(all, v^1<<bit)
	}
	if c.Pid {
		all = append(all, uint64(pid)<<32, uint64(pid)<<32|uint64(pid))
	}
	return all
}

// strangers are the calls that are made from no rule.
func strangers(goarch string, arch uint32) []Probe {
	var all []Probe
	add := func(arch, nr uint32, note string) {
		for _, fill := range []uint64{0, ^uint64(0)} {
			c := policy.Call{Arch: arch, Nr: nr, Args: [6]uint64{fill, fill, fill, fill, fill, fill}}
			all = append(all, Probe{Call: c, Mutated: -1, Note: fmt.Sprintf("%s, arguments %#x", note, fill)})
		}
	}
	for nr := range uint32(1024) {
		name, ok := policy.SyscallName(goarch, int(nr))
		if !ok {
			name = "no call"
		}
		add(arch, nr, fmt.Sprintf("%s (%d)", name, nr))
		add(arch, nr|0x40000000, fmt.Sprintf("x32 number of %d", nr))
		for _, foreign := range []uint32{policy.AuditAMD64, policy.AuditARM64, policy.AuditI386, policy.AuditARM, 0, ^uint32(0)} {
			if foreign != arch {
				add(foreign, nr, fmt.Sprintf("number %d of architecture %#x", nr, foreign))
			}
		}
	}
	for _, nr := range []uint32{0x3fffffff, 0x7fffffff, 0x80000000, 0xc0000000, 0xffffffff, 0xfffffffe} {
		add(arch, nr, fmt.Sprintf("number %#x", nr))
	}
	return all
}

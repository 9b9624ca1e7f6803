package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Rules returns the rules of all parts in order. A rule that several parts
// have appears once, with all their reasons.
func (s *Spec) Rules() []Rule {
	var all []Rule
	index := make(map[string]int)
	for _, p := range s.Parts {
		for _, r := range p.Rules {
			i, seen := index[r.String()]
			if !seen {
				index[r.String()] = len(all)
				all = append(all, r)
			} else if !strings.Contains(all[i].Reason, r.Reason) {
				all[i].Reason += "; " + r.Reason
			}
		}
	}
	return all
}

// RulesFor returns the rules that apply on an architecture, as Rules does.
func (s *Spec) RulesFor(goarch string) []Rule {
	return slices.DeleteFunc(s.Rules(), func(r Rule) bool { return r.Arch != "" && r.Arch != goarch })
}

// PartOf returns the name of the first part that has the rule.
func (s *Spec) PartOf(r Rule) string {
	for _, p := range s.Parts {
		if slices.ContainsFunc(p.Rules, r.sameCall) {
			return p.Name
		}
	}
	return ""
}

// Without returns a copy of the spec in which no part has the rule.
func (s *Spec) Without(r Rule) *Spec {
	c := *s
	c.Parts = slices.Clone(s.Parts)
	for i, p := range c.Parts {
		c.Parts[i].Rules = slices.DeleteFunc(slices.Clone(p.Rules), r.sameCall)
	}
	return &c
}

// sameCall reports whether two rules decide the same calls the same way.
func (r Rule) sameCall(o Rule) bool { return r.String() == o.String() }

// String is the rule without its reason: the name by which tests, diffs and
// the command line speak of it.
func (r Rule) String() string {
	var b strings.Builder
	b.WriteString(r.Syscall)
	b.WriteByte('(')
	for i, c := range r.Args {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.String())
	}
	b.WriteByte(')')
	if r.Errno != 0 {
		fmt.Fprintf(&b, " = errno %d", r.Errno)
	}
	if r.Arch != "" {
		b.WriteString(" on " + r.Arch)
	}
	return b.String()
}

// String is the condition with its value in hex and, if it has one, the
// value's name.
func (c Cond) String() string {
	name := ""
	if c.Name != "" {
		name = " {" + c.Name + "}"
	}
	switch {
	case c.Pid:
		return fmt.Sprintf("arg%d == own pid", c.Arg)
	case c.Op == MaskedEq:
		return fmt.Sprintf("arg%d & %#x == %#x%s", c.Arg, c.Mask, c.Value, name)
	}
	return fmt.Sprintf("arg%d %s %#x%s", c.Arg, c.Op, c.Value, name)
}

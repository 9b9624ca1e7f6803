package compile_test

import (
	"testing"

	"dashmp/policy"
	"dashmp/policy/bpf"
	"dashmp/policy/compile"
)

func synthetic(rules ...policy.Rule) *policy.Spec {
	return &policy.Spec{Role: "synthetic", Parts: []policy.Part{{Name: "all", Rules: rules}}}
}

// Operators and combinations that no role uses today compile to what the data
// says, too: comparisons across the halves of an argument, alternatives on
// several arguments, errno rules beside allow rules.
func TestEveryOperator(t *testing.T) {
	cond := func(arg uint, op policy.Op, value, mask uint64) policy.Cond {
		return policy.Cond{Arg: arg, Op: op, Value: value, Mask: mask}
	}
	for name, spec := range map[string]*policy.Spec{
		"at most, within the lower half":    synthetic(policy.Rule{Syscall: "read", Args: []policy.Cond{cond(2, policy.LE, 64, 0)}}),
		"at most, zero":                     synthetic(policy.Rule{Syscall: "read", Args: []policy.Cond{cond(2, policy.LE, 0, 0)}}),
		"at most, across the halves":        synthetic(policy.Rule{Syscall: "read", Args: []policy.Cond{cond(2, policy.LE, 5<<32|7, 0)}}),
		"at most, all":                      synthetic(policy.Rule{Syscall: "read", Args: []policy.Cond{cond(2, policy.LE, 1<<64-1, 0)}}),
		"equal across the halves":           synthetic(policy.Rule{Syscall: "read", Args: []policy.Cond{cond(5, policy.Eq, 5<<32|7, 0)}}),
		"mask within the lower half":        synthetic(policy.Rule{Syscall: "read", Args: []policy.Cond{cond(0, policy.MaskedEq, 4, 6)}}),
		"mask within the upper half":        synthetic(policy.Rule{Syscall: "read", Args: []policy.Cond{cond(0, policy.MaskedEq, 4<<32, 6<<32)}}),
		"pid beside an equal constant":      synthetic(policy.Rule{Syscall: "read", Args: []policy.Cond{{Arg: 0, Op: policy.Eq, Pid: true}, cond(1, policy.Eq, 4242, 0)}}),
		"errno beside allow":                synthetic(policy.Rule{Syscall: "read", Errno: 38, Args: []policy.Cond{cond(0, policy.Eq, 1, 0)}}, policy.Rule{Syscall: "read", Args: []policy.Cond{cond(0, policy.Eq, 2, 0)}}),
		"alternatives on several arguments": synthetic(policy.Rule{Syscall: "read", Args: []policy.Cond{cond(0, policy.Eq, 1, 0), cond(2, policy.LE, 9, 0)}}, policy.Rule{Syscall: "read", Args: []policy.Cond{cond(1, policy.MaskedEq, 8, 9)}}, policy.Rule{Syscall: "read", Args: []policy.Cond{cond(0, policy.Eq, 3, 0), cond(1, policy.Eq, 4, 0), cond(2, policy.Eq, 5, 0)}}),
		"clone3 answered with ENOSYS":       synthetic(policy.Rule{Syscall: "clone3", Errno: 38}),
	} {
		t.Run(name, func(t *testing.T) {
			for _, goarch := range policy.Architectures() {
				p, err := compile.CompileFor(spec, goarch, policy.Enforce)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := bpf.Verify(spec, p.ForPID(4242)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	read := policy.Rule{Syscall: "read"}
	for name, c := range map[string]struct {
		rule   policy.Rule
		goarch string
		mode   policy.Mode
	}{
		"an unknown call":             {policy.Rule{Syscall: "frobnicate"}, "amd64", policy.Enforce},
		"a call of the other machine": {policy.Rule{Syscall: "open"}, "arm64", policy.Enforce},
		"an unknown architecture":     {read, "riscv64", policy.Enforce},
		"an unknown mode":             {read, "amd64", "off"},
		"an unknown operator":         {policy.Rule{Syscall: "read", Args: []policy.Cond{{Op: "!="}}}, "amd64", policy.Enforce},
		"an unordered pid":            {policy.Rule{Syscall: "read", Args: []policy.Cond{{Op: policy.LE, Pid: true}}}, "amd64", policy.Enforce},
		"a seventh argument":          {policy.Rule{Syscall: "read", Args: []policy.Cond{{Arg: 6, Op: policy.Eq}}}, "amd64", policy.Enforce},
	} {
		if _, err := compile.CompileFor(synthetic(c.rule), c.goarch, c.mode); err == nil {
			t.Errorf("%s was compiled", name)
		}
	}
}

package compile_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"dashmp/policy"
	"dashmp/policy/bpf"
	"dashmp/policy/compile"
)

// each runs a test for every role, architecture and mode.
func each(t *testing.T, test func(t *testing.T, spec *policy.Spec, goarch string, mode policy.Mode)) {
	t.Helper()
	for _, spec := range policy.All() {
		for _, goarch := range policy.Architectures() {
			for _, mode := range []policy.Mode{policy.Enforce, policy.Trace} {
				t.Run(fmt.Sprintf("%s/%s/%s", spec.Role, goarch, mode), func(t *testing.T) {
					test(t, spec, goarch, mode)
				})
			}
		}
	}
}

func mustCompile(t *testing.T, spec *policy.Spec, goarch string, mode policy.Mode) policy.Program {
	t.Helper()
	p, err := compile.CompileFor(spec, goarch, mode)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The pids include the runtime's clone flags, which another rule compares with
// the same argument: a compiler that shares equal blocks could fold the two.
func TestPlaceholderGivesTheProgramOfThePid(t *testing.T) {
	pids := []int{1, 2, 3, 7, 141, 1000, 32768, 0x50f00, 0xd0f00, 1<<22 - 1, 1 << 22}
	each(t, func(t *testing.T, spec *policy.Spec, goarch string, mode policy.Mode) {
		p := mustCompile(t, spec, goarch, mode)
		for _, pid := range pids {
			direct, err := compile.CompileWithPID(spec, goarch, mode, pid)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(p.ForPID(pid).Bytes(), direct) {
				t.Errorf("pid %d: patched and directly compiled programs differ", pid)
			}
		}
	})
}

func TestCompileIsDeterministic(t *testing.T) {
	each(t, func(t *testing.T, spec *policy.Spec, goarch string, mode policy.Mode) {
		a, b := mustCompile(t, spec, goarch, mode), mustCompile(t, spec, goarch, mode)
		if a.Digest() != b.Digest() {
			t.Errorf("digests %s and %s", a.Digest(), b.Digest())
		}
	})
}

// Every rule is replayed with what it allows and with every mutation of every
// condition, against the compiled program and against the data.
func TestEveryRuleReplayed(t *testing.T) {
	each(t, func(t *testing.T, spec *policy.Spec, goarch string, mode policy.Mode) {
		verify(t, spec, mustCompile(t, spec, goarch, mode))
	})
}

// verify compares a program with the rules it is to be compiled from.
func verify(t *testing.T, spec *policy.Spec, p policy.Program) {
	t.Helper()
	n, err := bpf.Verify(spec, p.ForPID(4242))
	if err != nil {
		t.Error(err)
	} else if n < 10000 {
		t.Errorf("only %d calls were compared", n)
	}
}

// What a rule is for is allowed, and each of its conditions refuses something.
func TestEveryConditionRefuses(t *testing.T) {
	each(t, func(t *testing.T, spec *policy.Spec, goarch string, mode policy.Mode) {
		const pid = 4242
		code, err := bpf.Parse(mustCompile(t, spec, goarch, mode).ForPID(pid).Bytes())
		if err != nil {
			t.Fatal(err)
		}
		refused := make(map[string]int)
		for _, probe := range bpf.Probes(spec, goarch, pid) {
			if probe.Rule.Syscall == "" {
				continue
			}
			action, errno := code.Run(probe.Call).Action()
			passed := action == policy.ActionAllow || action == policy.ActionErrno
			if probe.Mutated < 0 {
				if !passed || errno != probe.Rule.Errno {
					t.Errorf("%s: %s %d", probe.Note, action, errno)
				}
			} else if !passed {
				refused[fmt.Sprintf("%s/%d", probe.Rule, probe.Mutated)]++
			}
		}
		for _, r := range spec.RulesFor(goarch) {
			for _, c := range r.Args {
				if refused[fmt.Sprintf("%s/%d", r, c.Arg)] == 0 {
					t.Errorf("%s: the condition on argument %d refuses nothing", r, c.Arg)
				}
			}
		}
	})
}

// A program in which one jump has its branches exchanged behaves differently on
// some probe: the probes reach every comparison. Trace mode, since there the
// action for foreign architectures differs from the default.
func TestProbesReachEveryJump(t *testing.T) {
	spec, _ := policy.Get(policy.RPC)
	program := mustCompile(t, spec, "amd64", policy.Trace).ForPID(4242)
	good, err := bpf.Parse(program.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	probes := bpf.Probes(spec, "amd64", 4242)
	tried := 0
	for at := range program.Len() {
		code := program.Bytes()
		insn := code[at*policy.InsnSize:]
		if binary.LittleEndian.Uint16(insn)&7 != 5 || insn[2] == insn[3] { // no jump
			continue
		}
		tried++
		insn[2], insn[3] = insn[3], insn[2]
		bad, err := bpf.Parse(code)
		if err != nil {
			t.Fatal(err)
		}
		if len(bpf.Compare(good, bad, probes)) == 0 {
			t.Errorf("instruction %d with its branches exchanged was not noticed", at)
		}
	}
	if tried < 50 {
		t.Errorf("only %d jumps", tried)
	}
}

// Verify refuses the program of another role, of another pid's rule, and one
// that lacks a rule.
func TestVerifyRefuses(t *testing.T) {
	spec, _ := policy.Get(policy.Wallet)
	own := mustCompile(t, spec, "amd64", policy.Enforce)
	if _, err := bpf.Verify(spec, own); !errors.Is(err, bpf.ErrPlaceholder) {
		t.Errorf("with the placeholder: %v", err)
	}
	other, _ := policy.Get(policy.Signer)
	if _, err := bpf.Verify(spec, mustCompile(t, other, "amd64", policy.Enforce).ForPID(7)); !errors.Is(err, bpf.ErrDisagree) {
		t.Errorf("the signer's program: %v", err)
	}
	for _, r := range spec.RulesFor("amd64") {
		lacking := mustCompile(t, spec.Without(r), "amd64", policy.Enforce).ForPID(7)
		if _, err := bpf.Verify(spec, lacking); !errors.Is(err, bpf.ErrDisagree) {
			t.Errorf("without %s: %v", r, err)
		}
	}
}

package compile_test

import (
	"math/rand/v2"
	"testing"

	"dashmp/policy"
	"dashmp/policy/bpf"
	"dashmp/policy/compile"
)

// subject is one compiled program and its rules.
type subject struct {
	spec  *policy.Spec
	prog  policy.Program
	rules []policy.Rule
	code  bpf.Code
	data  *policy.Evaluator
}

const subjectPID = 4242

func subjects(t testing.TB) []subject {
	t.Helper()
	var all []subject
	for _, spec := range policy.All() {
		for _, goarch := range policy.Architectures() {
			for _, mode := range []policy.Mode{policy.Enforce, policy.Trace} {
				p, err := compile.CompileFor(spec, goarch, mode)
				if err != nil {
					t.Fatal(err)
				}
				p = p.ForPID(subjectPID)
				code, err := bpf.Parse(p.Bytes())
				if err != nil {
					t.Fatal(err)
				}
				data, err := spec.Evaluator(goarch)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, subject{spec, p, spec.RulesFor(goarch), code, data})
			}
		}
	}
	return all
}

// agree checks that the compiled program and the data say the same of a call.
func (s subject) agree(t testing.TB, c policy.Call) {
	t.Helper()
	action, errno := s.code.Run(c).Action()
	d := s.data.Decide(s.prog.Mode(), subjectPID, c)
	if d.Action != action || d.Errno != errno {
		t.Errorf("%s %s %s: %s: compiled %s %d, data %s %d (%s)", s.spec.Role, s.prog.GOARCH(), s.prog.Mode(),
			bpf.FormatCall(s.prog.GOARCH(), c), action, errno, d.Action, d.Errno, d.Why)
	}
}

// FuzzDifferential compares two opinions on a call: the data's, and the
// compiled program's. which selects the program and rule a rule of it, whose
// values the arguments are mixed into.
func FuzzDifferential(f *testing.F) {
	all := subjects(f)
	for i := range all {
		for rule := range len(all[i].rules) {
			f.Add(uint8(i), uint8(rule), uint32(0), uint64(0), uint64(0), uint64(0), uint64(0))
		}
	}
	f.Add(uint8(3), uint8(200), uint32(0x40000000), uint64(1)<<32, ^uint64(0), uint64(4242), uint64(7))
	f.Fuzz(func(t *testing.T, which, rule uint8, nr uint32, a, b, c, d uint64) {
		s := all[int(which)%len(all)]
		arch, _ := policy.AuditArch(s.prog.GOARCH())
		call := policy.Call{Arch: arch, Nr: nr}
		if int(rule) < len(s.rules) {
			r := s.rules[rule]
			n, _ := policy.SyscallNumber(s.prog.GOARCH(), r.Syscall)
			call.Nr ^= uint32(n)
			for _, cond := range r.Args {
				call.Args[cond.Arg] = cond.Value
				if cond.Pid {
					call.Args[cond.Arg] = subjectPID
				}
			}
		}
		for i, v := range []uint64{a, b, c, d} {
			call.Args[i] ^= v
		}
		s.agree(t, call)
	})
}

// A quarter of a million random calls in every run of the tests.
func TestDifferentialRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	for _, s := range subjects(t) {
		arch, _ := policy.AuditArch(s.prog.GOARCH())
		values := []uint64{0, 1, 2, 3, 4, 5, 6, 7, subjectPID, ^uint64(0), 1 << 31, 1 << 32, 1 << 63}
		for _, rule := range s.rules {
			for _, c := range rule.Args {
				values = append(values, c.Value, c.Value|1<<32, c.Value+1, c.Value|4)
			}
		}
		for range 12500 {
			call := policy.Call{Arch: arch, Nr: r.Uint32N(470)}
			if r.IntN(4) > 0 {
				n, _ := policy.SyscallNumber(s.prog.GOARCH(), s.rules[r.IntN(len(s.rules))].Syscall)
				call.Nr = uint32(n)
			}
			for i := range call.Args {
				call.Args[i] = values[r.IntN(len(values))]
			}
			s.agree(t, call)
		}
	}
}

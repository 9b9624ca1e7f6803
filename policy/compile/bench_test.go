package compile_test

import (
	"runtime"
	"testing"

	"dashmp/policy"
	"dashmp/policy/bpf"
	"dashmp/policy/compile"
)

// BenchmarkSteps reports how many instructions of a role's program the calls of
// a busy connection take.
func BenchmarkSteps(b *testing.B) {
	hot := []policy.Call{}
	for name, args := range map[string][6]uint64{
		"read": {}, "write": {}, "epoll_pwait": {}, "pread64": {}, "futex": {0, 128},
		"recvmsg": {0, 0, 0x40000040}, "sendmsg": {0, 0, 0x4040},
	} {
		nr, _ := policy.SyscallNumber(runtime.GOARCH, name)
		arch, _ := policy.AuditArch(runtime.GOARCH)
		hot = append(hot, policy.Call{Arch: arch, Nr: uint32(nr), Args: args})
	}
	for _, spec := range policy.All() {
		b.Run(string(spec.Role), func(b *testing.B) {
			p, err := compile.Compile(spec, policy.Enforce)
			if err != nil {
				b.Fatal(err)
			}
			code, err := bpf.Parse(p.ForPID(4242).Bytes())
			if err != nil {
				b.Fatal(err)
			}
			steps := 0
			for b.Loop() {
				steps = 0
				for _, c := range hot {
					r := code.Run(c)
					if r.Ret != bpf.RetAllow {
						b.Fatalf("%s is not allowed", bpf.FormatCall(runtime.GOARCH, c))
					}
					steps += r.Steps
				}
			}
			b.ReportMetric(float64(steps)/float64(len(hot)), "steps/call")
			b.ReportMetric(float64(p.Len()), "insns")
		})
	}
}

// BenchmarkCompile is what the supervisor spends per role at start.
func BenchmarkCompile(b *testing.B) {
	spec, _ := policy.Get(policy.RPC)
	for b.Loop() {
		if _, err := compile.Compile(spec, policy.Enforce); err != nil {
			b.Fatal(err)
		}
	}
}

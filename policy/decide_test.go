package policy_test

import (
	"strings"
	"testing"

	"dashmp/policy"
)

const own = 4242

func call(t *testing.T, name string, args ...uint64) policy.Call {
	t.Helper()
	nr, ok := policy.SyscallNumber("amd64", name)
	if !ok {
		t.Fatalf("no call %s", name)
	}
	c := policy.Call{Arch: policy.AuditAMD64, Nr: uint32(nr)}
	copy(c.Args[:], args)
	return c
}

// Cases that the threat model names, by hand.
func TestDecide(t *testing.T) {
	const all, dirty = ^uint64(0), uint64(1) << 32
	cases := []struct {
		name string
		role policy.Role
		call policy.Call
		want policy.Action
	}{
		{"read", policy.Echo, call(t, "read", 3, 0, 10), policy.ActionAllow},
		{"open", policy.Core, call(t, "openat", all), policy.ActionKill},
		{"a signal to itself", policy.Core, call(t, "tgkill", own, own+1, 23), policy.ActionAllow},
		{"a signal to another", policy.Core, call(t, "tgkill", own+1, own+1, 23), policy.ActionKill},
		{"a signal to pid 1", policy.Core, call(t, "tgkill", 1, 1, 9), policy.ActionKill},
		{"a signal with a dirty pid", policy.Core, call(t, "tgkill", own|dirty, own, 23), policy.ActionKill},
		{"a thread", policy.Wallet, call(t, "clone", 0xd0f00), policy.ActionAllow},
		{"a thread as of arm64", policy.Wallet, call(t, "clone", 0x50f00), policy.ActionKill},
		{"a process", policy.Wallet, call(t, "clone", 17), policy.ActionKill},
		{"a user namespace", policy.Wallet, call(t, "clone", 0xd0f00|0x10000000), policy.ActionKill},
		{"clone3", policy.Wallet, call(t, "clone3"), policy.ActionKill},
		{"anonymous memory", policy.Signer, call(t, "mmap", 0, 4096, 3, 0x22, all, 0), policy.ActionAllow},
		{"executable memory", policy.Signer, call(t, "mmap", 0, 4096, 7, 0x22, all, 0), policy.ActionKill},
		{"a database mapped read-only", policy.Core, call(t, "mmap", 0, 4096, 1, 1, 5, 0), policy.ActionAllow},
		{"a database mapped writable", policy.Core, call(t, "mmap", 0, 4096, 3, 1, 5, 0), policy.ActionKill},
		{"mprotect", policy.Core, call(t, "mprotect", 0, 4096, 1), policy.ActionKill},
		{"name a mapping", policy.Core, call(t, "prctl", 0x53564d41, 0), policy.ActionAllow},
		{"become dumpable", policy.Core, call(t, "prctl", 4, 1), policy.ActionKill},
		{"F_GETFL", policy.RPC, call(t, "fcntl", 5, 3), policy.ActionAllow},
		{"F_GETFL with a dirty command", policy.RPC, call(t, "fcntl", 5, 3|dirty), policy.ActionKill},
		{"F_SETFL O_NONBLOCK", policy.RPC, call(t, "fcntl", 5, 4, 0x802), policy.ActionKill},
		{"F_DUPFD_CLOEXEC", policy.RPC, call(t, "fcntl", 5, 1030), policy.ActionKill},
		{"F_SETOWN", policy.RPC, call(t, "fcntl", 5, 8, 1), policy.ActionKill},
		{"F_SETSIG", policy.RPC, call(t, "fcntl", 5, 10, 9), policy.ActionKill},
		{"TIOCSTI", policy.RPC, call(t, "ioctl", 0, 0x5412), policy.ActionKill},
		{"TIOCSTI with a dirty upper half", policy.RPC, call(t, "ioctl", 0, 0x5412|dirty), policy.ActionKill},
		{"receive close-on-exec", policy.Echo, call(t, "recvmsg", 3, 0, 0x40000000), policy.ActionAllow},
		{"receive without close-on-exec", policy.Echo, call(t, "recvmsg", 3, 0, 0), policy.ActionKill},
		{"connect by MSG_FASTOPEN", policy.RPC, call(t, "sendmsg", 3, 0, 0x20000000), policy.ActionKill},
		{"accept", policy.RPC, call(t, "accept4", 3, 0, 0, 0x80800), policy.ActionAllow},
		{"accept inheritable", policy.RPC, call(t, "accept4", 3, 0, 0, 0), policy.ActionKill},
		{"accept in the core", policy.Core, call(t, "accept4", 3, 0, 0, 0x80800), policy.ActionAllow},
		{"accept inheritable in the core", policy.Core, call(t, "accept4", 3, 0, 0, 0), policy.ActionKill},
		{"accept in the wallet", policy.Wallet, call(t, "accept4", 3, 0, 0, 0x80800), policy.ActionKill},
		{"a socket in the core", policy.Core, call(t, "socket", 2, 1, 0), policy.ActionKill},
		{"connect in the core", policy.Core, call(t, "connect", 3, 0, 16), policy.ActionKill},
		{"SO_ATTACH_BPF", policy.RPC, call(t, "setsockopt", 3, 1, 50), policy.ActionKill},
		{"SO_PEERCRED", policy.RPC, call(t, "getsockopt", 3, 1, 17), policy.ActionKill},
		{"memory for a secret", policy.RPC, call(t, "memfd_create", 0, 0xb), policy.ActionAllow},
		{"an executable memfd", policy.RPC, call(t, "memfd_create", 0, 0x13), policy.ActionKill},
		{"a memfd in the core", policy.Core, call(t, "memfd_create", 0, 0xb), policy.ActionKill},
		{"a memfd in echo", policy.Echo, call(t, "memfd_create", 0, 0xb), policy.ActionKill},
		{"secret memory in the core", policy.Core, call(t, "memfd_secret", 0x80000), policy.ActionKill},
		{"punch a hole", policy.Core, call(t, "fallocate", 3, 3, 0, 10), policy.ActionKill},
		{"end a reply", policy.RPC, call(t, "shutdown", 3, 1), policy.ActionAllow},
		{"stop a listener", policy.RPC, call(t, "shutdown", 3, 2), policy.ActionKill},
		{"the boot clock", policy.Core, call(t, "clock_gettime", 7), policy.ActionKill},
		{"no such call", policy.Core, policy.Call{Arch: policy.AuditAMD64, Nr: 9999}, policy.ActionKill},
		{"int 0x80", policy.Core, policy.Call{Arch: policy.AuditI386, Nr: 3}, policy.ActionKill},
		{"x32", policy.Core, policy.Call{Arch: policy.AuditAMD64, Nr: 0x40000000}, policy.ActionKill},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			spec, _ := policy.Get(c.role)
			e, err := spec.Evaluator("amd64")
			if err != nil {
				t.Fatal(err)
			}
			d := e.Decide(policy.Enforce, own, c.call)
			if d.Action != c.want || d.Why == "" || (d.Rule == nil) != (c.want == policy.ActionKill) {
				t.Errorf("%s: %s (%s)", c.role, d.Action, d.Why)
			}
			// The trace mode differs in nothing but the default action, and not at
			// all for foreign architectures.
			traced := e.Decide(policy.Trace, own, c.call)
			foreign := strings.Contains(d.Why, "foreign") || strings.Contains(d.Why, "x32")
			if want := d.Action; d.Action == policy.ActionKill && !foreign {
				want = policy.ActionTrap
				if traced.Action != want {
					t.Errorf("%s in trace mode: %s", c.role, traced.Action)
				}
			} else if traced.Action != want {
				t.Errorf("%s in trace mode: %s", c.role, traced.Action)
			}
		})
	}
}

// A filter of another role does not answer the canary of this one.
func TestCanary(t *testing.T) {
	for _, role := range policy.Roles() {
		for _, goarch := range policy.Architectures() {
			c, ok := policy.CanaryFor(role, goarch)
			if !ok {
				t.Fatalf("no canary for %s on %s", role, goarch)
			}
			if nr, _ := policy.SyscallNumber(goarch, c.Syscall); nr != c.Nr {
				t.Errorf("%s on %s: number %d, the table says %d", c.Syscall, goarch, c.Nr, nr)
			}
			arch, _ := policy.AuditArch(goarch)
			for _, spec := range policy.All() {
				e, err := spec.Evaluator(goarch)
				if err != nil {
					t.Fatal(err)
				}
				d := e.Decide(policy.Enforce, own, policy.Call{Arch: arch, Nr: uint32(c.Nr), Args: c.Args})
				if spec.Role == role && (d.Action != policy.ActionErrno || d.Errno != policy.CanaryErrno) {
					t.Errorf("%s: %+v", role, d)
				}
				if spec.Role != role && d.Action != policy.ActionKill {
					t.Errorf("%s answers the canary of %s", spec.Role, role)
				}
			}
		}
	}
	if _, ok := policy.CanaryFor(policy.Supervisor, "amd64"); ok {
		t.Error("the supervisor has a canary")
	}
	if _, ok := policy.CanaryFor(policy.Core, "riscv64"); ok {
		t.Error("a canary on an unknown architecture")
	}
}

func TestConditions(t *testing.T) {
	const top = uint64(1) << 63
	cases := []struct {
		cond  policy.Cond
		value uint64
		want  bool
	}{
		{policy.Cond{Op: policy.Eq, Value: 5}, 5, true},
		{policy.Cond{Op: policy.Eq, Value: 5}, 5 | top, false},
		{policy.Cond{Op: policy.LE, Value: 5}, 5, true},
		{policy.Cond{Op: policy.LE, Value: 5}, 6, false},
		{policy.Cond{Op: policy.LE, Value: 5}, top, false},
		{policy.Cond{Op: policy.MaskedEq, Mask: 0xf0, Value: 0x10}, 0x1f, true},
		{policy.Cond{Op: policy.MaskedEq, Mask: 0xf0, Value: 0x10}, 0x30, false},
		{policy.Cond{Op: policy.Eq, Pid: true, Value: 9}, own, true},
		{policy.Cond{Op: policy.Eq, Pid: true, Value: 9}, 9, false},
		{policy.Cond{Op: "?"}, 0, false},
	}
	for _, c := range cases {
		if got := c.cond.Match(own, c.value); got != c.want {
			t.Errorf("%s of %#x: %v", c.cond, c.value, got)
		}
	}
}

func TestEchoProgramIsBuiltIn(t *testing.T) {
	for _, goarch := range policy.Architectures() {
		p, err := policy.EchoProgram(goarch, policy.Enforce)
		if err != nil || p.Len() < 50 || len(p.PIDSites()) != 1 || p.PID() != 0 {
			t.Errorf("%s: %d instructions, %v, %v", goarch, p.Len(), p.PIDSites(), err)
		}
		if a, b := p.ForPID(7), p.ForPID(8); a.Digest() == b.Digest() || a.PID() != 7 {
			t.Errorf("%s: the pid makes no difference", goarch)
		}
	}
	if _, err := policy.EchoProgram("riscv64", policy.Enforce); err == nil {
		t.Error("a program for riscv64")
	}
	if _, err := policy.EchoProgram("amd64", "off"); err == nil {
		t.Error("a program for mode off")
	}
}

func TestNewProgramRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		code  []byte
		pidAt []int
	}{
		"empty":         {nil, nil},
		"half":          {make([]byte, 12), nil},
		"too long":      {make([]byte, (policy.MaxInsns+1)*policy.InsnSize), nil},
		"pid beyond":    {make([]byte, 8), []int{1}},
		"pid before it": {make([]byte, 8), []int{-1}},
	} {
		if _, err := policy.NewProgram(policy.Echo, "amd64", policy.Enforce, c.code, c.pidAt); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

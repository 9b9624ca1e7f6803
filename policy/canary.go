package policy

// CanaryErrno is what every role's filter answers the canary call with. The
// kernel's own numbers end at 531 and the largest that a call can return is
// 4095, so nothing but a filter of ours returns it.
const CanaryErrno = 0xda5

// canaryWhich is no PRIO_ constant and never will be: the kernel has three of
// them, 0 to 2. It spells "dash".
const canaryWhich = 0x64617368

// Canary is the call by which a process proves from the inside that the filter
// of its own role answers.
//
// It is getpriority(2) with an impossible first argument and the role's number
// as the second: the call only reads, neither Go nor libc makes it, and without
// a filter it fails with EINVAL. Under the filter of another role it is no rule
// at all and the process dies.
type Canary struct {
	Syscall string
	// Nr is the number of the call on the architecture asked for.
	Nr    int
	Args  [6]uint64
	Errno int
}

// CanaryFor returns the canary of a role on an architecture (GOARCH); false if
// either is unknown.
func CanaryFor(role Role, goarch string) (Canary, bool) {
	nr := map[string]int{"amd64": 140, "arm64": 141}[goarch]
	number, ok := roleNumber(role)
	if nr == 0 || !ok {
		return Canary{}, false
	}
	return Canary{
		Syscall: "getpriority", Nr: nr, Errno: CanaryErrno,
		Args: [6]uint64{canaryWhich, number},
	}, true
}

// roleNumber is part of the canary; numbers are never reused.
func roleNumber(role Role) (uint64, bool) {
	switch role {
	case Echo:
		return 1, true
	case Core:
		return 2, true
	case RPC:
		return 3, true
	case Wallet:
		return 4, true
	case Signer:
		return 5, true
	}
	return 0, false
}

// canaryPart is the last part of every role.
func canaryPart(role Role) Part {
	number, ok := roleNumber(role)
	if !ok {
		panic("policy: role without a number: " + string(role))
	}
	return Part{
		Name:   "canary",
		Reason: "proof from the inside that this role's filter answers",
		Rules: []Rule{{
			Syscall: "getpriority", Errno: CanaryErrno,
			Args: []Cond{
				{Arg: 0, Op: Eq, Value: canaryWhich, Name: "\"dash\""},
				{Arg: 1, Op: Eq, Value: number, Name: "role " + string(role)},
			},
			Reason: "sandbox self-check right after the filter is loaded",
		}},
	}
}

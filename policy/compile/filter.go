package compile

import (
	"fmt"

	seccomp "github.com/seccomp/libseccomp-golang"

	"dashmp/policy"
)

// build puts the rules of a spec into a libseccomp filter. The caller releases
// it.
func build(spec *policy.Spec, goarch string, mode Mode, pid uint64) (_ *seccomp.ScmpFilter, err error) {
	arch, err := scmpArch(goarch)
	if err != nil {
		return nil, err
	}
	action := seccomp.ActKillProcess
	switch mode {
	case Enforce:
	case Trace:
		action = seccomp.ActTrap
	default:
		return nil, fmt.Errorf("no mode %q", mode)
	}
	filter, err := seccomp.NewFilter(action)
	if err != nil {
		return nil, fmt.Errorf("new filter: %w", err)
	}
	defer func() {
		if err != nil {
			filter.Release()
		}
	}()
	if err := setUp(filter, arch); err != nil {
		return nil, err
	}
	for _, r := range spec.RulesFor(goarch) {
		if err := addRule(filter, goarch, arch, r, pid); err != nil {
			return nil, fmt.Errorf("rule %s: %w", r, err)
		}
	}
	return filter, nil
}

// setUp selects the architecture and what holds for the whole program.
func setUp(filter *seccomp.ScmpFilter, arch seccomp.ScmpArch) error {
	if err := filter.SetBadArchAction(seccomp.ActKillProcess); err != nil {
		return fmt.Errorf("set the action for foreign architectures: %w", err)
	}
	native, err := seccomp.GetNativeArch()
	if err != nil {
		return fmt.Errorf("native architecture: %w", err)
	}
	if native != arch {
		if err := filter.AddArch(arch); err != nil {
			return fmt.Errorf("add architecture %s: %w", arch, err)
		}
		if err := filter.RemoveArch(native); err != nil {
			return fmt.Errorf("remove architecture %s: %w", native, err)
		}
	}
	if err := filter.SetOptimize(optimizeTree); err != nil {
		return fmt.Errorf("optimise: %w", err)
	}
	return nil
}

func scmpArch(goarch string) (seccomp.ScmpArch, error) {
	switch goarch {
	case "amd64":
		return seccomp.ArchAMD64, nil
	case "arm64":
		return seccomp.ArchARM64, nil
	}
	return seccomp.ArchInvalid, fmt.Errorf("no architecture %q", goarch)
}

// addRule adds one rule exactly: libseccomp may not weaken it silently.
func addRule(filter *seccomp.ScmpFilter, goarch string, arch seccomp.ScmpArch, r policy.Rule, pid uint64) error {
	if err := sameNumber(goarch, arch, r.Syscall); err != nil {
		return err
	}
	// Rules are named by the number on this machine; libseccomp translates.
	call, err := seccomp.GetSyscallFromName(r.Syscall)
	if err != nil {
		return fmt.Errorf("libseccomp does not know the call: %w", err)
	}
	action := seccomp.ActAllow
	if r.Errno != 0 {
		action = seccomp.ActErrno.SetReturnCode(int16(r.Errno))
	}
	conds, err := conditions(r.Args, pid)
	if err != nil {
		return err
	}
	if len(conds) == 0 {
		return filter.AddRuleExact(call, action)
	}
	return filter.AddRuleConditionalExact(call, action, conds)
}

// sameNumber checks that our table and libseccomp mean the same call.
func sameNumber(goarch string, arch seccomp.ScmpArch, name string) error {
	want, ok := policy.SyscallNumber(goarch, name)
	if !ok {
		return fmt.Errorf("%s has no call %s", goarch, name)
	}
	got, err := seccomp.GetSyscallFromNameByArch(name, arch)
	if err != nil {
		return fmt.Errorf("libseccomp does not know the call: %w", err)
	}
	if int(got) != want {
		return fmt.Errorf("libseccomp says number %d, the table %d", got, want)
	}
	return nil
}

func conditions(args []policy.Cond, pid uint64) ([]seccomp.ScmpCondition, error) {
	var conds []seccomp.ScmpCondition
	for _, c := range args {
		var cond seccomp.ScmpCondition
		var err error
		switch {
		case c.Pid && c.Op == policy.Eq:
			cond, err = seccomp.MakeCondition(c.Arg, seccomp.CompareEqual, pid)
		case c.Pid:
			err = fmt.Errorf("a pid can only be compared by %s", policy.Eq)
		case c.Op == policy.Eq:
			cond, err = seccomp.MakeCondition(c.Arg, seccomp.CompareEqual, c.Value)
		case c.Op == policy.LE:
			cond, err = seccomp.MakeCondition(c.Arg, seccomp.CompareLessOrEqual, c.Value)
		case c.Op == policy.MaskedEq:
			cond, err = seccomp.MakeCondition(c.Arg, seccomp.CompareMaskedEqual, c.Mask, c.Value)
		default:
			err = fmt.Errorf("no operator %q", c.Op)
		}
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", c.Arg, err)
		}
		conds = append(conds, cond)
	}
	return conds, nil
}

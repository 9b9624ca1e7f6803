package ablate_test

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/policy/ablate"
)

func goarch() string { return runtime.GOARCH }

// everything runs a role's scenarios with the vDSO and without it, and its death
// by a signal.
func everything(t *testing.T, bin string) ablate.Runner {
	t.Helper()
	return func(ctx context.Context, spec *policy.Spec) error {
		c, done := termCommand(t, bin, spec.Role)
		err := c.Run(ctx, spec)
		done()
		if err != nil {
			return err
		}
		for _, without := range []bool{false, true} {
			c, done := stressCommand(t, bin, spec.Role, scenarios(spec.Role)...)
			c.WithoutVDSO = without
			err := c.Run(ctx, spec)
			done()
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// exempt returns why a rule is kept although no scenario can need it on this
// machine, "" if there is no such reason.
func exempt(r policy.Rule) string {
	switch s := r.String(); {
	case strings.HasPrefix(s, "prctl(arg0 == 0x53564d41"):
		if unix.Prctl(unix.PR_SET_VMA, unix.PR_SET_VMA_ANON_NAME, 0, 0, 0) == unix.EINVAL {
			return "this kernel does not name mappings, so the runtime stops asking before the filter is on"
		}
	case strings.HasPrefix(s, "memfd_create(arg1 == 0x3 "):
		return "only kernels before Linux 6.3 need it"
	}
	return ""
}

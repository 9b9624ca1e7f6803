package ablate_test

import (
	"context"
	"runtime"
	"testing"

	"dashmp/policy"
	"dashmp/policy/ablate"
)

func goarch() string { return runtime.GOARCH }

// bothVDSO runs a role's scenarios with the vDSO and without it.
func bothVDSO(t *testing.T, bin string) ablate.Runner {
	t.Helper()
	return func(ctx context.Context, spec *policy.Spec) error {
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

// exempt lists rules that are kept although the scenarios cannot show on this
// machine that they are needed. Each has its reason.
func exempt(policy.Rule) bool { return false }

package ablate

import (
	"context"
	"fmt"

	"dashmp/policy"
)

// Runner runs a scenario under the rules of a spec. The error is nil exactly if
// everything in the scenario worked.
type Runner func(ctx context.Context, spec *policy.Spec) error

// Finding is what was found out about one rule.
type Finding struct {
	Rule policy.Rule
	// Part is the first part that has the rule.
	Part string
	// Without is what went wrong without the rule; nil means that no run needed
	// it.
	Without error
}

// Ablate runs the scenario with all rules, which must succeed each time, and
// then without each rule of the architecture. A rule counts as needed as soon
// as one of the runs fails.
func Ablate(ctx context.Context, spec *policy.Spec, goarch string, runs int, run Runner) ([]Finding, error) {
	for range runs {
		if err := run(ctx, spec); err != nil {
			return nil, fmt.Errorf("with all rules of %s: %w", spec.Role, err)
		}
	}
	var all []Finding
	for _, r := range spec.RulesFor(goarch) {
		f := Finding{Rule: r, Part: spec.PartOf(r)}
		for i := 0; i < runs && f.Without == nil; i++ {
			f.Without = run(ctx, spec.Without(r))
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
		}
		all = append(all, f)
	}
	return all, nil
}

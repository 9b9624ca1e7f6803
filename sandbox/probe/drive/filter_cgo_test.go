//go:build cgo

package drive_test

import (
	"dashmp/policy"
	"dashmp/policy/compile"
)

// filterOf compiles as the supervisor does.
func filterOf(role policy.Role) (func(pid int) ([]byte, error), error) {
	spec, _ := policy.Get(role)
	p, err := compile.Compile(spec, policy.Enforce)
	if err != nil {
		return nil, err
	}
	return func(pid int) ([]byte, error) { return p.ForPID(pid).Bytes(), nil }, nil
}

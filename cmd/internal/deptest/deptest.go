// Package deptest proves what a program does not link. Each forbidden package
// comes with the reason, which is what the failure prints.
//
// It is for tests only.
package deptest

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Rules are forbidden packages by path, with the reason. A path that ends in
// "/..." means the package and everything below it.
type Rules map[string]string

// Role are the rules of every sandboxed role. Its program is built without cgo
// and can start no other.
func Role() Rules {
	return Rules{
		"os/exec":                       "a role starts no program",
		"plugin":                        "a role loads no code",
		"runtime/cgo":                   "a role is pure Go: the C library opens files and makes calls of its own",
		"net/http/...":                  "a role that needs HTTP has a server of its own whose buffers can be wiped",
		"dashmp/policy/compile":         "filters are compiled by the supervisor, with libseccomp",
		"dashmp/sandbox/supervisor/...": "the supervisor's code runs in the supervisor",
		"dashmp/sandbox/broker/datadir": "a role opens no path",
		"dashmp/sandbox/broker/notify":  "a role runs no command",
		"dashmp/sandbox/broker/host":    "a role binds and writes nothing outside its descriptors",
	}
}

// With returns r with further rules.
func (r Rules) With(more Rules) Rules {
	all := Rules{}
	for _, m := range []Rules{r, more} {
		for path, reason := range m {
			all[path] = reason
		}
	}
	return all
}

// Without returns r without the rule for path.
func (r Rules) Without(path string) Rules {
	all := Rules{}.With(r)
	delete(all, path)
	return all
}

// Check fails the test if the package, as it is built for release, depends on
// a forbidden one. Needed are packages that it must depend on: they show that
// the list is one of the right program.
func Check(t *testing.T, pkg string, rules Rules, needed ...string) {
	t.Helper()
	deps := list(t, pkg)
	for _, n := range needed {
		if !slices.Contains(deps, n) {
			t.Errorf("%s does not depend on %s: the list of dependencies is wrong", pkg, n)
		}
	}
	for path, reason := range rules {
		for _, d := range deps {
			if matches(path, d) {
				t.Errorf("%s depends on %s, which is forbidden: %s (go mod why, or: go list -deps -f '{{.ImportPath}} {{.Imports}}' %s)", pkg, d, reason, pkg)
			}
		}
	}
}

func matches(path, dep string) bool {
	base, below := strings.CutSuffix(path, "/...")
	return dep == base || (below && strings.HasPrefix(dep, base+"/"))
}

func list(t *testing.T, pkg string) []string {
	t.Helper()
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command here")
	}
	cmd := exec.Command(goTool, "list", "-deps", pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", pkg, err)
	}
	return strings.Fields(string(out))
}

// Imports returns the packages that pkg itself imports.
func Imports(t *testing.T, pkg string) []string {
	t.Helper()
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command here")
	}
	out, err := exec.Command(goTool, "list", "-f", "{{join .Imports \" \"}}", pkg).Output()
	if err != nil {
		t.Fatalf("go list %s: %v", pkg, err)
	}
	return strings.Fields(string(out))
}

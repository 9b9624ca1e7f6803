package compile_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashmp/policy"
	"dashmp/policy/compile"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The readable form of every program, headed by the version of libseccomp that
// wrote it: another version may order the comparisons in another way, and is
// then held to TestEveryRuleReplayed alone.
func TestPFCGolden(t *testing.T) {
	each(t, func(t *testing.T, spec *policy.Spec, goarch string, mode policy.Mode) {
		text, err := compile.PFC(spec, goarch, mode)
		if err != nil {
			t.Fatal(err)
		}
		head := "# libseccomp " + compile.LibraryVersion() + "\n"
		path := filepath.Join("testdata", fmt.Sprintf("%s.%s.%s.pfc", spec.Role, goarch, mode))
		if *update {
			if err := os.WriteFile(path, []byte(head+text), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v (run go test ./policy/compile -update)", err)
		}
		if !strings.HasPrefix(string(want), head) {
			t.Skipf("written by %s, this is %s", strings.TrimSpace(strings.SplitN(string(want), "\n", 2)[0]), head)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(head+text, "\n")); diff != "" {
			t.Errorf("%s changed; testdata/%s.rules of package policy names the rule (-want +got):\n%s", path, spec.Role, diff)
		}
	})
}

// The programs that are built in do what the rules say, whichever libseccomp
// compiled them.
func TestBuiltInEchoIsTheEchoRoles(t *testing.T) {
	spec, _ := policy.Get(policy.Echo)
	for _, goarch := range policy.Architectures() {
		for _, mode := range []policy.Mode{policy.Enforce, policy.Trace} {
			built, err := policy.EchoProgram(goarch, mode)
			if err != nil {
				t.Fatal(err)
			}
			verify(t, spec, built)
		}
	}
}

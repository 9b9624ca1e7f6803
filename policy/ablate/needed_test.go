package ablate_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"dashmp/policy"
	"dashmp/policy/ablate"
)

var update = flag.Bool("update", false, "rewrite the table of what needs each rule")

func TestMain(m *testing.M) {
	if err := ablate.BecomeWithout(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
	os.Exit(m.Run())
}

// need is a line of the table: what needs a rule of a role.
type need struct {
	role policy.Role
	part string
	rule string
	// stress is the scenario of the stress program that failed without the
	// rule, tree the step of the real programs that did; "" for none.
	stress, tree string
	// why a rule is kept that nothing can need on the machine of the run.
	why string
}

const table = "testdata/needed.txt"

const tableHead = `# What needs each rule of the policy: found by leaving it out (DASHMP_ABLATE=1 go test ./policy/ablate -update).
#   role  part  rule
#       stress: the scenario of policy/internal/stress that failed under the role's other rules
#       tree:   the step of steps_test.go at which the real programs failed
#       kept:   why nothing on the machine of that run could need it
# A rule without one of the three does not stay in the policy.
`

func (n need) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  %s\n", n.role, n.part, n.rule)
	for _, f := range []struct{ key, value string }{{"stress", n.stress}, {"tree", n.tree}, {"kept", n.why}} {
		if f.value != "" {
			fmt.Fprintf(&b, "    %s: %s\n", f.key, f.value)
		}
	}
	return b.String()
}

// readTable returns what the table names for each rule, by role and rule.
func readTable(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	all, current := map[string][]string{}, ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "" || line[0] == '#':
		case line[0] != ' ':
			f := strings.SplitN(line, "  ", 3)
			if len(f) != 3 {
				t.Fatalf("%s: %q", table, line)
			}
			current = f[0] + "/" + f[2]
			all[current] = nil
		default:
			all[current] = append(all[current], strings.TrimSpace(line))
		}
	}
	return all
}

// rows are the lines of a role: what was found out now, or if the role was left
// out of this run, what the table has.
func rows(t *testing.T, role policy.Role, now []need) string {
	t.Helper()
	var b strings.Builder
	for _, n := range now {
		if n.role == role {
			b.WriteString(n.String())
		}
	}
	if b.Len() > 0 {
		return b.String()
	}
	text, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	ours := false
	for line := range strings.Lines(string(text)) {
		if line[0] != ' ' {
			ours = strings.HasPrefix(line, string(role)+"  ")
		}
		if ours {
			b.WriteString(line)
		}
	}
	return b.String()
}

// TestEveryRuleIsNeeded: no rule is in the policy that nothing was seen to need,
// and none in the table that the policy no longer has.
func TestEveryRuleIsNeeded(t *testing.T) {
	named := readTable(t)
	for _, spec := range policy.All() {
		for _, r := range spec.RulesFor("amd64") {
			key := string(spec.Role) + "/" + r.String()
			if len(named[key]) == 0 {
				t.Errorf("%s: %s does not say what needs it", key, table)
			}
			delete(named, key)
		}
	}
	for key := range named {
		t.Errorf("%s is in %s and not in the policy", key, table)
	}
}

// TestAblation leaves out each rule of each role in turn, under the stress
// program and in a tree of the real programs. It takes some ten minutes; with
// -run 'TestAblation/roles/core' only the rows of core are made anew.
func TestAblation(t *testing.T) {
	if os.Getenv("DASHMP_ABLATE") == "" {
		t.Skip("slow: set DASHMP_ABLATE=1")
	}
	bin, tr := buildStress(t), buildTree(t)
	if err := tr.run(t.Context(), ""); err != nil {
		t.Fatalf("the tree with all rules: %v", err)
	}
	var mu sync.Mutex // guards all
	var all []need
	t.Run("roles", func(t *testing.T) {
		for _, spec := range policy.All() {
			t.Run(string(spec.Role), func(t *testing.T) {
				t.Parallel()
				found := needsOf(t, bin, tr, spec)
				mu.Lock()
				defer mu.Unlock()
				all = append(all, found...)
			})
		}
	})
	if t.Failed() || !*update {
		return
	}
	var b bytes.Buffer
	b.WriteString(tableHead)
	for _, spec := range policy.All() {
		b.WriteString(rows(t, spec.Role, all))
	}
	if err := os.MkdirAll(filepath.Dir(table), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(table, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

var lastScenario = regexp.MustCompile(`(?:.|\n)*scenario (\w+)`)

// needsOf ablates one role.
func needsOf(t *testing.T, bin string, tr tree, spec *policy.Spec) []need {
	findings, err := ablate.Ablate(t.Context(), spec, goarch(), 2, everything(t, bin))
	if err != nil {
		t.Fatal(err)
	}
	var all []need
	for _, f := range findings {
		n := need{role: spec.Role, part: f.Part, rule: f.Rule.String()}
		if f.Without != nil {
			n.stress = "start"
			if m := lastScenario.FindStringSubmatch(f.Without.Error()); m != nil {
				n.stress = m[1]
			}
		}
		// The tree knows the runtime's rules no better than the stress program.
		if f.Part != "base" || f.Without == nil {
			if err := tr.run(t.Context(), string(spec.Role)+"/"+n.rule); err != nil {
				n.tree, _, _ = strings.Cut(err.Error(), ":")
			}
		}
		if n.stress == "" && n.tree == "" {
			n.why = exempt(f.Rule)
		}
		if n.stress == "" && n.tree == "" && n.why == "" {
			t.Errorf("nothing needs %s: %s", f.Part, n.rule)
		}
		t.Log(n)
		all = append(all, n)
	}
	return all
}

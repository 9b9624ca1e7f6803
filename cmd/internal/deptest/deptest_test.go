package deptest

import "testing"

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		path, dep string
		want      bool
	}{
		{"os/exec", "os/exec", true}, {"os/exec", "os/exec/internal", false}, {"os", "os/exec", false},
		{"net/http/...", "net/http", true}, {"net/http/...", "net/http/internal", true}, {"net/http/...", "net/httpx", false},
	} {
		if got := matches(tt.path, tt.dep); got != tt.want {
			t.Errorf("%s and %s: %v", tt.path, tt.dep, got)
		}
	}
}

// TestCheckSeesItsOwnDependencies: this test's package starts programs.
func TestCheckSeesItsOwnDependencies(t *testing.T) {
	deps := list(t, "dashmp/cmd/internal/deptest")
	found := false
	for _, d := range deps {
		found = found || matches("os/exec", d)
	}
	if !found {
		t.Errorf("os/exec is not among the dependencies: %q", deps)
	}
	if r := Role().With(Rules{"x": "y"}).Without("plugin"); r["x"] != "y" || r["plugin"] != "" || r["os/exec"] == "" {
		t.Errorf("rules: %v", r)
	}
}

package functional

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fakeTree is a source tree whose tests do one thing each.
var fakeTree = map[string]string{
	"test/functional/test_runner.py": `
import nothing_of_this_is_executed
EXTENDED_SCRIPTS = ['extended.py']
BASE_SCRIPTS = ['hash.py', 'says.py', 'skips.py', 'fails.py --why', 'hangs.py', 'leaves.py']
`,
	"test/functional/create_cache.py": ``,
	"test/functional/extended.py":     ``,
	"test/functional/hash.py": `
import configparser, os, sys, dash_hash
config = [a for a in sys.argv if a.startswith('--configfile=')][0].split('=')[1]
c = configparser.ConfigParser(); c.read(config)
assert c['environment']['SRCDIR'] == os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
assert c['components']['ENABLE_CLI'] == 'true' and 'USE_BDB' not in c['components']
assert os.environ['DASHD'].endswith('/dash-node')
assert len(dash_hash.getPoWHash(b'x')) == 32
`,
	"test/functional/says.py":  "import sys\nprint('odd', file=sys.stderr)\n",
	"test/functional/skips.py": "import sys\nprint('Test Skipped: no such component')\nsys.exit(77)\n",
	"test/functional/fails.py": "import sys\nprint('x (ERROR): y')\nprint('AssertionError: not(1 == 2)')\nsys.exit(1)\n",
	"test/functional/hangs.py": "import time\ntime.sleep(600)\n",
	"test/functional/leaves.py": `
import os, subprocess
p = subprocess.Popen(['sleep', '600'], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
open(os.environ['LEFT'], 'w').write(str(p.pid))
`,
}

// fixture makes a tree and a directory of programs and returns their paths.
func fixture(t *testing.T) (tree, bin string) {
	t.Helper()
	for _, tool := range []string{"python3", "cc"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("no " + tool + " here")
		}
	}
	tree, bin = t.TempDir(), t.TempDir()
	for name, text := range fakeTree {
		path := filepath.Join(tree, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(bin, "dash-node"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return tree, bin
}

// runner runs the runner and returns what it says and its exit code.
func runner(t *testing.T, env []string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command("python3", append([]string{"-B", "run.py"}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// TestVerdicts: what makes a test pass, fail or be skipped, and that nothing is
// left behind, neither a process nor a file in the tree.
func TestVerdicts(t *testing.T) {
	tree, bin := fixture(t)
	dir := t.TempDir()
	left, tsv, baseline := filepath.Join(dir, "left"), filepath.Join(dir, "out.tsv"), filepath.Join(dir, "baseline.tsv")
	if err := os.WriteFile(baseline, []byte("says.py\tPASS\t1.0\tA1\t\nskips.py\tSKIP\t1.0\tA1\t\nhash.py\tFAIL\t1\tA1\t\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := listing(t, tree)
	out, code := runner(t, []string{"LEFT=" + left}, tree, "--bin", bin, "-t", "3", "-o", tsv, "--baseline", baseline)
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	data, err := os.ReadFile(tsv)
	if err != nil {
		t.Fatal(err, out)
	}
	for _, want := range []string{
		"create_cache.py\tPASS\t", "hash.py\tPASS\t", "says.py\tFAIL\t", "stderr is not empty: odd\n", "skips.py\tSKIP\t",
		"\tno such component\n", "fails.py --why\tFAIL\t", "\tAssertionError: not(1 == 2)\n", "hangs.py\tFAIL\t",
		"\tTIMEOUT after 3 s", "leaves.py\tPASS\t", "\t(1 processes left behind)\n",
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("the results lack %q:\n%s", want, data)
		}
	}
	for _, want := range []string{
		"passes in the baseline, not here (1):\n  says.py: FAIL", "passes here, not in the baseline (1):\n  hash.py: FAIL in the baseline",
		"not in the baseline (3):", "all                                                     6     2     3     1        0              1",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the report lacks %q:\n%s", want, out)
		}
	}
	pid, err := os.ReadFile(left)
	if err != nil {
		t.Fatal(err)
	}
	if command, err := os.ReadFile("/proc/" + string(pid) + "/cmdline"); err == nil && strings.HasPrefix(string(command), "sleep") {
		t.Error("the process that a test left behind is still there")
	}
	if after := listing(t, tree); after != before {
		t.Errorf("the tree changed from\n%s to\n%s", before, after)
	}
}

func listing(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		b.WriteString(path + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSelection: words name entries; what names none, or no tree, is an error
// before anything is built.
func TestSelection(t *testing.T) {
	tree, bin := fixture(t)
	for _, c := range []struct {
		words, want string
		code        int
	}{
		{"hash says.py", "-\thash.py\n-\tsays.py\n", 0},
		{"h*", "-\thash.py\n-\thangs.py\n", 0},
		{"extended", "-\textended.py\n", 0},
		{"nosuch", "no entry of the suite is called 'nosuch'", 2},
		{"@Z9", "no entry of the suite is called '@Z9'", 2},
	} {
		out, code := runner(t, nil, append([]string{tree, "--bin", bin, "--list"}, strings.Fields(c.words)...)...)
		if code != c.code || !strings.Contains(out, c.want) || (code == 0 && out != c.want) {
			t.Errorf("%s: exit %d\n%s", c.words, code, out)
		}
	}
	if out, code := runner(t, nil, t.TempDir(), "--list"); code != 2 || !strings.Contains(out, "is not a Dash Core source tree") {
		t.Errorf("no tree: exit %d, %s", code, out)
	}
	if out, code := runner(t, nil, tree, "--bin", tree, "hash"); code != 2 || !strings.Contains(out, "has no program dash-node") {
		t.Errorf("no programs: exit %d, %s", code, out)
	}
}

// TestData: each entry of the baseline has a category, and each category a title.
func TestData(t *testing.T) {
	categories, titles := map[string]string{}, map[string]bool{}
	for _, row := range rows(t, "categories.tsv") {
		if name, ok := strings.CutPrefix(row[0], "@"); ok {
			titles[name] = true
		} else {
			categories[row[0]] = row[1]
		}
	}
	passed := 0
	for _, row := range rows(t, "baseline.tsv") {
		if row[0] == "test" || row[0] == "create_cache.py" {
			continue
		}
		if c := categories[row[0]]; c == "" || c != row[3] || !titles[c] {
			t.Errorf("%s: category %q here, %q there", row[0], row[3], c)
		}
		if row[1] == "PASS" {
			passed++
		}
	}
	if passed != 245 {
		t.Errorf("%d entries pass in the baseline; SOURCE and this test say otherwise", passed)
	}
}

func rows(t *testing.T, name string) [][]string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for line := range strings.Lines(string(data)) {
		if !strings.HasPrefix(line, "#") {
			out = append(out, strings.Split(strings.TrimRight(line, "\n"), "\t"))
		}
	}
	return out
}

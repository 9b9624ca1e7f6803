package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Bad input gets one clear line on stderr and exit code 1, and nothing is
// created or changed.
func TestBadInput(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	conf := func(text string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "dash.conf"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		args    []string
		prepare func(t *testing.T, dir string)
		want    string // contained in stderr
	}{
		"unknown option":       {[]string{"-nosuchoption"}, nil, "Error: Error parsing command line arguments: Invalid parameter -nosuchoption"},
		"a word":               {[]string{"hello"}, nil, "Error: Command line contains unexpected token 'hello'"},
		"unknown mode":         {[]string{"-sandbox=loose"}, nil, "enforce, trace, off"},
		"bad configuration":    {nil, conf("regtest"), "Error: Error reading configuration file: parse error on line 1: regtest"},
		"no such directory":    {[]string{"-datadir=" + missing}, nil, "Error: Specified data directory \"" + missing + "\" does not exist."},
		"no such blocksdir":    {[]string{"-blocksdir=" + missing}, nil, "Error: Specified blocks directory \"" + missing + "\" does not exist."},
		"bad port":             {[]string{"-rpcport=70000"}, nil, "-rpcport"},
		"Dash Core's database": {nil, levelDB, "holds a database of Dash Core"},
		"unreadable configuration": {nil, func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, "dash.conf"), 0o700); err != nil {
				t.Fatal(err)
			}
		}, "Error: Error reading configuration file: "},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if c.prepare != nil {
				c.prepare(t, dir)
			}
			before := tree(t, dir)
			cmd := command(t, dir, c.args...)
			code, stdout, stderr := runToEnd(t, cmd)
			if code != 1 || stdout != "" || !strings.Contains(stderr, c.want) || !strings.HasPrefix(stderr, "Error: ") {
				t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
			}
			if strings.Count(stderr, "\n") != 1 {
				t.Errorf("not one line: %q", stderr)
			}
			if d := cmp.Diff(before, tree(t, dir)); d != "" {
				t.Error(d)
			}
		})
	}
}

func levelDB(t *testing.T, dir string) {
	p := filepath.Join(dir, "regtest", "chainstate")
	if err := os.MkdirAll(p, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p, "CURRENT"), []byte("MANIFEST-000001\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The text is compared whole by Dash Core's feature_filelock.py.
func TestDirectoryInUse(t *testing.T) {
	r := launch(t)
	net := filepath.Join(r.dir, "regtest")
	before, err := os.ReadFile(filepath.Join(net, ".cookie"))
	if err != nil {
		t.Fatal(err)
	}
	code, _, stderr := runToEnd(t, command(t, r.dir, "-noserver"))
	want := fmt.Sprintf("Error: Cannot obtain a lock on data directory %s. Dash Core is probably already running.\n", net)
	if code != 1 || stderr != want {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	if after, _ := os.ReadFile(filepath.Join(net, ".cookie")); string(after) != string(before) {
		t.Error("the cookie of the running node was touched")
	}
}

func TestMissingProgram(t *testing.T) {
	bin, dir := t.TempDir(), t.TempDir()
	for _, name := range []string{"dash-node", "dash-echo", "dash-node-core", "dash-node-rpc"} {
		if err := os.Link(filepath.Join(programs(t), name), filepath.Join(bin, name)); err != nil {
			t.Skip(err)
		}
	}
	before := tree(t, dir)
	cmd := command(t, dir)
	cmd.Path = filepath.Join(bin, "dash-node")
	code, _, stderr := runToEnd(t, cmd)
	if code != 1 || !strings.HasPrefix(stderr, "Error: Cannot find dash-signer, dash-wallet in "+bin) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	if d := cmp.Diff(before, tree(t, dir)); d != "" {
		t.Error(d)
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, arg := range []string{"-version", "-help", "-?", "-h", "-help-debug"} {
		dir := t.TempDir()
		code, stdout, stderr := runToEnd(t, command(t, dir, arg))
		if code != 0 || stderr != "" || !strings.HasPrefix(stdout, "Dash Core version v23.1") {
			t.Errorf("%s: exit code %d, stdout %.80q, stderr %q", arg, code, stdout, stderr)
		}
		if arg != "-version" && !strings.Contains(stdout, "-sandbox=<mode>") {
			t.Errorf("%s does not list the options", arg)
		}
		if left := tree(t, dir); len(left) != 1 {
			t.Errorf("%s: created %q", arg, left)
		}
	}
}

// All RPC addresses taken is Dash Core's error.
func TestPortInUse(t *testing.T) {
	r := launch(t)
	var port string
	for _, a := range r.cmd.Args {
		if p, ok := strings.CutPrefix(a, "-rpcport="); ok {
			port = p
		}
	}
	dir := t.TempDir()
	code, _, stderr := runToEnd(t, command(t, dir, "-rpcport="+port))
	if code != 1 || stderr != "Error: Unable to start HTTP server. See debug log for details.\n" {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	if code := r.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("the first node: exit code %d", code)
	}
}

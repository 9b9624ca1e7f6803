package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dashmp/node/options"
)

// TestEveryShownOptionIsInThePage: no row of the table is lost on its way.
func TestEveryShownOptionIsInThePage(t *testing.T) {
	for _, p := range pages() {
		text := string(p.render("help of dash-policy\n"))
		if p.program == "" {
			if !strings.Contains(text, `help of dash\-policy`) {
				t.Errorf("%s lacks the program's own help", p.name)
			}
			continue
		}
		shown := 0
		for _, o := range options.Table(p.program) {
			if has := strings.Contains(text, `\fB`+escape(o.Syntax())+`\fR`+"\n"); has != (o.Category != options.Hidden) {
				t.Errorf("%s: %s shown: %v", p.name, o.Name, has)
			} else if has {
				shown++
			}
		}
		if shown == 0 {
			t.Errorf("%s shows no option", p.name)
		}
	}
}

// TestNoTextBecomesARequest: a description that begins like one is printed.
func TestNoTextBecomesARequest(t *testing.T) {
	for in, want := range map[string]string{".cookie": `\&.cookie`, "'x": `\&'x`, `a\b-c`: `a\eb\-c`, "a…": `a\[u2026]`, "plain": "plain"} {
		if got := line(in); got != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
}

// TestPagesFormat lets the system's man complain.
func TestPagesFormat(t *testing.T) {
	man, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("no groff here")
	}
	for _, p := range pages() {
		cmd := exec.Command(man, "-man", "-Tutf8", "-ww", "-Wbreak", "-z") // a word may exceed a line
		cmd.Stdin = bytes.NewReader(p.render("help\n"))
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", p.name, err, out)
		}
	}
}

// TestCompletions runs the functions as bash would.
func TestCompletions(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "some.conf"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ program, words, want string }{
		{"dash-node", "-sandb", "-sandbox="},
		{"dash-node", "--sandb", "-sandbox="},
		{"dash-node", "-conf = so", "some.conf"},
		{"dash-node", "-sandbox = so", ""},
		{"dash-cli", "getblockcou", "getblockcount"},
		{"dash-cli", "-regtest getblockc", "getblockchaininfo getblockcount"},
		{"dash-cli", "syncwith", ""},
		{"dashd", "-nosuch", ""},
	} {
		script := filepath.Join(dir, c.program+".bash")
		if err := os.WriteFile(script, completionOf(options.Program(c.program)), 0o600); err != nil {
			t.Fatal(err)
		}
		const run = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "_${1//-/_}"; echo "${COMPREPLY[*]}"`
		args := append([]string{"--norc", "-c", run, "bash", script, c.program}, strings.Fields(c.words)...)
		cmd := exec.Command(bash, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != c.want {
			t.Errorf("%s %s: %q, not %q (%v)", c.program, c.words, got, c.want, err)
		}
	}
}

// TestCheckNamesStaleFiles, and only those.
func TestCheckNamesStaleFiles(t *testing.T) {
	dir := t.TempDir()
	help := filepath.Join(dir, "help")
	if err := os.WriteFile(help, []byte("Usage\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-policy-help", help, "-man", filepath.Join(dir, "man"), "-completion", filepath.Join(dir, "completion")}
	var said bytes.Buffer
	if err := run(args, &said); err != nil || said.Len() > 0 {
		t.Fatal(err, said.String())
	}
	args = append([]string{"-check"}, args...)
	if err := run(args, &said); err != nil || said.Len() > 0 {
		t.Fatal("fresh files are stale:", err, said.String())
	}
	page := filepath.Join(dir, "man", "dashd.1")
	if err := os.WriteFile(page, []byte("edited"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(args, &said); err == nil || said.String() != "docgen: stale: "+page+"\n" {
		t.Errorf("%v, said %q", err, said.String())
	}
	if have, _ := os.ReadFile(page); string(have) != "edited" {
		t.Error("-check wrote")
	}
}

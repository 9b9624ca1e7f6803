package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"dashmp/policy"
	"dashmp/policy/ablate"
	"dashmp/policy/compile"
)

func TestMain(m *testing.M) {
	if os.Getenv("DASH_POLICY_MAIN") != "" {
		main()
	}
	testscript.Main(m, map[string]func(){"dash-policy": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: filepath.Join("testdata", "script")})
}

// What bpf --out writes is what the supervisor loads, and its digest is the
// one that is printed.
func TestBPFWritesTheExactProgram(t *testing.T) {
	for _, spec := range policy.All() {
		for _, goarch := range policy.Architectures() {
			for _, mode := range []policy.Mode{policy.Enforce, policy.Trace} {
				path := filepath.Join(t.TempDir(), "program")
				var out, stderr bytes.Buffer
				code := run(t.Context(), []string{"bpf", string(spec.Role), "--pid", "77", "--out", path,
					"--arch", goarch, "--mode=" + string(mode)}, &out, &stderr)
				if code != 0 {
					t.Fatalf("%d: %s", code, stderr.String())
				}
				p, err := compile.CompileFor(spec, goarch, mode)
				if err != nil {
					t.Fatal(err)
				}
				got, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, p.ForPID(77).Bytes()) || !strings.Contains(out.String(), p.ForPID(77).Digest()) {
					t.Errorf("%s %s %s: %s", spec.Role, goarch, mode, out.String())
				}
			}
		}
	}
}

// dashPolicy runs the program in a process of its own: a parent may not look
// at its child.
func dashPolicy(args ...string) (stdout, stderr string, err error) {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = []string{"DASH_POLICY_MAIN=1"}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// check finds the program of a live process to be the compiled one, and finds
// out when it is that of another role or mode.
func TestCheckLiveProcess(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "stress")
	build := exec.Command("go", "build", "-o", bin, "dashmp/policy/internal/stress")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	spec, _ := policy.Get(policy.Wallet)
	looked := false
	c := ablate.Command{
		Argv: []string{bin, "wallet", "ipc"}, Mode: policy.Trace, Timeout: time.Minute,
		Peer: func(_ context.Context, pid int, socket *os.File) {
			b := make([]byte, 64)
			for {
				n, err := socket.Read(b)
				if err != nil {
					return
				}
				if !looked {
					looked = true
					checkLive(t, fmt.Sprint(pid))
				}
				socket.Write(bytes.Repeat([]byte{1}, bytes.Count(b[:n], []byte("\n"))))
			}
		},
	}
	if err := c.Run(t.Context(), spec); err != nil || !looked {
		t.Errorf("looked %v: %v", looked, err)
	}
}

func checkLive(t *testing.T, pid string) {
	t.Helper()
	stdout, stderr, err := dashPolicy("check", pid, "--role", "wallet")
	if strings.Contains(stderr, "does not show") {
		t.Skip(stderr)
	}
	if err != nil || !strings.Contains(stdout, "wallet, pid "+pid+": the kernel's filter is the compiled one (trace,") {
		t.Errorf("%v: %s%s", err, stdout, stderr)
	}
	stdout, _, err = dashPolicy("check", "--json", pid, "--role=wallet")
	var v verdict
	if jerr := json.Unmarshal([]byte(stdout), &v); err != nil || jerr != nil || !v.Match || v.Kernel != v.Compiled || v.Kernel == "" {
		t.Errorf("%v, %v: %s", err, jerr, stdout)
	}
	for _, args := range [][]string{{"--role", "core"}, {"--role", "wallet", "--mode", "enforce"}} {
		stdout, stderr, err = dashPolicy(append([]string{"check", pid}, args...)...)
		if err == nil || stdout != "" || !strings.Contains(stderr, "the kernel's filter is not the compiled one: thread") {
			t.Errorf("%v: %v: %s%s", args, err, stdout, stderr)
		}
	}
	if _, stderr, err = dashPolicy("check", pid); err == nil || !strings.Contains(stderr, `is called "stress"`) {
		t.Errorf("%v: %s", err, stderr)
	}
}

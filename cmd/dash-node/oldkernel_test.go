package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"dashmp/policy/ablate"
)

// On a kernel without a layer the node says which, and leaves no trace.
func TestKernelWithoutALayer(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		layer string
		nr    int
	}{
		{"landlock", unix.SYS_LANDLOCK_CREATE_RULESET},
		{"seccomp", unix.SYS_SECCOMP},
	} {
		t.Run(c.layer, func(t *testing.T) {
			dir := t.TempDir()
			node := command(t, dir)
			cmd := exec.Command(self, node.Args...)
			cmd.Env = append(node.Env, fmt.Sprintf("%s=%d", ablate.WithoutVar, c.nr))
			before := tree(t, dir)
			code, _, stderr := runToEnd(t, cmd)
			if code != 1 || !strings.Contains(stderr, "sandbox layer "+c.layer) || !strings.Contains(stderr, "hint: ") || strings.Count(stderr, "\n") != 1 {
				t.Errorf("exit code %d, stderr %q", code, stderr)
			}
			if d := cmp.Diff(before, tree(t, dir)); d != "" {
				t.Error(d)
			}
			// The operator may weaken it, by saying so.
			off := exec.Command(self, append(node.Args, "-sandbox=off")...)
			off.Env = cmd.Env
			r := begin(t, off)
			r.waitLog("init message: Done loading")
			if code := r.stop(syscall.SIGTERM); code != 0 {
				t.Errorf("-sandbox=off: exit code %d", code)
			}
		})
	}
}

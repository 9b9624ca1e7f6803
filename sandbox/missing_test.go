package sandbox_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"dashmp/policy"
	"dashmp/sandbox"
)

// TestEachMissingLayerFailsClosed starts this test program itself as a child
// that really goes through Enter, on a kernel that lacks one thing.
func TestEachMissingLayerFailsClosed(t *testing.T) {
	off := "-sandbox=off"
	tests := []struct {
		missing string
		layer   sandbox.Layer
		code    int
		// told: the child had seen a grant and could name its reason to us.
		told  bool
		words []string
	}{
		{"peer", sandbox.LayerParent, sandbox.ExitLayer, false, []string{"process 2097152", "by hand"}},
		{"parent", sandbox.LayerParent, sandbox.ExitLayer, false, []string{"has died"}},
		{"pdeathsig", sandbox.LayerParent, sandbox.ExitLayer, false, []string{"signal is 0, must be 9", "PR_SET_PDEATHSIG"}},
		{"environ", sandbox.LayerEnvironment, sandbox.ExitLayer, true, []string{"environment is not empty"}},
		{"core", sandbox.LayerLimits, sandbox.ExitLayer, true, []string{"RLIMIT_CORE is 1/1, must be 0/0", "hard limit"}},
		{"proc", sandbox.LayerDescriptors, sandbox.ExitGrant, true, []string{"mount procfs"}},
		{"surplus", sandbox.LayerDescriptors, sandbox.ExitGrant, true, []string{"/dev/zero", "not in the manifest of echo"}},
		{"dumpable", sandbox.LayerDumpable, sandbox.ExitLayer, true, []string{"PR_SET_DUMPABLE", off}},
		{"nnp", sandbox.LayerNoNewPrivs, sandbox.ExitLayer, true, []string{"may gain privileges", off}},
		{"caps", sandbox.LayerCapabilities, sandbox.ExitLayer, true, []string{"holds capabilities 0x1", off}},
		{"landlock", sandbox.LayerLandlock, sandbox.ExitLayer, true, []string{"no Landlock", "CONFIG_SECURITY_LANDLOCK", off}},
		{"landlock-error", sandbox.LayerLandlock, sandbox.ExitLayer, true, []string{"invalid argument", off}},
		{"landlock-hollow", sandbox.LayerLandlock, sandbox.ExitLayer, true, []string{"yet lets the process open a directory", off}},
		{"seccomp", sandbox.LayerSeccomp, sandbox.ExitLayer, true, []string{"CONFIG_SECCOMP_FILTER", off}},
		{"tsync", sandbox.LayerSeccomp, sandbox.ExitLayer, true, []string{"thread 4711", off}},
		{"canary", sandbox.LayerCanary, sandbox.ExitLayer, true, []string{"getpriority returned errno 22", off}},
		{"canary-errno", sandbox.LayerCanary, sandbox.ExitLayer, true, []string{"errno 3492, must be 3493", off}},
	}
	n := newNursery(t)
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	n.program = self
	for _, tc := range tests {
		t.Run(tc.missing, func(t *testing.T) {
			c, out := n.spawnAs("fake:"+tc.missing, policy.Echo)
			ctx := testContext(t)
			// A child that has refused already cannot take the grant.
			_ = c.Send(ctx, grantFor(t, c, sandbox.ModeEnforce, do{}))
			_, err := c.AwaitReady(ctx)
			if err == nil {
				t.Fatal("the child reported ready")
			}
			if tc.told {
				var le *sandbox.LayerError
				if !errors.As(err, &le) || le.Layer != tc.layer {
					t.Errorf("the supervisor was told %v, must be of layer %s", err, tc.layer)
				}
			}
			if exit := wait(t, c); exit.Code != tc.code {
				t.Errorf("%s, must be exit code %d", exit, tc.code)
			}
			line := out.end()
			if strings.Count(line, "\n") != 1 {
				t.Errorf("not one line: %q", line)
			}
			for _, w := range append(tc.words, "sandbox layer "+string(tc.layer)) {
				if !strings.Contains(line, w) {
					t.Errorf("%q does not say %q", line, w)
				}
			}
		})
	}
}

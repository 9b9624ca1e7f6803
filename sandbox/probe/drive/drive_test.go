package drive_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"dashmp/policy"
	"dashmp/sandbox/probe"
	"dashmp/sandbox/probe/drive"
)

// Programs built once by TestMain, without cgo and with the tag dashprobe.
var standin, control string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "dash-probe-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for name, pkg := range map[string]string{"standin": "dashmp/sandbox/internal/standin", "control": "dashmp/sandbox/probe/control"} {
		build := exec.Command("go", "build", "-tags", "dashprobe", "-o", filepath.Join(dir, name), pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build %s: %v\n%s", name, err, out)
			os.Exit(1)
		}
	}
	standin, control = filepath.Join(dir, "standin"), filepath.Join(dir, "control")
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

const timeout = 10 * time.Minute // ends a test that hangs

func newDriver(t *testing.T, role policy.Role) *drive.Driver {
	t.Helper()
	filter, err := filterOf(role)
	if err != nil {
		t.Skipf("no filter for %s: %v", role, err)
	}
	d, err := drive.New(drive.Config{
		Program: standin, Role: role, Name: string(role), Build: "probe",
		Filter: filter, Control: control, Dir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// TestProbesAgainstTheStandIn makes every act in the stand-in under the filter
// of every role. The same is done with the real programs in integration/.
func TestProbesAgainstTheStandIn(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	for _, role := range policy.Roles() {
		t.Run(string(role), func(t *testing.T) {
			d := newDriver(t, role)
			for _, p := range probe.ForThisMachine() {
				t.Run(p.Name, func(t *testing.T) {
					r, err := d.Run(ctx, p)
					if err != nil {
						t.Fatal(err)
					}
					if err := r.Err(); err != nil {
						t.Error(err)
					}
					t.Logf("inside %s at %q, outside %s", r.Inside, r.Call, r.Outside)
					if why := r.Skipped(); why != "" {
						t.Log("no control: " + why)
					}
				})
			}
		})
	}
}

func TestEveryProbeHasAName(t *testing.T) {
	seen := make(map[string]bool)
	for _, p := range probe.All() {
		if seen[p.Name] {
			t.Errorf("%s twice", p.Name)
		}
		seen[p.Name] = true
		if (p.Call == "") == (p.Expected() == probe.Killed) || len(p.Control) == 0 {
			t.Errorf("%s: call %q, outcome %q, controls %q", p.Name, p.Call, p.Expected(), p.Control)
		}
	}
}

package drive_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"dashmp/policy"
	"dashmp/sandbox/build"
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
	standin, control = filepath.Join(dir, "standin"), filepath.Join(dir, "control")
	for path, pkg := range map[string]string{standin: "dashmp/sandbox/internal/standin", control: "dashmp/sandbox/probe/control"} {
		if out, err := buildCommand(path, pkg).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build %s: %v\n%s", pkg, err, out)
			os.Exit(1)
		}
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func buildCommand(path, pkg string) *exec.Cmd {
	cmd := exec.Command("go", "build", "-tags", "dashprobe", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -X dashmp/sandbox/build.stamp="+stamp, "-o", path, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	return cmd
}

func goBuild(t *testing.T, path, pkg string) {
	t.Helper()
	if out, err := buildCommand(path, pkg).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, out)
	}
}

const timeout = 10 * time.Minute // ends a test that hangs

// stamp makes the build id of the programs built here known.
const stamp = "probe"

func newDriver(t *testing.T, role policy.Role, change func(*drive.Config)) *drive.Driver {
	t.Helper()
	cfg := drive.Config{
		Program: standin, Role: role, Name: string(role), Build: build.Version + "+" + stamp,
		Control: control, Dir: t.TempDir(),
	}
	change(&cfg)
	if cfg.Filter == nil {
		filter, err := filterOf(role)
		if err != nil {
			t.Skipf("no filter for %s: %v", role, err)
		}
		cfg.Filter = filter
	}
	d, err := drive.New(cfg)
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

func runAll(t *testing.T, d *drive.Driver, probes []probe.Probe) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	for _, p := range probes {
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
}

// TestProbesInTheRolePrograms makes every act inside every real role program,
// built as they are shipped but for the tag.
func TestProbesInTheRolePrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("builds every role program")
	}
	for _, spec := range policy.All() {
		t.Run(spec.Program, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), spec.Program)
			goBuild(t, program, "dashmp/cmd/"+spec.Program)
			d := newDriver(t, spec.Role, func(c *drive.Config) { c.Program, c.Name = program, spec.Program })
			runAll(t, d, probe.ForThisMachine())
		})
	}
}

// TestProbesInTheStandIn needs no other package, so that a change in one that
// does not build takes away nothing of this.
func TestProbesInTheStandIn(t *testing.T) {
	d := newDriver(t, policy.Echo, func(*drive.Config) {})
	runAll(t, d, probe.ForThisMachine())
}

// TestAHoleIsSeen runs probes against a filter that lets everything pass but
// answers the canary: the driver must call each of them a failure, although
// Landlock still stops some.
func TestAHoleIsSeen(t *testing.T) {
	hollow, err := allowAll(policy.Echo)
	if err != nil {
		t.Skip(err)
	}
	d := newDriver(t, policy.Echo, func(c *drive.Config) {
		c.Filter = func(int) ([]byte, error) { return hollow, nil }
	})
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	landlock := map[string]string{"open": "EACCES", "kill.parent": "EPERM", "unix.abstract": "EPERM"}
	for _, p := range probe.ForThisMachine() {
		r, err := d.Run(ctx, p)
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		if p.Name == "core-dump" || p.Name == "threads.canary" {
			continue // no matter of the filter's default
		}
		if r.Err() == nil {
			t.Errorf("%s: the filter lets everything pass, and nobody noticed (inside %s, outside %s)", p.Name, r.Inside, r.Outside)
		}
		if want := landlock[p.Name]; want != "" && r.Inside != want {
			t.Errorf("%s: under Landlock alone %s, must be %s", p.Name, r.Inside, want)
		}
	}
}

// allowAll is a filter that answers the canary of the role and allows the rest.
func allowAll(role policy.Role) ([]byte, error) {
	c, ok := policy.CanaryFor(role, runtime.GOARCH)
	if !ok {
		return nil, fmt.Errorf("no canary for %s", runtime.GOARCH)
	}
	const loadWord, jumpEqual, answer = 0x20, 0x15, 0x06 // BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K
	var b []byte
	add := func(code uint16, jt, jf byte, k uint32) {
		b = binary.NativeEndian.AppendUint16(b, code)
		b = append(b, jt, jf)
		b = binary.NativeEndian.AppendUint32(b, k)
	}
	add(loadWord, 0, 0, 0) // seccomp_data.nr
	add(jumpEqual, 0, 1, uint32(c.Nr))
	add(answer, 0, 0, 0x00050000|uint32(c.Errno)) // SECCOMP_RET_ERRNO
	add(answer, 0, 0, 0x7fff0000)                 // SECCOMP_RET_ALLOW
	return b, nil
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

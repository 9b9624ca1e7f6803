package drive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/internal/wire"
	"dashmp/sandbox/probe"
)

// Config says what is probed.
type Config struct {
	// Program is the path of the role program, built with the tag dashprobe.
	Program string
	Role    policy.Role
	// Name is argv[0]; "" is the role's program.
	Name  string
	Build string
	// Filter returns the role's filter for a process.
	Filter func(pid int) ([]byte, error)
	// Control is the path of the control program.
	Control string
	// Dir is a directory for what acts refer to; it must be on a file system
	// that has user.* attributes for every probe to have its control.
	Dir string
}

// Result is a probe with its control.
type Result struct {
	Probe probe.Probe
	// Inside is the outcome in the sandbox; Call is the call at which the filter
	// ended the process, "" if the kernel's records cannot be read.
	Inside, Call string
	// Outside is the outcome of the control.
	Outside string
	// Privileged: the control ran with the driver's privileges.
	Privileged bool
}

// Err says what is wrong with the result; nil if the weak spot is closed and the
// control proves it.
func (r Result) Err() error {
	switch want := r.Probe.Expected(); {
	case r.Inside != want:
		return fmt.Errorf("%s: inside the sandbox %s, must be %s", r.Probe.Name, r.Inside, want)
	case r.Call != "" && r.Call != r.Probe.Call:
		return fmt.Errorf("%s: the filter stopped %s, must be %s", r.Probe.Name, r.Call, r.Probe.Call)
	case r.Skipped() != "":
		return nil
	case !slices.Contains(r.Probe.Control, r.Outside):
		return fmt.Errorf("%s: the control outside the sandbox shows %s, must be %s: the probe proves nothing",
			r.Probe.Name, r.Outside, strings.Join(r.Probe.Control, " or "))
	}
	return nil
}

// Skipped says why the probe has no control, "" if it has.
func (r Result) Skipped() string {
	if slices.Contains(r.Probe.Absent, r.Outside) {
		return "this kernel does not have it (" + r.Outside + ")"
	}
	if r.Probe.Privileged && os.Geteuid() != 0 && !slices.Contains(r.Probe.Control, r.Outside) {
		return "the control needs root (" + r.Outside + ")"
	}
	return ""
}

// Driver runs probes against one role program.
type Driver struct {
	cfg     Config
	spec    *policy.Spec
	program *os.File
	spawner *sandbox.Spawner
	watcher *sandbox.ViolationWatcher
	scene   *scene
}

// New makes a driver; Close ends it.
func New(cfg Config) (*Driver, error) {
	spec, ok := policy.Get(cfg.Role)
	if !ok {
		return nil, fmt.Errorf("drive: no role %q", cfg.Role)
	}
	if cfg.Name == "" {
		cfg.Name = spec.Program
	}
	d := &Driver{cfg: cfg, spec: spec, watcher: sandbox.NewViolationWatcher(slog.New(slog.DiscardHandler))}
	var err error
	if d.program, err = os.Open(cfg.Program); err == nil {
		if d.spawner, err = sandbox.NewSpawner(); err == nil {
			d.scene, err = newScene(cfg)
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("drive: %w", err), d.Close())
	}
	return d, nil
}

// Close releases everything.
func (d *Driver) Close() error {
	var err error
	if d.scene != nil {
		err = d.scene.close()
	}
	if d.spawner != nil {
		err = errors.Join(err, d.spawner.Close())
	}
	if d.program != nil {
		err = errors.Join(err, d.program.Close())
	}
	return errors.Join(err, d.watcher.Close())
}

// Run runs one probe and its control.
func (d *Driver) Run(ctx context.Context, p probe.Probe) (Result, error) {
	r := Result{Probe: p}
	var err error
	if r.Inside, r.Call, err = d.inside(ctx, p, sandbox.ModeEnforce); err != nil {
		return r, fmt.Errorf("%s: %w", p.Name, err)
	}
	if !p.Privileged {
		r.Outside, _, err = d.inside(ctx, p, sandbox.ModeOff)
	} else {
		r.Privileged = true
		r.Outside, err = d.scene.outside(ctx, p)
	}
	if err != nil {
		return r, fmt.Errorf("%s: control: %w", p.Name, err)
	}
	return r, nil
}

// inside runs the act in the role program and returns its outcome.
func (d *Driver) inside(ctx context.Context, p probe.Probe, mode sandbox.Mode) (outcome, call string, err error) {
	args, err := d.scene.fresh()
	if err != nil {
		return "", "", err
	}
	stderr, tail, err := tailPipe()
	if err != nil {
		return "", "", err
	}
	child, err := d.spawner.Start(ctx, sandbox.Command{
		Program: d.program, Name: d.cfg.Name, Stderr: stderr, Limits: d.spec.Limits,
	})
	_ = stderr.Close()
	if err != nil {
		return "", "", err
	}
	defer child.Close() //nolint:errcheck // it has ended, or its test fails anyway
	if err := d.grant(ctx, child, p, args, mode); err != nil {
		return "", "", fmt.Errorf("%w; stderr: %s", err, tail())
	}
	socket := child.TakeSocket()
	defer socket.Close() //nolint:errcheck // read only
	answer, err := outcomeOf(socket)
	if err != nil {
		return "", "", err
	}
	exit, err := child.Wait(ctx)
	switch {
	case err != nil:
		return "", "", err
	case exit.Violation():
		return probe.Killed, d.decode(ctx, child.PID()), nil
	case exit.Signal != 0 && exit.Core:
		return signalName(exit) + " with a core", "", nil
	case exit.Signal != 0:
		return signalName(exit), "", nil
	case answer == "":
		return "", "", fmt.Errorf("no outcome, %s; stderr: %s", exit, tail())
	}
	return answer, "", nil
}

func signalName(e sandbox.ExitState) string {
	return strings.TrimPrefix(sandbox.ExitState{Code: -1, Signal: e.Signal}.String(), "killed by ")
}

// decodeTime is how long the kernel's record is waited for; where auditing is
// off none comes, and the probe does without.
const decodeTime = 2 * time.Second

func (d *Driver) decode(ctx context.Context, pid int) string {
	if source, _ := d.watcher.Source(); source == "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, decodeTime)
	defer cancel()
	v, ok := d.watcher.Decode(ctx, pid)
	if !ok {
		return ""
	}
	return v.Syscall
}

// grant brings the child into its role with the probe as its configuration.
func (d *Driver) grant(ctx context.Context, c *sandbox.Child, p probe.Probe, args probe.Args, mode sandbox.Mode) error {
	g := sandbox.Grant{
		Role: d.cfg.Role, Build: d.cfg.Build, Mode: mode, Landlock: d.spec.Landlock,
		Config: probe.Request{Probe: p.Name, Args: args}.JSON(),
	}
	if mode.Layers() {
		filter, err := d.cfg.Filter(c.PID())
		if err != nil {
			return err
		}
		g.Filter = filter
	}
	fds, release, err := bootFDs(d.spec, args.Dir)
	if err != nil {
		return err
	}
	defer release()
	g.FDs = fds
	if err := c.Send(ctx, g); err != nil {
		return err
	}
	_, err = c.AwaitReady(ctx)
	return err
}

// outcomeOf reads the child's frame; "" if it ended without one.
func outcomeOf(socket *os.File) (string, error) {
	frame, err := wire.ReadFrame(func(p, _ []byte) (int, int, int, error) {
		n, err := socket.Read(p)
		if errors.Is(err, io.EOF) {
			return 0, 0, 0, nil
		}
		return n, 0, 0, err
	}, wire.FrameProbe)
	if err != nil {
		// A reset or an end means that the process died, which its exit state
		// says better.
		return "", nil
	}
	return resultOf(frame.Body)
}

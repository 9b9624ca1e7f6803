package sandbox

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/sandbox/internal/fdinfo"
)

// warm does now what the Go runtime and its library would do later with calls
// that the filter forbids.
func (e *entry) warm() error {
	fail := func(err error) error {
		return &LayerError{Layer: LayerWarmup, Err: err, Hint: hintBug}
	}
	// The zone of the machine is read from a file at the first use of local
	// time. Roles log and compute in UTC; the supervisor writes the log.
	time.Local = time.UTC
	// The poller (an epoll and an eventfd) is made for the first file that can
	// be polled.
	r, w, err := os.Pipe()
	if err != nil {
		return fail(fmt.Errorf("pipe: %w", err))
	}
	if err := errors.Join(r.Close(), w.Close()); err != nil {
		return fail(fmt.Errorf("pipe: %w", err))
	}
	// The generator seeds itself at its first use.
	if _, err := rand.Read(make([]byte, 1)); err != nil {
		return fail(fmt.Errorf("random numbers: %w", err))
	}
	// The first collection starts the workers of the collector.
	runtime.GC()
	if e.opt.Warm != nil {
		if err := e.opt.Warm(); err != nil {
			return fail(err)
		}
	}
	return nil
}

// adopt makes a grant for a process that a foreign parent has started: the
// built-in echo role, with nothing but the IPC socket.
func (e *entry) adopt() error {
	spec, ok := policy.Get(policy.Echo)
	if !ok {
		return grantError(errors.New("the policy has no echo role"))
	}
	program, err := policy.EchoProgram(runtime.GOARCH, policy.Enforce)
	if err != nil {
		return grantError(fmt.Errorf("the parent sent no grant: %w", err))
	}
	// A stranger's descriptors need not be what the manifest says: the fixed
	// ones are replaced or accepted as they are, the rest is closed.
	for i := range spec.Boot {
		if c := &spec.Boot[i]; c.Name == "stderr" {
			if err := acceptStderr(c); err != nil {
				return descriptorError(err)
			}
		}
	}
	if err := e.closeForeign(); err != nil {
		return descriptorError(err)
	}
	for _, l := range spec.Limits {
		if err := e.k.setLimit(l.Resource, l.Soft, l.Hard); err != nil {
			return &LayerError{
				Layer: LayerLimits, Feature: "RLIMIT_" + l.Name, Hint: hintLimits,
				Err: fmt.Errorf("RLIMIT_%s %d/%d: %w", l.Name, l.Soft, l.Hard, err),
			}
		}
	}
	e.spec = spec
	e.grant = &Grant{
		Role: policy.Echo, Build: e.opt.Build, Mode: ModeEnforce,
		Filter: program.ForPID(e.k.pid()).Bytes(), Landlock: spec.Landlock,
	}
	return nil
}

// acceptStderr makes the entry say what the parent chose for descriptor 2, so
// that its words still reach it.
func acceptStderr(c *policy.FDClass) error {
	info, err := fdinfo.Probe(2)
	if err != nil {
		return err
	}
	c.Kind, c.Access, c.Seals = info.Kind, info.Access, 0
	return nil
}

// closeForeign puts 0 and 1 on /dev/null and closes what a manifest without
// grants does not have.
func (e *entry) closeForeign() error {
	for fd, mode := range []int{unix.O_RDONLY, unix.O_WRONLY} {
		null, err := unix.Open("/dev/null", mode|unix.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("/dev/null: %w", err)
		}
		err = unix.Dup3(null, fd, unix.O_CLOEXEC)
		_ = unix.Close(null)
		if err != nil {
			return fmt.Errorf("/dev/null: %w", err)
		}
	}
	open, err := e.k.openFDs()
	if err != nil {
		return err
	}
	for _, fd := range open {
		if fd > 2 && fd != e.socket && fdinfo.RuntimeName(fd) == "" {
			_ = unix.Close(fd)
		}
	}
	return nil
}

//go:build dashprobe

package probe

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/internal/wire"
)

// env is where an act runs.
type env struct {
	args Args
	role policy.Role
	// socket is a connected unix stream socket, non-blocking.
	socket int
	parent int
}

// outcome is the error of an act that ended with something else than an errno.
type outcome string

// Error returns the outcome.
func (o outcome) Error() string { return string(o) }

// Hook runs the probe that the configuration names, if it names one. It returns
// only if the sandbox let the act pass.
func Hook(boot *sandbox.Boot) (code int, done bool) {
	var r Request
	if json.Unmarshal(boot.Config, &r) != nil || r.Probe == "" {
		return 0, false
	}
	e := env{args: r.Args, role: boot.Role, parent: boot.Report.PPID}
	raw, err := boot.Socket.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { e.socket = int(fd) })
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1, true
	}
	body, err := json.Marshal(Result{Probe: r.Probe, Outcome: run(r.Probe, e)})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1, true
	}
	frame, err := wire.Answer(wire.FrameProbe, body)
	if err == nil {
		_, err = boot.Socket.Write(frame)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1, true
	}
	return 0, true
}

// RunOutside runs an act in the calling process, which is in no sandbox.
func RunOutside(r Request) string {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return "socketpair: " + err.Error()
	}
	return run(r.Probe, env{args: r.Args, role: policy.Echo, socket: pair[0], parent: os.Getppid()})
}

func run(name string, e env) string {
	act, ok := acts()[name]
	if !ok {
		return "there is no act " + name
	}
	err := act(e)
	var errno unix.Errno
	var o outcome
	switch {
	case err == nil:
		return OK
	case errors.As(err, &o):
		return string(o)
	case errors.As(err, &errno):
		if n := unix.ErrnoName(errno); n != "" {
			return n
		}
		return fmt.Sprintf("errno %d", int(errno))
	}
	return strings.ToValidUTF8(err.Error(), "?")
}

// acts returns every act by the name of its probe.
func acts() map[string]func(env) error {
	all := make(map[string]func(env) error)
	for _, group := range []map[string]func(env) error{
		socketActs(), fileActs(), twinActs(), processActs(), controlActs(), threadActs(), memoryActs(), kernelActs(), archActs(),
	} {
		for name, act := range group {
			all[name] = act
		}
	}
	return all
}

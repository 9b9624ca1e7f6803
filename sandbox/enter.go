package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/sandbox/internal/wire"
)

// EnterOptions are what the role program knows of itself.
type EnterOptions struct {
	// Role is the only role that this program accepts.
	Role policy.Role
	// Build must equal the grant's; "" accepts every build (tests).
	Build string
	// Warm is called before the lock-down for what this role's packages do
	// lazily with calls that the filter forbids; may be nil.
	Warm func() error

	// kernel is replaced by tests of this package; nil is the real one.
	kernel kernel
}

// Boot is a process that has entered its sandbox.
type Boot struct {
	// Role is EnterOptions.Role, or policy.Echo if Foreign.
	Role  policy.Role
	Build string
	Mode  Mode
	// Config is the grant's; nil if Foreign.
	Config json.RawMessage
	// Files are the granted descriptors by name, close-on-exec.
	Files map[string]*os.File
	// Socket is the IPC socket (non-blocking, close-on-exec). The next bytes on
	// it are Cap'n Proto's.
	Socket *os.File
	// Foreign: the parent sent no grant; serve Init and Echo only.
	Foreign bool
	Report  SelfReport
}

// Enter takes the process from exec to its sandbox; fd is the N of "-ipcfd N".
// When it returns without an error the sandbox is on and checked, and the ready
// report has been sent. On an error the process must exit with ExitCode(err)
// and serve nothing; the supervisor has been told the reason if that was
// possible, and the caller prints it to stderr.
//
// ctx bounds the waiting for the grant. Enter must be called before the process
// starts goroutines that own descriptors, and once only.
func Enter(ctx context.Context, fd int, o EnterOptions) (*Boot, error) {
	e := &entry{opt: o, k: o.kernel, socket: fd, began: time.Now()}
	if e.k == nil {
		e.k = linux{}
	}
	boot, err := e.run(ctx)
	if err != nil {
		e.refuse(err)
		return nil, err
	}
	return boot, nil
}

// entry is one call of Enter.
type entry struct {
	opt    EnterOptions
	k      kernel
	socket int
	began  time.Time

	spec  *policy.Spec
	grant *Grant
	// names and fds are the granted descriptors, in the order of the grant.
	names []string
	fds   []int
	// ours is set once a frame of ours was seen: from then on a refusal can be
	// told to the peer.
	ours   bool
	report SelfReport
}

func (e *entry) run(ctx context.Context) (*Boot, error) {
	if err := e.checkSocket(); err != nil {
		return nil, err
	}
	if err := e.checkParent(); err != nil {
		return nil, err
	}
	if err := e.warm(); err != nil {
		return nil, err
	}
	ours, err := e.peek(ctx)
	if err != nil {
		return nil, err
	}
	if ours {
		err = e.receive()
	} else {
		err = e.adopt()
	}
	if err != nil {
		return nil, err
	}
	// The socket must be non-blocking before it is checked and locked in, since
	// the poller needs it so.
	if err := unix.SetNonblock(e.socket, true); err != nil {
		return nil, descriptorError(fmt.Errorf("IPC socket: O_NONBLOCK: %w", err))
	}
	if err := e.checkState(); err != nil {
		return nil, err
	}
	return e.lockAndReport()
}

// checkSocket checks N itself and marks it close-on-exec.
func (e *entry) checkSocket() error {
	if e.socket <= 2 {
		return descriptorError(fmt.Errorf("-ipcfd %d: 0, 1 and 2 are taken", e.socket))
	}
	class := policy.FDClass{Name: "ipc", Kind: policy.KindUnixStream, Access: policy.ReadWrite}
	if err := CheckFD(class, e.socket); err != nil {
		return err
	}
	unix.CloseOnExec(e.socket)
	return nil
}

// checkParent compares the maker of the socket with the parent, so that a
// process which outlived its parent and got another one serves nobody.
func (e *entry) checkParent() error {
	peer, err := e.k.peer(e.socket)
	if err != nil {
		return parentError(err)
	}
	parent := e.k.parent()
	if peer != parent || peer <= 0 {
		return parentError(fmt.Errorf("the IPC socket was made by process %d, the parent is %d", peer, parent))
	}
	sig, err := e.k.pdeathsig()
	if err != nil {
		return parentError(err)
	}
	e.report.PdeathsigInherited = sig == int(unix.SIGKILL)
	if err := e.k.setPdeathsig(); err != nil {
		return parentError(fmt.Errorf("PR_SET_PDEATHSIG: %w", err))
	}
	sig, err = e.k.pdeathsig()
	if err != nil || sig != int(unix.SIGKILL) {
		return parentError(fmt.Errorf("the parent-death signal is %d, must be %d: %w", sig, int(unix.SIGKILL), orOK(err)))
	}
	// The parent may have died before the signal was in force.
	if again := e.k.parent(); again != parent {
		return parentError(fmt.Errorf("process %d, the parent, has died", parent))
	}
	e.report.PID, e.report.PPID, e.report.Pdeathsig = e.k.pid(), parent, sig
	e.report.EnvEmpty = len(e.k.environ()) == 0
	return nil
}

func parentError(err error) error {
	return &LayerError{
		Layer: LayerParent, Err: err, Feature: "prctl(PR_SET_PDEATHSIG)",
		Hint: "a role program is started by dash-node, in the same pid namespace, not by hand",
	}
}

// peek waits for the first bytes and reports whether they are a frame of ours;
// they stay in the socket.
func (e *entry) peek(ctx context.Context) (bool, error) {
	const step = 250 // milliseconds between looks at ctx
	head := make([]byte, 4)
	for {
		if err := ctx.Err(); err != nil {
			return false, grantError(fmt.Errorf("waiting for the first bytes: %w", err))
		}
		poll := []unix.PollFd{{Fd: int32(e.socket), Events: unix.POLLIN}}
		if n, err := unix.Poll(poll, step); err == unix.EINTR || (err == nil && n == 0) {
			continue
		} else if err != nil {
			return false, grantError(fmt.Errorf("poll: %w", err))
		}
		n, _, err := unix.Recvfrom(e.socket, head, unix.MSG_PEEK)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return false, grantError(fmt.Errorf("peek: %w", err))
		case n == 0:
			return false, grantError(errors.New("the parent closed the socket before it sent anything"))
		case n < len(head):
			// Both senders write whole frames; one that does not is waited for
			// without spinning, since poll would return at once.
			time.Sleep(time.Millisecond)
		default:
			e.ours = wire.IsFrame(head)
			return e.ours, nil
		}
	}
}

func grantError(err error) error {
	return &LayerError{
		Layer: LayerGrant, Err: err,
		Hint: "every program must be of the same build as dash-node",
	}
}

// receive reads the grant and finds out whether it is for this program.
func (e *entry) receive() error {
	frame, err := wire.ReadFrame(wire.Recv(e.socket), wire.FrameGrant)
	if err != nil {
		return grantError(err)
	}
	e.fds = frame.FDs
	w, err := wire.ParseGrant(frame.Body)
	if err != nil {
		return grantError(err)
	}
	if len(w.Names) != len(e.fds) {
		return grantError(fmt.Errorf("%d names for %d descriptors: %w", len(w.Names), len(e.fds), wire.ErrFDsNames))
	}
	e.names = w.Names
	if e.grant, err = fromWire(w); err != nil {
		return grantError(err)
	}
	if e.grant.Role != e.opt.Role {
		return grantError(fmt.Errorf("the grant is for role %q, this program is %q", e.grant.Role, e.opt.Role))
	}
	if e.opt.Build != "" && e.grant.Build != e.opt.Build {
		return grantError(fmt.Errorf("the grant is of build %s, this program is %s", e.grant.Build, e.opt.Build))
	}
	spec, ok := policy.Get(e.grant.Role)
	if !ok {
		return grantError(fmt.Errorf("role %q is not in the policy", e.grant.Role))
	}
	e.spec = spec
	if !e.report.PdeathsigInherited {
		return parentError(errors.New("the parent sent a grant but set no parent-death signal before exec"))
	}
	if !e.report.EnvEmpty {
		return &LayerError{
			Layer: LayerEnvironment, Err: errors.New("the environment is not empty"),
			Hint: "a role program is started by dash-node, not by hand",
		}
	}
	return nil
}

// refuse tells the supervisor why there will be no service. A foreign parent
// would take it for a broken frame, so it gets the end of the stream only.
func (e *entry) refuse(err error) {
	if !e.ours {
		return
	}
	frame, ferr := refusalFrame(err)
	if ferr != nil {
		return
	}
	// Best effort: the exit code and stderr say the same.
	_ = wire.WriteFrame(wire.Send(e.socket), frame, nil)
}

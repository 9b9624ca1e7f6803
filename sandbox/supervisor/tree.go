package supervisor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/broker/datadir"
	"dashmp/sandbox/broker/peers"
	"dashmp/sandbox/logd"
	"dashmp/sandbox/role"
)

// Tree is the running process tree.
type Tree struct {
	cfg     Config
	hold    Holdings // set by Start
	out     outside
	log     *slog.Logger
	members []*member
	begun   time.Time

	started chan struct{} // closed when every member has started and every pair has been wired, once
	closed  chan struct{} // closed when Stop has ended the last member
	asked   chan string   // capacity 1: a role asks for the stop of the tree
	aborted chan string   // capacity 1: an error that the operator is shown ends the tree
	fatal   chan error    // capacity 1: a member that cannot start
	wiring  sync.WaitGroup
	stopped sync.Once

	settings settings

	watchTimes watchTimes
	away       *away // set before running is; nil without listeners

	mu            sync.Mutex // guards all below
	live          map[policy.Role]*instance
	status        map[policy.Role]*record
	unborn        map[policy.Role]bool // members that have never started
	unwired       map[pair]bool        // pairs that have never been wired
	wired         map[pair]bool        // pairs that are wired now
	listeners     []*os.File
	peerListeners []*os.File
	echoes        map[*instance]bool
	echoSeq       int
	stopping      bool
	running       bool // Start has been called
	newFiles      *datadir.Exports
}

// pair is an edge of the process graph without its direction.
type pair struct{ a, b policy.Role }

// New makes a tree; Start starts it.
func New(cfg Config) (*Tree, error) {
	out, err := realOutside(cfg)
	if err != nil {
		return nil, err
	}
	return newTree(cfg, out), nil
}

func newTree(cfg Config, out outside) *Tree {
	t := &Tree{
		cfg: cfg, out: out, log: cfg.Logger, begun: time.Now(),
		started: make(chan struct{}), closed: make(chan struct{}),
		asked: make(chan string, 1), aborted: make(chan string, 1), fatal: make(chan error, 1),
		live: map[policy.Role]*instance{}, status: map[policy.Role]*record{},
		unborn: map[policy.Role]bool{}, unwired: map[pair]bool{}, wired: map[pair]bool{},
		echoes: map[*instance]bool{}, watchTimes: defaultWatch(),
	}
	for _, r := range cfg.Roles {
		t.members = append(t.members, newMember(t, r))
		t.status[r] = &record{state: stateStarting}
		t.unborn[r] = true
		for _, other := range cfg.Roles {
			if joined(r, other) {
				t.unwired[pairOf(r, other)] = true
			}
		}
	}
	return t
}

// Check proves that a process can be confined on this machine: it takes an echo
// process through all of it and ends that. Nothing outside is changed, so it is
// the first thing to do.
func (t *Tree) Check(ctx context.Context) error {
	spec, _ := policy.Get(policy.Echo)
	inst, err := t.bring(ctx, spec, nil)
	if err != nil {
		return err
	}
	t.discard(inst)
	return nil
}

// ErrStopped: a role asked for the stop before all had started.
var ErrStopped = errors.New("stopped while starting")

// Start starts all members at the same time and waits until each has started and
// every pair has been wired, one of them cannot start, or ctx ends. After an
// error the caller calls Stop, as after success.
func (t *Tree) Start(ctx context.Context, hold Holdings) error {
	t.mu.Lock()
	if hold.Peers == nil {
		hold.Peers = peers.New(peers.Options{}) // nothing is named
	}
	t.hold, t.listeners, t.peerListeners, t.running = hold, hold.Listeners, hold.PeerListeners, true
	if len(hold.Listeners) > 0 {
		t.away = newAway(t.log, hold.Listeners)
	}
	t.mu.Unlock()
	if t.cfg.Mode != sandbox.ModeEnforce {
		t.log.Warn(modeWarning(t.cfg.Mode))
	}
	for _, m := range t.members {
		go m.run()
	}
	select {
	case <-t.started:
		return nil
	case err := <-t.fatal:
		return err
	case reason := <-t.asked:
		t.asked <- reason
		return fmt.Errorf("%w: %s", ErrStopped, reason)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// modeWarning is what every status output says of a weakened sandbox.
func modeWarning(m sandbox.Mode) string {
	switch m {
	case sandbox.ModeOff:
		return "WARNING: -sandbox=off: no process of this node is confined by Landlock or seccomp"
	case sandbox.ModeTrace:
		return "WARNING: -sandbox=trace: violations are reported by the process that commits them; for debugging only"
	}
	return ""
}

// StopAsked delivers the reason when a role asks for the stop of the tree.
func (t *Tree) StopAsked() <-chan string { return t.asked }

// Aborted is the error for which a role asked for the stop of the tree, "" if
// there is none.
func (t *Tree) Aborted() string {
	select {
	case message := <-t.aborted:
		return message
	default:
		return ""
	}
}

// Stop stops the members in order, waits for all of them, and leaves no process
// behind. Once ctx ends, what is left is killed.
func (t *Tree) Stop(ctx context.Context) {
	t.stopped.Do(func() {
		t.mu.Lock()
		t.stopping = true
		listeners, running := slices.Concat(t.listeners, t.peerListeners), t.running
		t.listeners, t.peerListeners = nil, nil
		t.mu.Unlock()
		if t.away != nil {
			t.away.close()
		}
		for _, f := range listeners {
			f.Close() // new connections are refused once rpc has closed its own
		}
		t.killEchoes()
		for _, r := range stopOrder() {
			if m := t.member(r); m != nil && running {
				t.endMember(ctx, m)
			}
		}
		close(t.closed)
		t.wiring.Wait()
		t.out.close()
	})
	<-t.closed
}

func (t *Tree) endMember(ctx context.Context, m *member) {
	ctx, cancel := context.WithTimeout(ctx, t.cfg.stopTime(m.role))
	defer cancel()
	m.end(ctx)
	t.setState(m.role, stateStopped)
}

func (t *Tree) member(r policy.Role) *member {
	for _, m := range t.members {
		if m.role == r {
			return m
		}
	}
	return nil
}

// instance returns the live instance of a role, nil if there is none.
func (t *Tree) instance(r policy.Role) *instance {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.live[r]
}

// failed records a start that failed. Before the tree has started, a role that
// cannot start is the end of it.
func (t *Tree) failed(m *member, err error) {
	if m.life.Err() != nil || m.stopped() {
		return
	}
	t.log.Error(fmt.Sprintf("start of %v", err))
	t.note(m.role, func(r *record) { r.lastEnd = err.Error() })
	t.fail(err)
}

// fail ends Start, unless it has ended already.
func (t *Tree) fail(err error) {
	var own *fatalError
	if errors.As(err, &own) {
		err = own // the component's own words, which are Dash Core's
	}
	select {
	case <-t.started:
	default:
		select {
		case t.fatal <- err:
		default:
		}
	}
}

// ended records the end of an instance that was up.
func (t *Tree) ended(m *member, inst *instance, exit sandbox.ExitState) {
	stderr := inst.tail.Wait(t.closed)
	if m.stopped() && exit.Code == 0 {
		t.log.Info(fmt.Sprintf("%s has stopped", m.spec.Program))
		return
	}
	t.log.Error(fmt.Sprintf("%s ended: %v", m.spec.Program, exit), "pid", inst.proc.PID(), "role", string(m.role))
	t.note(m.role, func(r *record) { r.restarts++; r.lastEnd = exit.String() })
	t.violation(m, inst, exit, stderr)
	if exit.Code == role.ExitFatal {
		text := fatalText(stderr)
		t.note(m.role, func(r *record) { r.lastEnd = text })
		t.fail(&fatalError{text})
	}
}

// decodeTime is how long the kernel's record of a violation may take.
const decodeTime = 2 * time.Second

// violation finds out which call a process died of, logs and counts it.
func (t *Tree) violation(m *member, inst *instance, exit sandbox.ExitState, stderr []byte) {
	v, ok := sandbox.ParseTrace(inst.proc.PID(), stderr)
	if !ok && !exit.Violation() {
		return
	}
	what := "an unknown call; the kernel's log cannot be read: run with -sandbox=trace to see it"
	if !ok {
		ctx, cancel := context.WithTimeout(context.Background(), decodeTime)
		v, ok = t.out.decode(ctx, inst.proc.PID())
		cancel()
	}
	if ok {
		what = logd.Quote(v.String())
	}
	t.log.Error(fmt.Sprintf("%s violated its sandbox: %s", m.spec.Program, what), "pid", inst.proc.PID())
	t.note(m.role, func(r *record) { r.violated(what) })
}

package supervisor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/logd"
	"dashmp/sandbox/role"
)

// readyTime is how long a process may take from exec to its ready report. A
// loaded machine takes a hundred milliseconds; a process that hangs before it
// is confined is killed.
const readyTime = 20 * time.Second

// member is one role for the life of the tree.
type member struct {
	t    *Tree
	role policy.Role
	spec *policy.Spec

	life context.Context    // ended by kill
	kill context.CancelFunc // ends the current instance at once
	stop chan struct{}      // closed when it is not to be started again
	done chan struct{}      // closed when the goroutine has ended

	backoff backoff // used by the goroutine only
}

// instance is one process of a member.
type instance struct {
	role   policy.Role
	proc   process
	link   link // nil for an echo
	tail   *logd.Tail
	since  time.Time
	report sandbox.SelfReport
	seen   sandbox.Observation
	grant  granted
	client *os.File // of an echo, until it has been granted

	rebuild rebuild    // of the core
	imports []*os.File // of the core, until they have been granted
}

func newMember(t *Tree, r policy.Role) *member {
	spec, _ := policy.Get(r)
	m := &member{t: t, role: r, spec: spec, stop: make(chan struct{}), done: make(chan struct{})}
	m.life, m.kill = context.WithCancel(context.Background())
	return m
}

// run keeps an instance up until the member is stopped.
func (m *member) run() {
	defer close(m.done)
	for {
		up := m.once()
		if m.stopped() {
			return
		}
		delay := m.backoff.next(up)
		m.t.log.Warn(fmt.Sprintf("%s is started again in %v", m.spec.Program, delay))
		select {
		case <-time.After(delay):
		case <-m.stop:
			return
		}
	}
}

func (m *member) stopped() bool {
	select {
	case <-m.stop:
		return true
	default:
		return false
	}
}

// once brings up one instance and waits for its end. It returns how long it was
// up.
func (m *member) once() time.Duration {
	m.t.setState(m.role, stateStarting)
	inst, err := m.t.bring(m.life, m.spec, nil)
	if err != nil {
		m.t.setState(m.role, stateFailed)
		m.t.failed(m, err)
		return 0
	}
	if inst.link, err = m.t.out.dial(m.role, inst.proc.TakeSocket(), m.t.brokerFor(m.role)); err != nil {
		m.t.discard(inst)
		m.t.failed(m, fmt.Errorf("connect: %w", err))
		return 0
	}
	m.t.introduce(m.life, inst)
	select {
	case <-inst.proc.Done():
	case <-m.life.Done():
		_ = inst.proc.Kill()
	}
	exit, _ := inst.proc.Wait(context.Background())
	m.t.down(inst)
	_ = inst.link.Close()
	m.t.ended(m, inst, exit)
	_ = inst.proc.Close()
	return time.Since(inst.since)
}

// end stops the member: in order while ctx lasts, then by force.
func (m *member) end(ctx context.Context) {
	close(m.stop)
	inst := m.t.instance(m.role)
	if inst == nil {
		m.kill() // whatever is being brought up
	} else if err := inst.link.Stop(ctx); err != nil && ctx.Err() == nil {
		// It may have gone just now; if it has not, it does not obey.
		m.t.log.Debug("stop", "role", string(m.role), "error", err)
	}
	select {
	case <-m.done:
	case <-ctx.Done():
		m.t.log.Warn(fmt.Sprintf("%s did not stop in time and is killed", m.spec.Program))
		m.kill()
		<-m.done
	}
}

// bring starts a process of a role and takes it to the point where it is
// confined and has been seen to be. It leaves nothing behind when it fails.
// client is the connection that an echo process is to serve, nil for none.
func (t *Tree) bring(ctx context.Context, spec *policy.Spec, client *os.File) (*instance, error) {
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	program, ok := t.cfg.Programs[spec.Role]
	if !ok {
		return nil, fmt.Errorf("%s: no program", spec.Role)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", spec.Program, err)
	}
	proc, err := t.out.start(ctx, sandbox.Command{Program: program.File, Name: spec.Program, Stderr: w, Limits: spec.Limits})
	w.Close()
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("%s: %w", spec.Program, err)
	}
	inst := &instance{role: spec.Role, proc: proc, since: time.Now(), tail: t.cfg.Log.Stderr(string(spec.Role), r), client: client}
	if err := t.confine(ctx, spec, inst); err != nil {
		t.discard(inst)
		// It has been reaped, so its stderr is at its end.
		return nil, fmt.Errorf("%s: %w", spec.Program, t.explain(inst, err))
	}
	return inst, nil
}

// confine sends the grant and verifies what the process became.
func (t *Tree) confine(ctx context.Context, spec *policy.Spec, inst *instance) error {
	grant, release, err := t.makeGrant(spec, inst)
	if err != nil {
		return err
	}
	err = inst.proc.Send(ctx, grant)
	release()
	if err != nil {
		return err
	}
	if inst.report, err = inst.proc.AwaitReady(ctx); err != nil {
		return err
	}
	if inst.seen, err = t.out.observe(inst.proc.PID()); err != nil {
		return fmt.Errorf("observe: %w", err)
	}
	faults := t.out.verify(inst.seen, spec, t.cfg.Mode)
	faults = append(faults, t.out.verifyReport(inst.report, grant, inst.seen)...)
	if len(faults) > 0 {
		return fmt.Errorf("the process is not confined as its policy demands: %s", strings.Join(faults, "; "))
	}
	return nil
}

// discard kills and reaps a process that will not be used.
func (t *Tree) discard(inst *instance) {
	_ = inst.proc.Kill()
	_, _ = inst.proc.Wait(context.Background())
	_ = inst.proc.Close()
}

// fatalError is the reason a role gave for not starting. Trying again would
// not help; its text is meant for the operator as it is.
type fatalError struct{ text string }

func (e *fatalError) Error() string { return e.text }

// explain prefers what the process itself said to how its end looked from here,
// unless a layer of the sandbox is the reason, which is in err already.
func (t *Tree) explain(inst *instance, err error) error {
	var layer *sandbox.LayerError
	if errors.As(err, &layer) {
		return err
	}
	if text := fatalText(inst.tail.Wait(t.closed)); text != "" {
		return &fatalError{text}
	}
	return err
}

// lineBreak is a line break in what a role says on one line (logd.Quote).
const lineBreak = `\x0a`

// fatalText returns the last line of stderr that says why a role gave up, with
// its line breaks: Dash Core's texts have some.
func fatalText(stderr []byte) string {
	text := ""
	for line := range bytes.Lines(stderr) {
		if rest, ok := bytes.CutPrefix(line, []byte(role.FatalPrefix)); ok {
			text = strings.ReplaceAll(logd.Quote(string(bytes.TrimSpace(rest))), lineBreak, "\n")
		}
	}
	return text
}

package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"dashmp/ipc"
	"dashmp/policy"
)

// joined reports whether two members have an edge in the process graph.
func joined(a, b policy.Role) bool {
	_, to := policy.EdgeBetween(a, b)
	_, from := policy.EdgeBetween(b, a)
	return a != b && (to || from)
}

func pairOf(a, b policy.Role) pair {
	if a > b {
		a, b = b, a
	}
	return pair{a, b}
}

// up makes an instance known and wires it to those siblings that are up. Of two
// that come up at the same time the later one finds the other, so each pair of
// instances is wired exactly once.
func (t *Tree) up(inst *instance) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.live[inst.role] = inst
	t.wiring.Go(func() { t.awaitStart(inst) })
	t.log.Info(fmt.Sprintf("%s is up", inst.role), "pid", inst.proc.PID(), "mode", string(t.cfg.Mode), "filter", inst.grant.digest)
	for other, sibling := range t.live {
		if joined(inst.role, other) {
			t.wiring.Go(func() { t.wire(inst, sibling) })
		}
	}
}

// awaitStart waits until the component of an instance runs, and watches it from
// then on.
func (t *Tree) awaitStart(inst *instance) {
	ctx, cancel := t.during(inst)
	defer cancel()
	if err := inst.link.Started(ctx); err != nil {
		return // it is ending; its member sees to that
	}
	if t.ready(inst) {
		t.watch(ctx, inst)
	}
}

// ready notes that the component of an instance runs, and reports whether the
// instance is still the role's.
func (t *Tree) ready(inst *instance) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.live[inst.role] != inst {
		return false
	}
	t.status[inst.role].state = stateReady
	delete(t.unborn, inst.role)
	t.clientsHear(inst.role, "")
	t.checkStarted()
	return true
}

// during returns a context that ends with any of the instances, or the tree.
func (t *Tree) during(all ...*instance) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	for _, inst := range all {
		go func() {
			select {
			case <-inst.proc.Done():
			case <-t.closed:
			case <-ctx.Done():
			}
			cancel()
		}()
	}
	return ctx, cancel
}

// checkStarted ends Start at the last first start or wiring. The caller holds
// the mutex.
func (t *Tree) checkStarted() {
	if len(t.unborn)+len(t.unwired) > 0 {
		return
	}
	select {
	case <-t.started:
	default:
		close(t.started)
	}
}

// down forgets an instance.
func (t *Tree) down(inst *instance) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.live[inst.role] == inst {
		delete(t.live, inst.role)
	}
	for p := range t.wired {
		if p.a == inst.role || p.b == inst.role {
			delete(t.wired, p)
		}
	}
	t.status[inst.role].state = stateRestarting
	if !t.stopping {
		t.clientsHear(inst.role, t.program(inst.role)+" is not running")
	}
}

// wire gives two instances the ends of a socket pair. Each takes its end when
// its component has started, however long that takes; if one dies meanwhile,
// the other sees its end closed.
func (t *Tree) wire(x, y *instance) {
	a, b, err := socketPair()
	if err != nil {
		t.log.Error("socket pair: " + err.Error())
		return
	}
	ctx, cancel := t.during(x, y)
	defer cancel()
	var wg sync.WaitGroup
	errs := make([]error, 2)
	wg.Go(func() { errs[0] = x.link.Connect(ctx, string(y.role), a) })
	wg.Go(func() { errs[1] = y.link.Connect(ctx, string(x.role), b) })
	wg.Wait()
	for i, who := range []*instance{x, y} {
		if err := errs[i]; err != nil {
			if ctx.Err() == nil && !errors.Is(err, ipc.ErrDisconnected) {
				t.log.Error(fmt.Sprintf("%s refused a sibling: %v", who.role, err))
			}
			return
		}
	}
	t.markWired(x, y)
}

// markWired notes a pair; the last of the first ones ends Start.
func (t *Tree) markWired(x, y *instance) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.live[x.role] != x || t.live[y.role] != y {
		return
	}
	p := pairOf(x.role, y.role)
	t.wired[p] = true
	delete(t.unwired, p)
	t.checkStarted()
	t.log.Debug("wired", "a", string(p.a), "b", string(p.b))
}

// socketPair makes the two ends of a sibling connection.
func socketPair() (a, b ipc.FD, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return ipc.FD{}, ipc.FD{}, os.NewSyscallError("socketpair", err)
	}
	return ipc.NewFD(fds[0]), ipc.NewFD(fds[1]), nil
}

package supervisor

import (
	"context"
	"fmt"
	"time"

	"dashmp/ipc"
	"dashmp/policy"
)

// watchTimes say when a role that does not answer counts as hung, in ticks. The
// supervisor counts its own ticks instead of looking at the clock: when the
// whole machine was stopped, all of that time is one tick.
type watchTimes struct {
	tick  time.Duration
	every int // between two questions
	hung  int // without an answer until operators and clients are told
	kill  int // without an answer until the process is killed, where it is
}

// defaultWatch is far above what a loaded machine makes of an answer that takes
// 0.1 ms, and below what a client waits for.
func defaultWatch() watchTimes { return watchTimes{tick: time.Second, every: 3, hung: 10, kill: 30} }

// killedWhenHung reports whether a hung process of a role is ended. That of rpc
// is: it holds nothing that is not answered, and clients whose connections it
// has accepted would wait for as long as they can. The others keep state that
// may take long to be written, and whoever calls them has a time-out; a hang of
// theirs is the operator's to judge.
func killedWhenHung(r policy.Role) bool { return r == policy.RPC }

// watch asks an instance whose component has started for a sign of life until
// ctx, which ends with the instance.
func (t *Tree) watch(ctx context.Context, inst *instance) {
	w := t.watchTimes
	ctx = ipc.WithThread(ctx, "watch")
	for t.ticks(ctx, nil, w.every) {
		answer := make(chan error, 1)
		t.wiring.Go(func() { answer <- inst.link.Started(ctx) }) // ends with ctx
		if !t.ticks(ctx, answer, w.hung) {
			if ctx.Err() != nil {
				return
			}
			continue // it answered
		}
		t.hung(inst, true)
		if killedWhenHung(inst.role) {
			if t.ticks(ctx, answer, w.kill-w.hung) && !t.isStopping() { // Stop has deadlines of its own
				t.log.Error(fmt.Sprintf("%s does not answer and is killed", t.program(inst.role)), "pid", inst.proc.PID())
				_ = inst.proc.Kill()
				return
			}
		} else {
			select {
			case <-answer:
			case <-ctx.Done():
			}
		}
		if ctx.Err() != nil {
			return
		}
		t.hung(inst, false)
	}
}

// ticks waits that many ticks and reports whether it did: not if an answer came
// or ctx ended before.
func (t *Tree) ticks(ctx context.Context, answer <-chan error, n int) bool {
	ticker := time.NewTicker(t.watchTimes.tick)
	defer ticker.Stop()
	for range n {
		select {
		case <-ticker.C:
		case <-answer:
			return false
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// hung notes that an instance does not answer, or does again.
func (t *Tree) hung(inst *instance, is bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.live[inst.role] != inst || t.stopping {
		return
	}
	program, r := t.program(inst.role), t.status[inst.role]
	if is {
		r.state = stateHung
		r.hangs++
		t.log.Error(program+" does not answer its supervisor", "pid", inst.proc.PID())
		t.clientsHear(inst.role, program+" does not answer")
		return
	}
	r.state = stateReady
	t.log.Warn(program+" answers again", "pid", inst.proc.PID())
	t.clientsHear(inst.role, "")
}

func (t *Tree) program(r policy.Role) string {
	spec, _ := policy.Get(r)
	return spec.Program
}

// clientsHear makes the supervisor tell RPC clients why they are not served; ""
// leaves them to the role. It does nothing for other roles and does not wait.
func (t *Tree) clientsHear(r policy.Role, text string) {
	if r == policy.RPC && t.away != nil {
		t.away.say(text)
	}
}

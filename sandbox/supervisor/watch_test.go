package supervisor

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"dashmp/policy"
	"dashmp/sandbox"
)

// silence makes the processes of a role stop answering; the function returned
// ends that.
func (w *world) silence(r policy.Role) (end func()) {
	gate := make(chan struct{})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mute[r] = gate
	return func() {
		w.mu.Lock()
		delete(w.mute, r)
		w.mu.Unlock()
		close(gate)
	}
}

// watched starts a tree whose watchdog is fast.
func watched(t *testing.T, kill int) (*world, *fixture, string) {
	t.Helper()
	w := newWorld(t)
	f := setup(t, w, sandbox.ModeEnforce)
	f.watchTimes = watchTimes{tick: time.Millisecond, every: 1, hung: 100, kill: kill}
	addr := listening(t, f)
	if err := f.Start(t.Context(), f.hold); err != nil {
		t.Fatal(err)
	}
	return w, f, addr
}

// A role that does not answer is logged, counted and shown; it is left alone,
// and is well again when it answers.
func TestHungRoleIsTold(t *testing.T) {
	w, f, _ := watched(t, 200)
	for _, r := range []policy.Role{policy.Core, policy.Wallet, policy.Signer} {
		end := w.silence(r)
		eventually(t, "the hang to be noticed", func() bool { return f.state(r) == stateHung })
		time.Sleep(300 * time.Millisecond) // beyond what a role may take that is killed
		end()
		eventually(t, "the role to be well", func() bool { return f.state(r) == stateReady })
		eventually(t, "the log", func() bool {
			return strings.Contains(f.log.String(), f.program(r)+" does not answer its supervisor") &&
				strings.Contains(f.log.String(), f.program(r)+" answers again")
		})
		if w.count(r) != 1 {
			t.Errorf("%s was started %d times", r, w.count(r))
		}
	}
	for _, p := range f.Isolation().Processes {
		if want := min(1, strings.Count("core wallet signer", string(p.Role))); p.Hangs != want || p.Restarts != 0 {
			t.Errorf("%s: %d hangs, %d restarts", p.Role, p.Hangs, p.Restarts)
		}
	}
}

// While rpc hangs, the supervisor answers who connects; then it is replaced.
func TestHungRPCIsReplaced(t *testing.T) {
	w, f, addr := watched(t, 2000)
	old := w.last(policy.RPC)
	end := w.silence(policy.RPC)
	if got := answer(t, client(t, addr)); got != "dash-node-rpc does not answer: the call was not made, try again" {
		t.Errorf("told %q", got)
	}
	eventually(t, "the kill", func() bool {
		select {
		case <-old.done:
			return true
		default:
			return false
		}
	})
	if old.exit.Signal != syscall.SIGKILL {
		t.Errorf("ended by %v", old.exit)
	}
	end()
	eventually(t, "another rpc", func() bool { return w.last(policy.RPC) != old && f.state(policy.RPC) == stateReady })
}

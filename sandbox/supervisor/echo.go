package supervisor

import (
	"context"
	"fmt"

	"dashmp/ipc"
	"dashmp/policy"
)

// maxEchoes is how many echo processes may live at a time.
const maxEchoes = 16

// spawnEcho starts a fresh echo process, verifies it as any other, and returns
// the socket to it. The process ends when that is closed; it is reaped by a
// goroutine of its own, and killed by Stop.
func (t *Tree) spawnEcho(ctx context.Context) (ipc.FD, error) {
	spec, _ := policy.Get(policy.Echo)
	t.mu.Lock()
	full, stopping := t.echoSeq >= maxEchoes, t.stopping
	if !full && !stopping {
		t.echoSeq++ // a place is held from here on
		t.wiring.Add(1)
	}
	t.mu.Unlock()
	switch {
	case stopping:
		return ipc.FD{}, ipc.Errorf(ipc.ErrDisconnected, "the node is stopping")
	case full:
		return ipc.FD{}, ipc.Errorf(ipc.ErrLimit, "%d echo processes are running", maxEchoes)
	}
	inst, err := t.bring(ctx, spec)
	if err != nil {
		t.echoGone(nil)
		t.log.Error(fmt.Sprintf("start of %v", err))
		return ipc.FD{}, ipc.Errorf(ipc.ErrFailed, "the echo process could not be started; see debug.log")
	}
	fd, err := ipc.FromFile(inst.proc.TakeSocket())
	if err != nil {
		t.discard(inst)
		t.echoGone(nil)
		return ipc.FD{}, ipc.Errorf(ipc.ErrFailed, "the echo process has no socket")
	}
	t.mu.Lock()
	t.echoes[inst] = true
	stopping = t.stopping
	t.mu.Unlock()
	if stopping {
		_ = inst.proc.Kill()
	}
	go t.reapEcho(inst)
	return fd, nil
}

// reapEcho waits for the end of an echo process.
func (t *Tree) reapEcho(inst *instance) {
	exit, _ := inst.proc.Wait(context.Background())
	if exit.Code != 0 && !t.isStopping() {
		t.log.Warn(fmt.Sprintf("echo process ended: %v", exit), "pid", inst.proc.PID())
	}
	_ = inst.proc.Close()
	t.echoGone(inst)
}

func (t *Tree) isStopping() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stopping
}

func (t *Tree) echoGone(inst *instance) {
	t.mu.Lock()
	t.echoSeq--
	delete(t.echoes, inst)
	t.mu.Unlock()
	t.wiring.Done()
}

// killEchoes ends all echo processes; their goroutines reap them.
func (t *Tree) killEchoes() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for inst := range t.echoes {
		_ = inst.proc.Kill()
	}
}

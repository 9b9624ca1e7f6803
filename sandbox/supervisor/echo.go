package supervisor

import (
	"context"
	"fmt"
	"os"

	"dashmp/ipc"
	"dashmp/policy"
)

// maxEchoes is how many echo processes may live at a time.
const maxEchoes = 16

// spawnEcho starts an echo process for an echoipc call and returns the socket to
// it. The process ends when that is closed.
func (t *Tree) spawnEcho(ctx context.Context) (ipc.FD, error) {
	inst, err := t.bringEcho(ctx, nil)
	if err != nil {
		return ipc.FD{}, err
	}
	defer func() { go t.reapEcho(inst) }()
	fd, err := ipc.FromFile(inst.proc.TakeSocket())
	if err != nil {
		_ = inst.proc.Kill()
		return ipc.FD{}, ipc.Errorf(ipc.ErrFailed, "the echo process has no socket")
	}
	return fd, nil
}

// ServeClient gives an accepted connection of -ipcbind to an echo process of its
// own and closes it here. The supervisor reads nothing of it. The process ends
// when the client goes.
func (t *Tree) ServeClient(ctx context.Context, client *os.File) error {
	defer client.Close()
	inst, err := t.bringEcho(ctx, client)
	if err != nil {
		return err
	}
	go t.reapEcho(inst)
	return nil
}

// bringEcho starts a fresh echo process, granted a client or none, and verifies
// it as any other. The caller has it reaped; Stop kills it.
func (t *Tree) bringEcho(ctx context.Context, client *os.File) (*instance, error) {
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
		return nil, ipc.Errorf(ipc.ErrDisconnected, "the node is stopping")
	case full:
		return nil, ipc.Errorf(ipc.ErrLimit, "%d echo processes are running", maxEchoes)
	}
	inst, err := t.bring(ctx, spec, client)
	if err != nil {
		t.echoGone(nil)
		t.log.Error(fmt.Sprintf("start of %v", err))
		return nil, ipc.Errorf(ipc.ErrFailed, "the echo process could not be started; see debug.log")
	}
	t.mu.Lock()
	t.echoes[inst] = true
	stopping = t.stopping
	t.mu.Unlock()
	if stopping {
		_ = inst.proc.Kill()
	}
	return inst, nil
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

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"dashmp/ipc"
	"dashmp/ipc/proxy/initproxy"
)

// A foreign parent, as Dash Core's dash-node is one, starts "dash-node -ipcfd N"
// and gets Init and Echo, nothing else.
func TestForeignParentGetsTheEchoRole(t *testing.T) {
	for _, program := range []string{"dash-node", "dash-echo", "dash-node-core"} {
		t.Run(program, func(t *testing.T) {
			fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			theirs := os.NewFile(uintptr(fds[1]), "theirs")
			cmd := exec.Command(filepath.Join(programs(t), program), "-ipcfd", "3")
			cmd.ExtraFiles = []*os.File{theirs}
			cmd.Stderr = os.Stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			theirs.Close()
			if err := syscall.SetNonblock(fds[0], true); err != nil {
				t.Fatal(err)
			}
			conn, err := ipc.NewConn(os.NewFile(uintptr(fds[0]), "ours"), ipc.Options{Name: "parent", Peer: "echo"})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if err := talk(ctx, conn); err != nil {
				t.Error(err)
			}
			_ = conn.Close()
			if err := cmd.Wait(); err != nil {
				t.Errorf("the end of the child: %v", err)
			}
		})
	}
}

// talk echoes from several threads of execution.
func talk(ctx context.Context, conn *ipc.Conn) error {
	i, err := initproxy.BootstrapInit(ctx, conn)
	if err != nil {
		return err
	}
	defer i.Close() //nolint:errcheck // the connection goes with it
	e, err := i.MakeEcho(ctx)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	errs := make(chan error, 8)
	for n := range 8 {
		wg.Go(func() {
			ctx := ipc.WithThread(ctx, fmt.Sprint("caller ", n))
			for k := range 20 {
				want := fmt.Sprintf("%d:%d", n, k)
				if got, err := e.Echo(ctx, want); err != nil || got != want {
					errs <- fmt.Errorf("echo of %q: %q, %v", want, got, err)
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	return <-errs
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// -ipcbind serves each client in a process of its own, and a dead socket of a
// killed node is replaced.
func TestIPCBind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	r := launch(t, "-ipcbind=unix", "-ipcbind=unix:"+path)
	for _, p := range []string{filepath.Join(r.dir, "regtest", "node.sock"), path} {
		r.waitLog("Listening for IPC requests on address unix:" + p)
		for range 3 {
			c, err := net.Dial("unix", p)
			if err != nil {
				t.Fatal(err)
			}
			f, err := c.(*net.UnixConn).File()
			c.Close()
			if err != nil {
				t.Fatal(err)
			}
			if err := syscall.SetNonblock(int(f.Fd()), true); err != nil {
				t.Fatal(err)
			}
			conn, err := ipc.NewConn(f, ipc.Options{Name: "user", Peer: "node"})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			if err := talk(ctx, conn); err != nil {
				t.Error(err)
			}
			cancel()
			_ = conn.Close()
		}
	}
	r.waitLog("role=echo", 6)
	// Rubbish costs its own connection.
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.Write(bytes.Repeat([]byte{0xff}, 1<<16))
	_, _ = io.Copy(io.Discard, c)
	c.Close()
	second := command(t, t.TempDir(), "-ipcbind=unix:"+path)
	code, _, stderr := runToEnd(t, second)
	if code != 1 || !strings.Contains(stderr, "another process listens there") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("a live socket: exit code %d, stderr %q", code, stderr)
	}
	if left := tree(t, dataDir(second)); len(left) != 1 {
		t.Errorf("created %q", left)
	}
	r.stop(syscall.SIGKILL)
	if _, err := os.Lstat(path); err != nil {
		t.Fatal("control: the killed node left no socket")
	}
	again := begin(t, command(t, r.dir, "-ipcbind=unix:"+path))
	again.waitLog("Listening for IPC requests", 3)
	if code := again.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("the socket was left behind")
	}
}

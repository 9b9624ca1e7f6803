package ipc

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"capnproto.org/go/capnp/v3"
)

// dashCoreEnv names a directory with Dash Core's multiprocess programs.
const dashCoreEnv = "DASH_CORE_BIN"

// The methods of Dash Core's Init and Echo (src/ipc/capnp/), as mpgen would
// describe them.
var (
	dashMakeEcho = &Method{
		Interface: initID, Ordinal: 1, Name: "Init.makeEcho",
		Params: onePointer, Results: onePointer,
	}
	dashDestroy = &Method{
		Interface: 0xd36b89640dc94399, Ordinal: 0, Name: "Echo.destroy", Params: onePointer,
	}
	dashEcho = &Method{
		Interface: 0xd36b89640dc94399, Ordinal: 1, Name: "Echo.echo",
		Params: capnp.ObjectSize{PointerCount: 2}, Results: onePointer,
	}
)

// dashNode starts Dash Core's dash-node as a child that serves Init.
func dashNode(t *testing.T) *Conn {
	t.Helper()
	dir := os.Getenv(dashCoreEnv)
	if dir == "" {
		t.Skip(dashCoreEnv + " is not set")
	}
	near, far := socketPair(t)
	cmd := exec.Command(filepath.Join(dir, "dash-node"), "-ipcfd", "3")
	cmd.ExtraFiles = []*os.File{far}
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var out buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	far.Close()
	c, err := NewConn(near, Options{Name: "test", Peer: "dash-node"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("dash-node: %v\n%s", err, out.String())
		}
	})
	return c
}

// makeEcho asks for an Echo object.
func makeEcho(ctx context.Context, init *Ref) (*Ref, error) {
	var echo *Ref
	err := invokeMethod(ctx, init, dashMakeEcho, nil, func(s capnp.Struct, c *Caps) (err error) {
		echo, err = c.TakeRef(s, 0)
		return err
	})
	return echo, err
}

func dashEchoCall(ctx context.Context, echo *Ref, text string) (string, error) {
	got := ""
	err := invokeMethod(ctx, echo, dashEcho, func(s capnp.Struct, _ *Caps) error {
		return s.SetNewText(1, text)
	}, func(s capnp.Struct, _ *Caps) error {
		p, err := s.Ptr(0)
		got = p.Text()
		return err
	})
	return got, err
}

// TestDashCore spawns Dash Core's own dash-node and echoes through it, from one
// thread and from many.
func TestDashCore(t *testing.T) {
	c := dashNode(t)
	ctx := WithThread(context.Background(), "main")
	init, err := c.Bootstrap(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer init.Release()
	echo, err := makeEcho(ctx, init)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "hello", "ünïcødé", strings.Repeat("x", 1<<20)} {
		if got, err := dashEchoCall(ctx, echo, text); err != nil || got != text {
			t.Fatalf("echo of %d bytes: %d bytes, %v", len(text), len(got), err)
		}
	}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			ctx := WithThread(context.Background(), fmt.Sprint("caller", i))
			for j := range 200 {
				text := fmt.Sprint(i, "-", j)
				if got, err := dashEchoCall(ctx, echo, text); err != nil || got != text {
					t.Errorf("%q: %q, %v", text, got, err)
					return
				}
			}
			runtime.KeepAlive(ctx)
		}()
	}
	wg.Wait()
	if err := invokeMethod(ctx, echo, dashDestroy, nil, nil); err != nil {
		t.Error(err)
	}
	echo.Release()
	// An error of theirs, and a method that they do not have.
	if err := invokeMethod(ctx, init, probeMethod(3), nil, nil); err == nil {
		t.Error("no error for an interface that does not exist")
	}
	plain := *dashMakeEcho
	plain.Context = -1
	err = invokeMethod(ctx, init, &plain, nil, nil)
	if err == nil || strings.Contains(err.Error(), foreignPrefix) {
		t.Errorf("without a thread: %v", err)
	} else {
		t.Log("without a thread:", err)
	}
	eventually(t, "every question is finished", func() bool { return c.Stats().Questions == 0 })
	runtime.KeepAlive(ctx)
}

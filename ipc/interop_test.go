package ipc

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
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

// serveDashCore is what the test binary does under the name dash-node: it
// serves Init and Echo on the descriptor that its parent names.
func serveDashCore(args []string) {
	if len(args) != 2 || args[0] != "-ipcfd" {
		fmt.Fprintln(os.Stderr, "usage: dash-node -ipcfd N")
		os.Exit(1)
	}
	fd, err := strconv.Atoi(args[1])
	if err != nil {
		os.Exit(1)
	}
	echo := func() *Object {
		serve := *dashEcho
		serve.Handle = func(_ context.Context, _ any, sc *ServerCall) error {
			p, err := sc.Params().Ptr(1)
			if err != nil {
				return err
			}
			r, err := sc.NewResults()
			if err != nil {
				return err
			}
			return r.SetNewText(0, "through Go: "+p.Text())
		}
		destroy := *dashDestroy
		destroy.Handle = func(context.Context, any, *ServerCall) error { return nil }
		return NewObject(nil, nil, &InterfaceTable{ID: serve.Interface, Name: "Echo", Methods: []*Method{&destroy, &serve}})
	}
	makeEcho := *dashMakeEcho
	makeEcho.Handle = func(_ context.Context, _ any, sc *ServerCall) error {
		r, err := sc.NewResults()
		if err != nil {
			return err
		}
		return sc.ResultCaps().PutObject(r, 0, echo())
	}
	boot := NewObject(nil, nil, &InterfaceTable{ID: initID, Name: "Init", Methods: []*Method{nil, &makeEcho}})
	c, err := NewConn(os.NewFile(uintptr(fd), "ipc"), Options{Name: "dash-node", Peer: "parent", Bootstrap: boot})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	<-c.Done()
	c.Close()
}

// TestDashCoreSpawnsUs runs Dash Core's node on regtest, under another name and
// beside this test binary as dash-node: its echoipc answers through us.
func TestDashCoreSpawnsUs(t *testing.T) {
	bin := os.Getenv(dashCoreEnv)
	if bin == "" {
		t.Skip(dashCoreEnv + " is not set")
	}
	dir, data := t.TempDir(), t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	copyFile(t, self, filepath.Join(dir, "dash-node"))
	copyFile(t, filepath.Join(bin, "dash-node"), filepath.Join(dir, "their-node"))
	args := []string{"-regtest", "-datadir=" + data, "-rpcport=19931"}
	node := exec.Command(filepath.Join(dir, "their-node"), append(args, "-listen=0", "-printtoconsole=0", "-server=1")...)
	node.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var out buffer
	node.Stdout, node.Stderr = &out, &out
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	cli := func(rpc ...string) (string, error) {
		b, err := exec.Command(filepath.Join(bin, "dash-cli"), append(args, rpc...)...).CombinedOutput()
		return strings.TrimSpace(string(b)), err
	}
	defer func() {
		cli("stop")
		node.Wait()
	}()
	if got, err := cli("-rpcwait", "-rpcwaittimeout=60", "echoipc", "hello"); err != nil || got != "through Go: hello" {
		t.Fatalf("echoipc: %q, %v\n%s", got, err, out.String())
	}
	for i := range 10 {
		text := strings.Repeat("x", i*1000+1)
		if got, err := cli("echoipc", text); err != nil || got != "through Go: "+text {
			t.Fatalf("echoipc: %.100q, %v\n%s", got, err, out.String())
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}

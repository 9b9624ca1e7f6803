//go:build cgo

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/ipc"
	"dashmp/ipc/proxy/brokerproxy"
	"dashmp/ipc/proxy/nodeproxy"
	"dashmp/ipc/proxy/walletproxy"
	"dashmp/policy"
	"dashmp/policy/compile"
	"dashmp/sandbox"
	"dashmp/sandbox/broker/host"
	"dashmp/sandbox/build"
	"dashmp/sandbox/logd"
)

const stamp = "confined"

// confined is the real program in its real sandbox, with a supervisor and
// siblings that live in this process.
type confined struct {
	*rig
	child  *sandbox.Child
	role   *brokerproxy.RoleClient
	stderr *bytes.Buffer
	drains *sync.WaitGroup
}

// program builds the role program as hack/build does.
func program(t *testing.T) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dash-node-rpc")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-X dashmp/sandbox/build.stamp="+stamp, "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// spawn takes the program from exec to its ready report.
func spawn(t *testing.T, spec *policy.Spec) *confined {
	t.Helper()
	exe := program(t) // with a cold cache this takes longer than anything below
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	filter, err := compile.Compile(spec, policy.Enforce)
	if err != nil {
		t.Fatal(err)
	}
	spawner, err := sandbox.NewSpawner()
	if err != nil {
		t.Fatal(err)
	}
	c := &confined{rig: &rig{t: t, super: &supervisor{t: t}, auth: cookie, log: &bytes.Buffer{}}, stderr: &bytes.Buffer{}, drains: &sync.WaitGroup{}}
	t.Cleanup(c.drains.Wait)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c.drain(r, c.stderr)
	c.child, err = spawner.Start(ctx, sandbox.Command{Program: exe, Name: spec.Program, Stderr: w, Limits: spec.Limits})
	w.Close()
	t.Cleanup(func() { spawner.Close() })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.child.Close() })
	filter = filter.ForPID(c.child.PID())
	grant := sandbox.Grant{
		Role: policy.RPC, Build: build.Version + "+" + stamp, Mode: sandbox.ModeEnforce, Landlock: spec.Landlock,
		Filter: filter.Bytes(), Config: env(t, nil, io.Discard).Config.JSON(), FDs: c.descriptors(),
	}
	if err := c.child.Send(ctx, grant); err != nil {
		t.Fatal(err)
	}
	if _, err := c.child.AwaitReady(ctx); err != nil {
		t.Fatalf("%v; %s", err, c.stderr)
	}
	seen, err := sandbox.Observe(c.child.PID())
	if err != nil {
		t.Fatal(err)
	}
	if bad := sandbox.Verify(seen, spec, sandbox.ModeEnforce); len(bad) > 0 {
		t.Fatalf("the process is not confined: %q", bad)
	}
	for _, f := range grant.FDs {
		f.File.Close()
	}
	c.serve(ctx)
	return c
}

// drain collects what the process says.
func (c *confined) drain(f *os.File, to *bytes.Buffer) {
	c.drains.Go(func() {
		io.Copy(&syncWriter{w: to}, bufio.NewReader(f))
		f.Close()
	})
}

func (c *confined) descriptors() []sandbox.NamedFD {
	c.t.Helper()
	check := func(f *os.File, err error) *os.File {
		if err != nil {
			c.t.Fatal(err)
		}
		return f
	}
	service, theirs, err := logd.Pair()
	check(nil, err)
	c.drain(service, c.log)
	listener := check(host.Listen(netip.MustParseAddrPort("127.0.0.1:0")))
	raw, err := listener.SyscallConn()
	check(nil, err)
	err = raw.Control(func(fd uintptr) {
		if sa, err := unix.Getsockname(int(fd)); err == nil {
			c.addr = fmt.Sprint("127.0.0.1:", sa.(*unix.SockaddrInet4).Port)
		}
	})
	return []sandbox.NamedFD{
		{Name: "log", File: theirs},
		{Name: "rpclistener/0", File: check(listener, err)},
		{Name: "option/rpccookie", File: check(host.SecretFile("rpccookie", []byte(cookie)))},
	}
}

// serve is the supervisor's end of the IPC socket.
func (c *confined) serve(ctx context.Context) {
	c.t.Helper()
	conn, err := ipc.NewConn(c.child.TakeSocket(), ipc.Options{Name: "supervisor", Peer: "rpc", Bootstrap: brokerproxy.NewRPCObject(c.super, nil)})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		conn.Close()
		for _, e := range c.super.conns {
			e.Close()
		}
	})
	if c.role, err = brokerproxy.BootstrapRole(ctx, conn); err != nil {
		c.t.Fatal(err)
	}
}

// connect hands the process a socket to a sibling.
func (c *confined) connect(peer policy.Role, offer *ipc.Object) *ipc.Conn {
	c.t.Helper()
	a, b := pair(c.t)
	conn, err := ipc.NewConn(b, ipc.Options{Name: string(peer), Peer: "rpc", Bootstrap: offer})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	fd, err := ipc.FromFile(a)
	if err == nil {
		err = c.role.Connect(c.t.Context(), string(peer), fd)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return conn
}

// TestConfined runs everything that clients can make the role do in its real
// sandbox, where a forbidden system call kills the process.
func TestConfined(t *testing.T) {
	spec, _ := policy.Get(policy.RPC)
	c := spawn(t, spec)
	defer func() {
		if t.Failed() {
			t.Logf("stderr: %s", c.stderr)
		}
	}()
	c.want("getblockcount", "[]", `"code":-28`)
	signer := &owner{name: "signer"}
	c.connect(policy.Signer, walletproxy.NewSecretBoxObject(signer, nil))
	c.connect(policy.Wallet, walletproxy.NewLoaderObject(&owner{name: "wallet"}, nil))
	core := c.connect(policy.Core, nodeproxy.NewNodeObject(&owner{name: "core"}, nil))
	c.until("getblockcount", "[]", `"result":"core"`)
	c.want("createwallet", `["w",false,false,"pass phrase"]`, `"result":"wallet"`)
	c.want("signmessagewithprivkey", `["the-key","m"]`, `"result":"signer"`)
	if secrets, _ := signer.deposited(); !slices.Equal(secrets, []string{"pass phrase", "the-key"}) {
		t.Errorf("%q", secrets)
	}
	c.want("echoipc", `["hello"]`, `"result":"hello"`)
	c.want("help", `["getblock"]`, `getblock \"blockhash\" ( verbosity )`)
	c.want("echo", `["`+strings.Repeat("x", 3<<20)+`"]`, `xxxx`)
	c.want("getisolationinfo", "[]", `"result":{"a":1}`)
	c.hostile()
	core.Close()
	c.until("getblockcount", "[]", "dash-node-core is not running")
	c.connect(policy.Core, nodeproxy.NewNodeObject(&owner{name: "second"}, nil))
	c.until("getblockcount", "[]", `"result":"second"`)
	if err := c.role.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if exit, err := c.child.Wait(ctx); err != nil || exit.Code != 0 || exit.Signal != 0 {
		t.Errorf("%v %v", exit, err)
	}
}

// hostile makes the connections end in every way there is.
func (c *confined) hostile() {
	c.t.Helper()
	for _, in := range []string{
		"", "POST", "\x16\x03\x01", "GET / HTTP/1.1\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n" + strings.Repeat("x", 1<<20),
		"POST / HTTP/1.1\r\nAuthorization: Basic eDp5\r\nContent-Length: 2\r\n\r\n{}", "POST /" + strings.Repeat("x", 1<<17) + " HTTP/1.1\r\n\r\n",
	} {
		nc, err := net.Dial("tcp", c.addr)
		if err != nil {
			c.t.Fatal(err)
		}
		nc.SetDeadline(time.Now().Add(10 * time.Second))
		go func() {
			io.WriteString(nc, in)
			nc.(*net.TCPConn).CloseWrite()
		}()
		io.Copy(io.Discard, nc)
		nc.Close()
	}
	c.want("uptime", `[]`, `"id":null`)
}

// TestConfinedNeedsItsRules is the control: without the rule for accept4 the
// first client kills the process.
func TestConfinedNeedsItsRules(t *testing.T) {
	full, _ := policy.Get(policy.RPC)
	spec := *full
	spec.Parts = nil
	for _, part := range full.Parts {
		part.Rules = slices.DeleteFunc(slices.Clone(part.Rules), func(r policy.Rule) bool { return r.Syscall == "accept4" })
		spec.Parts = append(spec.Parts, part)
	}
	c := spawn(t, &spec)
	if nc, err := net.Dial("tcp", c.addr); err == nil {
		defer nc.Close()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if exit, err := c.child.Wait(ctx); err != nil || exit.Signal != unix.SIGSYS {
		t.Errorf("%+v %v", exit, err)
	}
}

// TestConfinedNeedsLittle takes away what package net would need and this role
// does not: it serves as before.
func TestConfinedNeedsLittle(t *testing.T) {
	full, _ := policy.Get(policy.RPC)
	spec := *full
	spec.Parts = nil
	unneeded := []string{"setsockopt", "getsockname", "getpeername"}
	for _, part := range full.Parts {
		part.Rules = slices.DeleteFunc(slices.Clone(part.Rules), func(r policy.Rule) bool { return slices.Contains(unneeded, r.Syscall) })
		spec.Parts = append(spec.Parts, part)
	}
	c := spawn(t, &spec)
	c.hostile()
	c.want("getblockcount", "[]", `"code":-28`)
}

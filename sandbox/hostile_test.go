package sandbox_test

import (
	"bytes"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/internal/wire"
)

// hostile sends raw bytes and descriptors to a fresh child and returns how it
// ended.
func (n *nursery) hostile(t *testing.T, name string, role policy.Role, write func(fd int)) (sandbox.ExitState, string) {
	t.Helper()
	n.t = t
	c, out := n.spawnAs(name, role)
	socket := c.TakeSocket()
	raw, err := socket.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Control(func(fd uintptr) { write(int(fd)) }); err != nil {
		t.Fatal(err)
	}
	// Whoever waits for more sees the end.
	if err := raw.Control(func(fd uintptr) { _ = unix.Shutdown(int(fd), unix.SHUT_WR) }); err != nil {
		t.Fatal(err)
	}
	exit := wait(t, c)
	_ = socket.Close()
	return exit, out.end()
}

// plainGrant is the text of a valid grant of the echo role.
func plainGrant() wire.Grant {
	return wire.Grant{
		Role: "echo", Build: testBuild, Mode: "enforce", Filter: make([]byte, 8), Config: []byte("{}"),
		FS: []wire.Right{{Name: "FS_EXECUTE", Bit: 1, ABI: 1}},
	}
}

func TestHostileGrantText(t *testing.T) {
	frame := func(change func(*wire.Grant)) []byte {
		g := plainGrant()
		change(&g)
		b, err := g.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	good := frame(func(*wire.Grant) {})
	patch := func(at int, b ...byte) []byte {
		p := bytes.Clone(good)
		copy(p[at:], b)
		return p
	}
	tests := []struct {
		name string
		send []byte
		want string
	}{
		{"nothing", nil, "closed the socket before it sent anything"},
		{"half a magic", good[:4], "wire.truncated"},
		{"half a header", good[:15], "header: end after 15 bytes"},
		{"header only", good[:16], "body: end after 0"},
		{"body cut", good[:len(good)-1], "wire.truncated"},
		{"magic", patch(4, 'X'), "wire.magic"},
		{"version", patch(6, 2), "wire.version"},
		{"unknown kind", patch(7, 9), "wire.kind"},
		{"a report to the child", patch(7, 2), "is not due"},
		{"4 GiB announced", patch(8, 0xff, 0xff, 0xff, 0xff), "body of 4294967295 bytes, at most"},
		{"65535 descriptors announced", patch(12, 0xff, 0xff), "65535 descriptors, at most 128"},
		{"reserved", patch(15, 1), "wire.reserved"},
		{"field longer than the body", patch(16, 0x7f), "wire.truncated"},
		{"long text", patch(16, 0xff, 0xff), "role: 65535 entries, at most 128"},
		{"control character", patch(18, 7), "wire.text"},
		{"byte left over", append(patch(8, byte(len(good)-16+1)), 0), "wire.surplus"},
		{"role", frame(func(g *wire.Grant) { g.Role = "signer" }), `for role "signer", this program is "echo"`},
		{"build", frame(func(g *wire.Grant) { g.Build = "other" }), "of build other, this program is " + testBuild},
		{"mode", frame(func(g *wire.Grant) { g.Mode = "maybe" }), `mode "maybe"`},
		{"no filter", frame(func(g *wire.Grant) { g.Filter = nil }), "filter of 0 bytes"},
		{"half an instruction", frame(func(g *wire.Grant) { g.Filter = make([]byte, 12) }), "filter of 12 bytes"},
		{"filter in mode off", frame(func(g *wire.Grant) { g.Mode = "off" }), "a filter in mode off"},
		{"no landlock", frame(func(g *wire.Grant) { g.FS = nil }), "nothing for Landlock to deny"},
		{"configuration", frame(func(g *wire.Grant) { g.Config = []byte("[]") }), "not a JSON object"},
		{"null configuration", frame(func(g *wire.Grant) { g.Config = []byte("null") }), "not a JSON object"},
	}
	n := newNursery(t)
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			exit, line := n.hostile(t, "echo@"+testBuild, policy.Echo, func(fd int) {
				if _, err := wire.Send(fd)(tc.send, nil); err != nil {
					t.Error(err)
				}
			})
			if exit.Code != sandbox.ExitGrant || !strings.Contains(line, tc.want) {
				t.Errorf("%s, %q; must be code %d and say %q", exit, line, sandbox.ExitGrant, tc.want)
			}
		})
	}
}

// coreFDs makes descriptors as the manifest of the core role demands them.
func coreFDs(t *testing.T) map[string]int {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(pair[1]) })
	fds := map[string]int{"log": pair[0]}
	for _, name := range []string{"chainstate", "blockindex"} {
		fds[name] = openFile(t, filepath.Join(t.TempDir(), name), unix.O_RDWR|unix.O_CREAT)
	}
	return fds
}

func openFile(t *testing.T, name string, flags int) int {
	t.Helper()
	fd, err := unix.Open(name, flags|unix.O_CLOEXEC, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

func TestHostileGrantDescriptors(t *testing.T) {
	type fds = map[string]int
	set := func(name string, fd int) func(*testing.T, fds) {
		return func(_ *testing.T, f fds) { f[name] = fd }
	}
	// sock replaces a descriptor by one end of a pair of that type.
	sock := func(name string, typ int) func(*testing.T, fds) {
		return func(t *testing.T, f fds) {
			pair, err := unix.Socketpair(unix.AF_UNIX, typ|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = unix.Close(pair[1]) })
			f[name] = pair[0]
		}
	}
	file := func(name string, flags int) func(*testing.T, fds) {
		return func(t *testing.T, f fds) {
			path := filepath.Join(t.TempDir(), "f")
			_ = unix.Close(openFile(t, path, unix.O_CREAT|unix.O_RDWR))
			f[name] = openFile(t, path, flags)
		}
	}
	pipe := func(end int) int {
		var p [2]int
		if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
		return p[end]
	}
	memfd, err := unix.MemfdCreate("x", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*testing.T, fds)
		want   string
	}{
		{"missing", func(_ *testing.T, f fds) { delete(f, "log") }, `"log": 0 descriptors, must be 1 to 1`},
		{"unknown name", set("walletdb", pipe(0)), `"walletdb" is not in the manifest of core`},
		{"a fixed entry", set("stdin", openFile(t, "/dev/null", unix.O_RDONLY)), `"stdin" is not in the manifest`},
		{"number on a single entry", set("log/0", pipe(0)), `"log/0" is not in the manifest`},
		{"an option that is none", set("option/walletdir", memfd), `"option/walletdir" is not in the manifest`},
		{"an option that is no secret", set("option/dbcache", memfd), `"option/dbcache" is not in the manifest`},
		{"stream for seqpacket", sock("log", unix.SOCK_STREAM), "is unix-stream, must be unix-seqpacket"},
		{"datagram for seqpacket", sock("log", unix.SOCK_DGRAM), "type 2"},
		{"pipe for a socket", set("log", pipe(1)), "is pipe, must be unix-seqpacket"},
		{"read-only database", file("chainstate", unix.O_RDONLY), `is opened "r", must be "rw"`},
		{"write-only database", file("chainstate", unix.O_WRONLY), `is opened "w", must be "rw"`},
		{"path only", file("chainstate", unix.O_PATH), "is path-only"},
		{"directory", set("chainstate", openFile(t, "/", unix.O_RDONLY|unix.O_DIRECTORY)), "is directory"},
		{"device", set("chainstate", openFile(t, "/dev/zero", unix.O_RDWR)), "is char-device"},
		{"null device", set("chainstate", openFile(t, "/dev/null", unix.O_RDWR)), "is null"},
		{"memory for a file", set("chainstate", memfd), "is memfd"},
	}
	n := newNursery(t)
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			f := coreFDs(t)
			tc.change(t, f)
			g := plainGrant()
			g.Role = "core"
			var pass []int
			for name, fd := range f {
				g.Names, pass = append(g.Names, name), append(pass, fd)
			}
			frame, err := g.Encode()
			if err != nil {
				t.Fatal(err)
			}
			exit, line := n.hostile(t, "core", policy.Core, func(fd int) {
				if err := wire.WriteFrame(wire.Send(fd), frame, pass); err != nil {
					t.Error(err)
				}
			})
			if exit.Code != sandbox.ExitGrant || !strings.Contains(line, tc.want) {
				t.Errorf("%s, %q; must be code %d and say %q", exit, line, sandbox.ExitGrant, tc.want)
			}
		})
	}
}

func TestHostileDescriptorCounts(t *testing.T) {
	null := openFile(t, "/dev/null", unix.O_RDONLY)
	defer unix.Close(null)
	g := plainGrant()
	none, err := g.Encode()
	if err != nil {
		t.Fatal(err)
	}
	g.Names = []string{"log"}
	one, err := g.Encode()
	if err != nil {
		t.Fatal(err)
	}
	announced := bytes.Clone(none)
	announced[12] = 1
	tests := []struct {
		name  string
		write func(send wire.SendFunc) error
		want  string
	}{
		{"missing", func(send wire.SendFunc) error { return wire.WriteFrame(send, one, nil) }, "wire.fds_missing"},
		{"surplus", func(send wire.SendFunc) error { return wire.WriteFrame(send, none, []int{null}) }, "wire.fds_surplus"},
		{"more than names", func(send wire.SendFunc) error {
			return wire.WriteFrame(send, announced, []int{null})
		}, "wire.fds_names"},
		{"surplus with the body", func(send wire.SendFunc) error {
			if _, err := send(none[:16], nil); err != nil {
				return err
			}
			_, err := send(none[16:], unix.UnixRights(null))
			return err
		}, "wire.fds_surplus"},
		{"more than the buffer", func(send wire.SendFunc) error {
			many := make([]int, 200)
			for i := range many {
				many[i] = null
			}
			_, err := send(none, unix.UnixRights(many...))
			return err
		}, "wire.fds_lost"},
	}
	n := newNursery(t)
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			exit, line := n.hostile(t, "echo", policy.Echo, func(fd int) {
				// A child that refuses the first half may be gone before the second.
				if err := tc.write(wire.Send(fd)); err != nil && !errors.Is(err, unix.EPIPE) {
					t.Error(err)
				}
			})
			if exit.Code != sandbox.ExitGrant || !strings.Contains(line, tc.want) {
				t.Errorf("%s, %q; must be code %d and say %q", exit, line, sandbox.ExitGrant, tc.want)
			}
		})
	}
}

// TestNumberedDescriptors: several descriptors of one entry come as NAME/0,
// NAME/1 and so on; MPTCP, which Landlock does not see, is not TCP.
func TestNumberedDescriptors(t *testing.T) {
	spec, _ := policy.Get(policy.RPC)
	var class policy.FDClass
	for _, c := range spec.Boot {
		if c.Kind == policy.KindTCPListener && c.Max > 1 {
			class = c
		}
	}
	if class.Name == "" {
		t.Fatal("no role may have more than one listener")
	}
	listen := func(t *testing.T, mptcp bool) int {
		lc := net.ListenConfig{}
		lc.SetMultipathTCP(mptcp)
		l, err := lc.Listen(testContext(t), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Skip(err)
		}
		f, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		_ = l.Close()
		t.Cleanup(func() { _ = f.Close() })
		return int(f.Fd())
	}
	proto := func(fd int) int {
		p, _ := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL)
		return p
	}
	tests := []struct {
		name  string
		names []string
		mptcp bool
		want  string
	}{
		{"gap", []string{class.Name + "/1"}, false, "number 0 is due"},
		{"order", []string{class.Name + "/1", class.Name + "/0"}, false, "number 0 is due"},
		{"no number", []string{class.Name}, false, "is not in the manifest"},
		{"leading zero", []string{class.Name + "/00"}, false, "is not in the manifest"},
		{"multipath", []string{class.Name + "/0"}, true, "must speak TCP"},
	}
	n := newNursery(t)
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			g := plainGrant()
			g.Role, g.Names = "rpc", tc.names
			var pass []int
			for range tc.names {
				fd := listen(t, tc.mptcp)
				if tc.mptcp && proto(fd) != unix.IPPROTO_MPTCP {
					t.Skip("no multipath TCP here")
				}
				pass = append(pass, fd)
			}
			frame, err := g.Encode()
			if err != nil {
				t.Fatal(err)
			}
			exit, line := n.hostile(t, "rpc", policy.RPC, func(fd int) {
				if err := wire.WriteFrame(wire.Send(fd), frame, pass); err != nil {
					t.Error(err)
				}
			})
			if exit.Code != sandbox.ExitGrant || !strings.Contains(line, tc.want) {
				t.Errorf("%s, %q; must be code %d and say %q", exit, line, sandbox.ExitGrant, tc.want)
			}
		})
	}
}

func TestSendRefusesWhatTheChildWould(t *testing.T) {
	n := newNursery(t)
	c, _ := n.spawn(policy.Echo)
	g := grantFor(t, c, sandbox.ModeEnforce, do{})
	tests := map[string]func(*sandbox.Grant){
		"no filter":      func(g *sandbox.Grant) { g.Filter = nil },
		"no config":      func(g *sandbox.Grant) { g.Config = nil },
		"empty build":    func(g *sandbox.Grant) { g.Build = "" },
		"nil descriptor": func(g *sandbox.Grant) { g.FDs = []sandbox.NamedFD{{Name: "log"}} },
		"twice": func(g *sandbox.Grant) {
			g.FDs = []sandbox.NamedFD{{Name: "log", File: os.Stdin}, {Name: "log", File: os.Stdin}}
		},
		"huge config": func(g *sandbox.Grant) {
			g.Config = []byte(`{"a":"` + strings.Repeat("x", 1<<20) + `"}`)
		},
	}
	for name, change := range tests {
		bad := g
		change(&bad)
		if err := c.Send(testContext(t), bad); err == nil {
			t.Errorf("%s was sent", name)
		}
	}
	// None of it reached the child, and none counted as the one grant.
	if err := c.Send(testContext(t), g); err != nil {
		t.Fatal(err)
	}
	if err := c.Send(testContext(t), g); err == nil {
		t.Error("a second grant was sent")
	}
	if _, err := c.AwaitReady(testContext(t)); err != nil {
		t.Fatal(err)
	}
}

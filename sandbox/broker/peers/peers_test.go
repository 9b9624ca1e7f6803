package peers

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/ipc"
	"dashmp/sandbox/broker"
)

func addr(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func kind(err error) ipc.Kind {
	var e *ipc.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

func TestCheck(t *testing.T) {
	own := []netip.AddrPort{addr("127.0.0.1:9998"), addr("0.0.0.0:9999"), addr("[::]:9999"), addr("8.8.8.8:7")}
	main := New(Options{Port: 9999, Own: own, Named: []string{"10.1.1.1:5", "192.168.1.1", "[::1]:77"}})
	regtest := New(Options{Port: 19899, Own: own, Regtest: true})
	for _, c := range []struct {
		at            string
		main, regtest bool
	}{
		{"1.2.3.4:9999", true, true},
		{"[2a00::1]:9999", true, true},
		{"127.0.0.1:9998", false, false}, // the own RPC port
		{"127.0.0.1:9999", false, false}, // the own port behind the wildcard
		{"127.1.2.3:9999", false, false},
		{"[::1]:9999", false, false},
		{"8.8.8.8:7", false, false},
		{"127.0.0.1:22", false, true},
		{"10.1.1.1:5", true, true}, // named
		{"10.1.1.1:6", false, true},
		{"10.1.1.2:5", false, true},
		{"192.168.1.1:9999", true, true}, // named without a port
		{"192.168.1.1:80", false, true},
		{"[::1]:77", true, true},
		{"169.254.169.254:80", false, true}, // where clouds keep credentials
		{"100.64.0.1:80", false, true},
		{"[fe80::1]:80", false, true},
		{"[fd00::1]:80", false, true},
		{"0.0.0.0:80", false, false},
		{"[::]:80", false, false},
		{"255.255.255.255:80", false, false},
		{"224.0.0.1:80", false, false},
		{"[ff02::1]:80", false, false},
		{"1.2.3.4:0", false, false},
		{"192.0.2.1:80", false, true},
	} {
		for name, g := range map[string]*Guard{"main": main, "regtest": regtest} {
			want := c.main
			if name == "regtest" {
				want = c.regtest
			}
			err := g.check(addr(c.at))
			if (err == nil) != want || err != nil && kind(err) != broker.ErrRefused {
				t.Errorf("%s on %s: %v", c.at, name, err)
			}
		}
	}
}

// IPv4 in IPv6 is IPv4, whichever way it is written.
func TestMappedAddresses(t *testing.T) {
	g := New(Options{Port: 9999})
	for _, b := range [][]byte{{127, 0, 0, 1}, netip.MustParseAddr("::ffff:127.0.0.1").AsSlice(), {}, make([]byte, 3), make([]byte, 17)} {
		if f, _, err := g.Dial(t.Context(), b, 80); kind(err) != broker.ErrRefused {
			t.Errorf("%v: %v %v", b, f, err)
		}
	}
	if _, _, err := g.Dial(t.Context(), []byte{1, 2, 3, 4}, 70000); kind(err) != broker.ErrRefused {
		t.Errorf("port 70000: %v", err)
	}
}

func TestNames(t *testing.T) {
	asked := ""
	g := New(Options{
		Port: 9999, Seeds: []string{"seed.example."}, Named: []string{"friend.example:5", "localhost:7"},
		Lookup: func(_ context.Context, host string) ([]netip.Addr, error) {
			asked = host
			return []netip.Addr{netip.MustParseAddr("10.0.0.9"), netip.MustParseAddr("::ffff:10.0.0.8")}, nil
		},
	})
	for _, host := range []string{"secret.attacker.example", "x9.seed.example.", "seed.example", ""} {
		if _, err := g.Resolve(t.Context(), host); kind(err) != broker.ErrRefused || asked != "" {
			t.Errorf("%q: %v, asked %q", host, err, asked)
		}
	}
	list, err := g.Resolve(t.Context(), "friend.example")
	if err != nil || len(list) != 2 || list[1] != "10.0.0.8" {
		t.Fatalf("%v %v", list, err)
	}
	if g.check(addr("10.0.0.9:5")) != nil || g.check(addr("10.0.0.8:5")) != nil {
		t.Error("what a named host resolves to is refused")
	}
	if g.check(addr("10.0.0.9:80")) == nil {
		t.Error("another port of it is not")
	}
	if _, err := g.Resolve(t.Context(), "x1.seed.example."); err != nil {
		t.Error(err)
	}
	if g.check(addr("10.0.0.9:9999")) == nil {
		t.Error("a DNS seed can name private addresses")
	}
	if list, err := g.Resolve(t.Context(), "localhost"); err != nil || len(list) != 1 || g.check(addr("127.0.0.1:7")) != nil {
		t.Errorf("localhost: %v %v", list, err)
	}
	g.Name("late.example")
	if _, err := g.Resolve(t.Context(), "late.example"); err != nil {
		t.Errorf("named by an RPC: %v", err)
	}
}

func TestNamedIsBounded(t *testing.T) {
	g := New(Options{Port: 9999})
	for i := range 3 * maxNamed {
		g.Name(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 1).String())
	}
	if n := len(g.named) + len(g.hosts); n > maxNamed+1 {
		t.Errorf("%d are remembered", n)
	}
}

func TestDial(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	at := addr(l.Addr().String())
	g := New(Options{Regtest: true, Timeout: 20 * time.Second})
	f, _, err := g.Dial(t.Context(), at.Addr().AsSlice(), uint32(at.Port()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	raw, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		flags, _ := unix.FcntlInt(fd, unix.F_GETFL, 0)
		noDelay, _ := unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NODELAY)
		proto, _ := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_PROTOCOL)
		if flags&unix.O_NONBLOCK == 0 || noDelay == 0 || proto != unix.IPPROTO_TCP {
			t.Errorf("flags %x, no delay %d, protocol %d", flags, noDelay, proto)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, _, err := g.Dial(t.Context(), at.Addr().AsSlice(), uint32(at.Port())); kind(err) != broker.ErrUnreachable || err.Error() != "connection refused" {
		t.Errorf("nobody listens: %v", err)
	}
}

// A core that has been taken over cannot use the node to flood anyone.
func TestDialFlood(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := addr(l.Addr().String())
	l.Close() // every attempt fails at once
	g := New(Options{Regtest: true, Timeout: time.Second})
	refused := 0
	begin := time.Now()
	for range 2000 {
		if _, _, err := g.Dial(t.Context(), at.Addr().AsSlice(), uint32(at.Port())); kind(err) == ipc.ErrLimit {
			refused++
		}
	}
	most := dialBurst + int(time.Since(begin).Seconds()*dialRate) + 1
	if made := 2000 - refused; made > most {
		t.Errorf("%d attempts in %v", made, time.Since(begin))
	}
}

func FuzzName(f *testing.F) {
	for _, s := range []string{"", "1.2.3.4", "[::1]:1", "host:99999", "a\x00b", ":", "::"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		g := New(Options{Port: 9999})
		g.Name(s)
		if len(g.named)+len(g.hosts) > 1 {
			t.Fatalf("%q names %d peers", s, len(g.named)+len(g.hosts))
		}
		if g.check(addr("127.0.0.1:22")) == nil && !g.named[addr("127.0.0.1:22")] {
			t.Fatalf("%q opens another port", s)
		}
	})
}

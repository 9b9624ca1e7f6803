package supervisor

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"dashmp/ipc"
	"dashmp/sandbox/broker"
	"dashmp/sandbox/broker/datadir"
	"dashmp/sandbox/broker/peers"
)

// The core gets a connection only where the Guard lets it, and what an operator
// names in an RPC comes from the rpc role, not from the core.
func TestDialPeer(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	at := netip.MustParseAddrPort(l.Addr().String())
	f, g := brokers(t)
	f.Tree.hold.Peers = peers.New(peers.Options{Port: 9999, Timeout: 20 * time.Second}) // as on the main network
	core := &coreBroker{granter: g, t: f.Tree, dir: f.hold.Dir, notify: f.hold.Notify}
	rpc := &rpcBroker{t: f.Tree, set: newRate(1000, 10)}
	dial := func() error {
		fd, err := core.DialPeer(t.Context(), at.Addr().AsSlice(), uint32(at.Port()), broker.DialManual)
		_ = fd.Close()
		return err
	}
	if err := dial(); !errors.Is(err, broker.ErrRefused) {
		t.Errorf("loopback, unnamed, although the core says that it is manual: %v", err)
	}
	if _, err := core.ResolveHost(t.Context(), "secret.attacker.example"); !errors.Is(err, broker.ErrRefused) {
		t.Errorf("a name that nobody gave: %v", err)
	}
	if err := rpc.AllowPeer(t.Context(), at.String()); err != nil {
		t.Fatal(err)
	}
	if err := dial(); err != nil {
		t.Errorf("named by the operator: %v", err)
	}
	eventually(t, "the log", func() bool {
		return strings.Contains(f.log.String(), "verb=DialPeer to=\"a peer\" as=1 kind=tcp-stream") &&
			!strings.Contains(f.log.String(), at.String())
	})
}

// State files have names of the supervisor's, never of the core's.
func TestStateFiles(t *testing.T) {
	f, g := brokers(t)
	g.open = newRate(1000, 100)
	core := &coreBroker{granter: g, t: f.Tree, dir: f.hold.Dir, notify: f.hold.Notify}
	for n := range 40 {
		file := broker.StateFile(n)
		fd, err := core.CreateState(t.Context(), file)
		_ = fd.Close()
		if known := file.Name() != ""; known != (err == nil) || !known && !errors.Is(err, ipc.Kind(datadir.ErrName)) {
			t.Errorf("file %d: %v", n, err)
		}
		if file.Name() != "" {
			continue
		}
		if _, err := core.OpenState(t.Context(), file); !errors.Is(err, ipc.Kind(datadir.ErrName)) {
			t.Errorf("open file %d: %v", n, err)
		}
		if err := core.CommitState(t.Context(), file); !errors.Is(err, ipc.Kind(datadir.ErrName)) {
			t.Errorf("commit file %d: %v", n, err)
		}
		if err := core.RetireState(t.Context(), file, false); !errors.Is(err, ipc.Kind(datadir.ErrName)) {
			t.Errorf("retire file %d: %v", n, err)
		}
	}
}

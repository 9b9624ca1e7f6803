package supervisor

import (
	"errors"
	"strings"
	"testing"

	"dashmp/ipc"
	"dashmp/sandbox"
	"dashmp/sandbox/broker"
	"dashmp/sandbox/broker/datadir"
)

func brokers(t *testing.T) (*fixture, granter) {
	f := setup(t, newWorld(t), sandbox.ModeEnforce)
	return f, granter{log: f.Tree.log.With("role", "test"), open: newRate(1000, 10), create: newRate(1000, 3)}
}

// Every grant is logged with the file, its kind and its mode; every refusal too.
func TestGrantsAreLogged(t *testing.T) {
	f, g := brokers(t)
	b := &coreBroker{granter: g, dir: f.hold.Dir, notify: f.hold.Notify}
	fd, err := b.OpenBlockFile(t.Context(), broker.BlockFile, 7)
	if err != nil {
		t.Fatal(err)
	}
	_ = fd.Close()
	if _, err := b.OpenBlockFile(t.Context(), broker.UndoFile, 100000); !errors.Is(err, ipc.Kind(datadir.ErrName)) {
		t.Errorf("six digits: %v", err)
	}
	eventually(t, "the log", func() bool {
		return strings.Contains(f.log.String(), "grant role=test verb=OpenBlockFile") &&
			strings.Contains(f.log.String(), "/blk00007.dat kind=regular mode=rw") &&
			strings.Contains(f.log.String(), "refused: block file number 100000")
	})
}

func TestVerbsRefuse(t *testing.T) {
	f, g := brokers(t)
	core := &coreBroker{granter: g, dir: f.hold.Dir, notify: f.hold.Notify}
	wallet := &walletBroker{granter: g, dir: f.hold.Dir}
	signer := &signerBroker{granter: g, dir: f.hold.Dir}
	for name, c := range map[string]struct {
		do   func() (ipc.FD, error)
		kind error
	}{
		"a kind that is none":       {func() (ipc.FD, error) { return core.OpenBlockFile(t.Context(), 9, 0) }, ipc.Kind(datadir.ErrName)},
		"a wallet outside":          {func() (ipc.FD, error) { return wallet.OpenWallet(t.Context(), "../x") }, ipc.Kind(datadir.ErrName)},
		"a wallet that is not":      {func() (ipc.FD, error) { return wallet.OpenWallet(t.Context(), "w") }, ipc.Kind(datadir.ErrNotFound)},
		"a key store that is not":   {func() (ipc.FD, error) { return signer.OpenKeyStore(t.Context(), "w", false) }, ipc.Kind(datadir.ErrNotFound)},
		"a key store named outside": {func() (ipc.FD, error) { return signer.OpenKeyStore(t.Context(), "/etc", true) }, ipc.Kind(datadir.ErrName)},
	} {
		if fd, err := c.do(); !errors.Is(err, c.kind) || fd.IsValid() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What the operating system says stays with the supervisor.
func TestSayable(t *testing.T) {
	secret := errors.New("open /home/operator/private: permission denied")
	for _, err := range []error{secret, &datadir.Error{Kind: datadir.ErrAccess, Text: secret.Error()}} {
		if got := sayable(err).Error(); strings.Contains(got, "private") {
			t.Errorf("a role is told %q", got)
		}
	}
}

func TestVerbsAreRateLimited(t *testing.T) {
	f, g := brokers(t)
	g.create = newRate(0, 3)
	b := &walletBroker{granter: g, dir: f.hold.Dir}
	for i, name := range []string{"a", "b", "c", "d"} {
		fd, err := b.CreateWallet(t.Context(), name)
		_ = fd.Close()
		if limited := errors.Is(err, ipc.ErrLimit); limited != (i == 3) {
			t.Errorf("wallet %d: %v", i, err)
		}
	}
	g.open = newRate(0, 1)
	l := &walletBroker{granter: g, dir: f.hold.Dir}
	if names, err := l.ListWallets(t.Context()); err != nil || len(names) != 3 {
		t.Errorf("wallets %q, %v", names, err)
	}
	if _, err := l.ListWallets(t.Context()); !errors.Is(err, ipc.ErrLimit) {
		t.Errorf("second list: %v", err)
	}
	core := &coreBroker{granter: granter{log: g.log, open: newRate(0, 9), create: newRate(0, 1)}, dir: f.hold.Dir}
	for i := range uint32(3) {
		fd, err := core.OpenBlockFile(t.Context(), broker.BlockFile, i)
		_ = fd.Close()
		if errors.Is(err, ipc.ErrLimit) != (i > 0) {
			t.Errorf("new block file %d: %v", i, err)
		}
	}
	if fd, err := core.OpenBlockFile(t.Context(), broker.BlockFile, 0); err != nil {
		t.Errorf("a file that exists counts as a new one: %v", err)
	} else {
		_ = fd.Close()
	}
}

package supervisor

import (
	"context"
	"os"

	"dashmp/ipc"
	"dashmp/policy"
	"dashmp/sandbox/broker"
	"dashmp/sandbox/broker/datadir"
	"dashmp/sandbox/logd"
)

// DialPeer connects to a peer. The Guard decides, and bounds rate and number.
func (b *coreBroker) DialPeer(ctx context.Context, address []byte, port uint32, kind broker.DialKind) (ipc.FD, error) {
	f, at, err := b.t.hold.Peers.Dial(ctx, address, port)
	if err != nil {
		b.log.Debug("refused: "+err.Error(), "verb", "DialPeer", logd.Category("net"))
		return ipc.FD{}, sayable(err)
	}
	b.log.Info("grant", "verb", "DialPeer", "to", b.shown(at.String()), "as", int(kind), "kind", string(policy.KindTCPStream), "mode", string(policy.ReadWrite))
	fd, err := ipc.FromFile(f)
	if err != nil {
		return ipc.FD{}, sayable(err)
	}
	return fd, nil
}

// shown hides addresses of peers unless -logips is on.
func (b *coreBroker) shown(address string) string {
	if b.t.cfg.LogIPs {
		return address
	}
	return "a peer"
}

// ResolveHost looks up a name that the operator gave.
func (b *coreBroker) ResolveHost(ctx context.Context, name string) ([]string, error) {
	list, err := b.t.hold.Peers.Resolve(ctx, name)
	if err != nil {
		b.log.Info("refused: "+err.Error(), "verb", "ResolveHost", "name", logd.Quote(name))
		return nil, sayable(err)
	}
	b.log.Info("grant", "verb", "ResolveHost", "name", logd.Quote(name), "addresses", len(list))
	return list, nil
}

// OpenState opens a state file for reading.
func (b *coreBroker) OpenState(_ context.Context, file broker.StateFile) (ipc.FD, error) {
	return b.state("OpenState", policy.ReadOnly, file, b.dir.OpenState)
}

// CreateState opens a new file beside a state file.
func (b *coreBroker) CreateState(_ context.Context, file broker.StateFile) (ipc.FD, error) {
	return b.state("CreateState", policy.ReadWrite, file, b.dir.CreateState)
}

func (b *coreBroker) state(verb string, mode policy.AccessMode, file broker.StateFile, open func(string) (*os.File, error)) (ipc.FD, error) {
	name := file.Name()
	if name == "" {
		return ipc.FD{}, ipc.Errorf(ipc.Kind(datadir.ErrName), "no state file has number %d", file)
	}
	return b.fileFor(verb, mode, b.open, func() (*os.File, error) { return open(name) })
}

// CommitState puts a new file in the place of a state file.
func (b *coreBroker) CommitState(_ context.Context, file broker.StateFile) error {
	name := file.Name()
	if name == "" {
		return ipc.Errorf(ipc.Kind(datadir.ErrName), "no state file has number %d", file)
	}
	if err := b.open.take("CommitState"); err != nil {
		return err
	}
	if err := b.dir.CommitState(name); err != nil {
		b.log.Warn("refused: "+err.Error(), "verb", "CommitState")
		return sayable(err)
	}
	b.log.Info("replaced", "verb", "CommitState", "file", name)
	return nil
}

// RetireState takes a state file away.
func (b *coreBroker) RetireState(_ context.Context, file broker.StateFile, keep bool) error {
	name := file.Name()
	if name == "" {
		return ipc.Errorf(ipc.Kind(datadir.ErrName), "no state file has number %d", file)
	}
	if err := b.open.take("RetireState"); err != nil {
		return err
	}
	if err := b.dir.RetireState(name, keep); err != nil {
		b.log.Warn("refused: "+err.Error(), "verb", "RetireState")
		return sayable(err)
	}
	b.log.Info("retired", "verb", "RetireState", "file", name, "kept", keep)
	return nil
}

// AllowPeer notes that the operator named a peer.
func (b *rpcBroker) AllowPeer(_ context.Context, node string) error {
	if err := b.set.take("AllowPeer"); err != nil {
		return err
	}
	b.t.hold.Peers.Name(node)
	b.t.log.Debug("an RPC names a peer", logd.Category("net"))
	return nil
}

package role

import (
	"context"
	"log/slog"
	"sync"

	"dashmp/ipc"
	"dashmp/policy"
	"dashmp/sandbox/broker"
	"dashmp/sandbox/logd"
	"dashmp/sandbox/role/mockclock"
)

// runtime implements broker.Role for the supervisor.
type runtime struct {
	role     policy.Role
	spec     *policy.Spec
	log      *slog.Logger
	filter   *logd.Switch // of log
	clock    mockclock.Clock
	service  Service       // set before started is closed
	started  chan struct{} // closed when the component runs
	stopping chan struct{} // closed when the role is to stop
	stopOnce sync.Once

	mu     sync.Mutex // guards peers, closed
	peers  map[policy.Role]*peer
	closed bool
}

// peer is one sibling. Its mutex is held while a connection is exchanged, so
// that the component sees Connected and Disconnected in turn.
type peer struct {
	mu    sync.Mutex
	conn  *ipc.Conn
	ended chan struct{} // closed when the watcher of conn has ended
}

func newRuntime(r policy.Role, log *slog.Logger, filter *logd.Switch) *runtime {
	spec, _ := policy.Get(r)
	return &runtime{
		role: r, spec: spec, log: log, filter: filter,
		started: make(chan struct{}), stopping: make(chan struct{}),
		peers: map[policy.Role]*peer{},
	}
}

func (r *runtime) requestStop() { r.stopOnce.Do(func() { close(r.stopping) }) }

// Stop begins the orderly stop.
func (r *runtime) Stop(context.Context) error {
	r.requestStop()
	return nil
}

// Started waits until the component runs.
func (r *runtime) Started(ctx context.Context) error {
	select {
	case <-r.started:
		return nil
	case <-r.stopping:
		return ipc.Errorf(ipc.ErrDisconnected, "%s is stopping", r.role)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// SetLogging replaces the set of log categories that are on.
func (r *runtime) SetLogging(_ context.Context, enabled []string) error {
	r.filter.Set(enabled)
	return nil
}

// SetMockTime sets the role's clock.
func (r *runtime) SetMockTime(_ context.Context, seconds int64) error {
	if seconds < 0 {
		return ipc.Errorf(broker.ErrRegtest, "mock time is negative: %d", seconds)
	}
	r.clock.Set(seconds)
	return nil
}

// Connect takes one end of a socket to a sibling. It waits until the component
// has started, and for the end of the last connection to that sibling. A pair
// of roles that the process graph does not join is refused.
func (r *runtime) Connect(ctx context.Context, name string, socket ipc.FD) error {
	other := policy.Role(name)
	if !related(r.role, other) {
		_ = socket.Close()
		return ipc.Errorf(ipc.ErrUnimplemented, "%s has no connection to %q", r.role, logd.Quote(name))
	}
	if err := r.Started(ctx); err != nil {
		_ = socket.Close()
		return err
	}
	f := socket.File("sibling " + name)
	if f == nil {
		return ipc.Errorf(ipc.ErrDescriptor, "connect %s: no socket", name)
	}
	p := r.peer(other)
	if p == nil {
		f.Close()
		return ipc.Errorf(ipc.ErrDisconnected, "%s is stopping", r.role)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
	conn, err := ipc.NewConn(f, r.options(other, r.service.Bootstrap(other)))
	if err != nil {
		return err
	}
	p.conn, p.ended = conn, make(chan struct{})
	r.service.Connected(other, conn)
	go r.watchPeer(other, conn, p.ended)
	return nil
}

// watchPeer tells the component of the end of a connection.
func (r *runtime) watchPeer(other policy.Role, conn *ipc.Conn, ended chan<- struct{}) {
	defer close(ended)
	<-conn.Done()
	r.log.Debug("sibling disconnected", logd.Category("ipc"), "peer", string(other), "reason", conn.Err())
	_ = conn.Close()
	r.service.Disconnected(other)
}

// end closes the connection, if there is one, and waits for its watcher. The
// caller holds p.mu.
func (p *peer) end() {
	if p.conn != nil {
		_ = p.conn.Close()
		<-p.ended
		p.conn = nil
	}
}

// peer returns the entry of a sibling, nil once the role is stopping.
func (r *runtime) peer(other policy.Role) *peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	if r.peers[other] == nil {
		r.peers[other] = &peer{}
	}
	return r.peers[other]
}

func (r *runtime) closePeers() {
	r.mu.Lock()
	r.closed = true
	all := r.peers
	r.peers = nil
	r.mu.Unlock()
	for _, p := range all {
		p.mu.Lock()
		p.end()
		p.mu.Unlock()
	}
}

// related reports whether the process graph joins two roles, in whichever
// direction.
func related(a, b policy.Role) bool {
	for _, r := range []policy.Role{a, b} {
		if r == policy.Supervisor || r == policy.Echo { // their sockets come by other ways
			return false
		}
	}
	_, to := policy.EdgeBetween(a, b)
	_, from := policy.EdgeBetween(b, a)
	return to || from
}

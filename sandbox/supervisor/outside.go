package supervisor

import (
	"context"
	"os"
	"sync"

	"dashmp/ipc"
	"dashmp/ipc/proxy/brokerproxy"
	"dashmp/policy"
	"dashmp/policy/compile"
	"dashmp/sandbox"
	"dashmp/sandbox/broker"
)

// CompileFilters compiles the filters of the roles for this machine, all at the
// same time; nil if the mode has none. libseccomp asks the kernel what it can
// do, so a kernel without seccomp shows here first.
func CompileFilters(roles []policy.Role, mode sandbox.Mode) (map[policy.Role]policy.Program, error) {
	pm, ok := mode.Policy()
	if !ok {
		return nil, nil
	}
	type result struct {
		role policy.Role
		prog policy.Program
		err  error
	}
	results := make(chan result, len(roles))
	for _, r := range roles {
		go func() {
			spec, _ := policy.Get(r)
			p, err := compile.Compile(spec, pm)
			results <- result{r, p, err}
		}()
	}
	all := map[policy.Role]policy.Program{}
	var failed error
	for range roles {
		r := <-results
		if r.err != nil {
			failed = r.err
		}
		all[r.role] = r.prog
	}
	if failed != nil {
		return nil, &sandbox.LayerError{
			Layer: sandbox.LayerSeccomp, Err: failed, Feature: "seccomp filters (CONFIG_SECCOMP_FILTER) and libseccomp",
			Hint: "use a kernel that has them, or weaken the isolation knowingly with -sandbox=off",
		}
	}
	return all, nil
}

// realOutside is the operating system.
func realOutside(cfg Config) (outside, error) {
	spawner, err := sandbox.NewSpawner()
	if err != nil {
		return outside{}, err
	}
	watcher := sandbox.NewViolationWatcher(cfg.Logger)
	if source, reason := watcher.Source(); source == "" {
		cfg.Logger.Info("violations of a sandbox cannot be decoded: " + reason)
	}
	return outside{
		start: func(ctx context.Context, c sandbox.Command) (process, error) {
			child, err := spawner.Start(ctx, c)
			if err != nil {
				return nil, err
			}
			return child, nil
		},
		observe:      sandbox.Observe,
		verify:       sandbox.Verify,
		verifyReport: sandbox.VerifyReport,
		decode:       watcher.Decode,
		dial: func(r policy.Role, socket *os.File, offer *ipc.Object) (link, error) {
			return dial(cfg, r, socket, offer)
		},
		close: func() {
			_ = spawner.Close()
			_ = watcher.Close()
		},
	}, nil
}

// roleLink is a link over a connection.
type roleLink struct {
	conn *ipc.Conn

	mu   sync.Mutex // guards role
	role *brokerproxy.RoleClient
}

// dial starts Cap'n Proto with a process that has been verified. No descriptor
// is taken from it.
func dial(cfg Config, r policy.Role, socket *os.File, offer *ipc.Object) (link, error) {
	conn, err := ipc.NewConn(socket, ipc.Options{
		Name: string(policy.Supervisor), Peer: string(r), Bootstrap: offer, Logger: cfg.Logger,
		Limits: broker.Limits(), NoFDs: true,
	})
	if err != nil {
		return nil, err
	}
	return &roleLink{conn: conn}, nil
}

// client returns the role's object, asking for it at the first call.
func (l *roleLink) client(ctx context.Context) (*brokerproxy.RoleClient, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.role == nil {
		c, err := brokerproxy.BootstrapRole(ctx, l.conn)
		if err != nil {
			return nil, err
		}
		l.role = c
	}
	return l.role, nil
}

// Connect hands over one end of a socket.
func (l *roleLink) Connect(ctx context.Context, peer string, socket ipc.FD) error {
	c, err := l.client(ctx)
	if err != nil {
		_ = socket.Close()
		return err
	}
	return c.Connect(ctx, peer, socket)
}

// Started waits until the role's component runs.
func (l *roleLink) Started(ctx context.Context) error {
	c, err := l.client(ctx)
	if err != nil {
		return err
	}
	return c.Started(ctx)
}

// Stop asks the role to stop.
func (l *roleLink) Stop(ctx context.Context) error {
	c, err := l.client(ctx)
	if err != nil {
		return err
	}
	return c.Stop(ctx)
}

// SetLogging tells the role which log categories are on.
func (l *roleLink) SetLogging(ctx context.Context, enabled []string) error {
	c, err := l.client(ctx)
	if err != nil {
		return err
	}
	return c.SetLogging(ctx, enabled)
}

// SetMockTime sets the role's clock.
func (l *roleLink) SetMockTime(ctx context.Context, seconds int64) error {
	c, err := l.client(ctx)
	if err != nil {
		return err
	}
	return c.SetMockTime(ctx, seconds)
}

// Close ends the connection.
func (l *roleLink) Close() error { return l.conn.Close() }

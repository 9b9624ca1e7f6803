package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"dashmp/ipc"
	"dashmp/ipc/proxy/brokerproxy"
	"dashmp/ipc/proxy/nodeproxy"
	"dashmp/ipc/proxy/walletproxy"
	"dashmp/policy"
	"dashmp/sandbox/role"
	"dashmp/wallet/loader"
)

// start loads the wallets that the configuration names.
func start(ctx context.Context, env *role.Env) (role.Service, error) {
	l := loader.New(loader.Options{
		Network: env.Config.ChainName,
		Broker:  brokerproxy.NewWalletClient(env.Broker),
		Now:     env.Now,
		Log:     env.Log,
	})
	warnings, err := l.LoadAtStart(ctx, env.Config.Strings("wallet"), env.Config.IsSet("wallet"))
	for _, w := range warnings {
		env.Log.Warn("Warning: " + w)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close(ctx))
	}
	return &service{loader: l, log: env.Log}, nil
}

// service is the component as the role's runtime sees it.
type service struct {
	loader *loader.Loader
	log    *slog.Logger

	mu     sync.Mutex // guards cancel
	cancel context.CancelFunc
	// following counts the goroutines that register at the core.
	following sync.WaitGroup
}

// Bootstrap offers the wallet RPCs to the rpc role.
func (s *service) Bootstrap(peer policy.Role) *ipc.Object {
	if peer == policy.RPC {
		return walletproxy.NewLoaderObject(s.loader, nil)
	}
	return nil
}

// Connected registers at a core that has come. That waits for the core's
// answer, so a goroutine does it; the end of the connection ends it.
func (s *service) Connected(peer policy.Role, c *ipc.Conn) {
	if peer != policy.Core {
		return
	}
	ctx, cancel := context.WithCancel(ipc.WithThread(context.Background(), "follow"))
	s.mu.Lock()
	s.cancel = cancel
	s.mu.Unlock()
	s.following.Go(func() {
		defer cancel()
		if err := s.follow(ctx, c); err != nil && ctx.Err() == nil && !errors.Is(err, ipc.ErrDisconnected) {
			s.log.Error("the core's chain cannot be followed: " + err.Error())
		}
	})
}

func (s *service) follow(ctx context.Context, c *ipc.Conn) error {
	chain, err := nodeproxy.BootstrapChain(ctx, c)
	if err != nil {
		return err
	}
	defer chain.Close() //nolint:errcheck // the registration has a reference of its own
	return s.loader.Follow(ctx, chain)
}

// Disconnected tells the loader that the core has gone.
func (s *service) Disconnected(peer policy.Role) {
	if peer != policy.Core {
		return
	}
	s.stopFollowing()
	s.loader.Lost()
}

func (s *service) stopFollowing() {
	s.mu.Lock()
	cancel := s.cancel
	s.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	s.following.Wait()
}

// stopTime bounds the wait for the core's answer to the end of the registration.
const stopTime = 5 * time.Second

// Stop ends the registration and closes the wallets. A core that does not
// answer does not keep them open.
func (s *service) Stop(ctx context.Context) error {
	s.stopFollowing()
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	err := s.loader.Close(ctx)
	if errors.Is(err, ipc.ErrDisconnected) {
		return nil
	}
	return err
}

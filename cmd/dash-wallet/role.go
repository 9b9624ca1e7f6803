package main

import (
	"context"
	"errors"
	"fmt"
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
	o, err := loader.Configure(env.Config, loader.Options{
		Broker: brokerproxy.NewWalletClient(env.Broker), Now: env.Now, Log: env.Log,
	})
	if err != nil {
		return nil, err
	}
	l := loader.New(o)
	warnings, err := l.LoadAtStart(ctx, env.Config.Strings("wallet"), env.Config.IsSet("wallet"))
	for _, w := range warnings {
		env.Log.Warn("Warning: " + w)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close(ctx))
	}
	return &service{loader: l, log: env.Log, links: map[policy.Role]*link{}}, nil
}

// service is the component as the role's runtime sees it.
type service struct {
	loader *loader.Loader
	log    *slog.Logger

	mu sync.Mutex // guards the rest
	// links are the connections to siblings, by role.
	links map[policy.Role]*link
}

// link is what is done with a sibling's connection, on a goroutine that waits
// for the sibling's answers.
type link struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// Bootstrap offers the wallet RPCs to the rpc role.
func (s *service) Bootstrap(peer policy.Role) *ipc.Object {
	if peer == policy.RPC {
		return walletproxy.NewLoaderObject(s.loader, nil)
	}
	return nil
}

// Connected registers at a core, or takes a signer, that has come. The end of
// the connection ends it.
func (s *service) Connected(peer policy.Role, c *ipc.Conn) {
	var run func(context.Context, *ipc.Conn) error
	switch peer {
	case policy.Core:
		run = s.follow
	case policy.Signer:
		run = s.takeSigner
	default:
		return
	}
	ctx, cancel := context.WithCancel(ipc.WithThread(context.Background(), "follow "+string(peer)))
	l := &link{cancel: cancel}
	s.mu.Lock()
	s.links[peer] = l
	s.mu.Unlock()
	l.done.Go(func() {
		if err := run(ctx, c); err != nil && ctx.Err() == nil && !errors.Is(err, ipc.ErrDisconnected) {
			s.log.Error(fmt.Sprintf("%s cannot be used: %v", peer, err))
		}
		<-ctx.Done() // the reference lives as long as the connection
	})
}

func (s *service) follow(ctx context.Context, c *ipc.Conn) error {
	chain, err := nodeproxy.BootstrapChain(ctx, c)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { chain.Close() }) //nolint:errcheck // it ends with its connection
	return s.loader.Follow(ctx, chain)
}

func (s *service) takeSigner(ctx context.Context, c *ipc.Conn) error {
	signer, err := walletproxy.BootstrapSigner(ctx, c)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { signer.Close() }) //nolint:errcheck // it ends with its connection
	s.loader.SetSigner(ctx, signer)
	return nil
}

// Disconnected tells the loader that a sibling has gone.
func (s *service) Disconnected(peer policy.Role) {
	switch peer {
	case policy.Core:
		s.unlink(peer)
		s.loader.Lost()
	case policy.Signer:
		s.unlink(peer)
		s.loader.SetSigner(context.Background(), nil)
	}
}

// unlink ends what is done with a sibling and waits for that.
func (s *service) unlink(peer policy.Role) {
	s.mu.Lock()
	l := s.links[peer]
	delete(s.links, peer)
	s.mu.Unlock()
	if l != nil {
		l.cancel()
		l.done.Wait()
	}
}

// stopTime bounds the wait for the core's answer to the end of the registration.
const stopTime = 5 * time.Second

// Stop ends the registration and closes the wallets. A core that does not
// answer does not keep them open.
func (s *service) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	err := s.loader.Close(ctx)
	s.unlink(policy.Core)
	s.unlink(policy.Signer)
	if errors.Is(err, ipc.ErrDisconnected) {
		return nil
	}
	return err
}

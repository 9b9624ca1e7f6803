package main

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"dashmp/ipc"
	"dashmp/ipc/proxy/nodeproxy"
	"dashmp/ipc/proxy/walletproxy"
	"dashmp/node/rpc"
	"dashmp/policy"
)

// grace is how long after the core the other siblings may take to come before
// clients are served without them.
const grace = 5 * time.Second

// service is the component as the role's runtime sees it: it exchanges the
// owners of methods as siblings come and go.
type service struct {
	server *rpc.Server
	log    *slog.Logger

	mu      sync.Mutex // guards what follows
	waiting map[policy.Role]bool
	links   map[policy.Role]*link
	timer   *time.Timer // ends the warm-up; nil before the core was there
}

// link is the connection to a sibling; client is nil until its object is there.
type link struct{ client io.Closer }

func newService(server *rpc.Server, log *slog.Logger, wallet bool) *service {
	s := &service{
		server: server, log: log,
		waiting: map[policy.Role]bool{policy.Core: true, policy.Signer: true},
		links:   map[policy.Role]*link{},
	}
	if wallet {
		s.waiting[policy.Wallet] = true
	}
	return s
}

// Bootstrap returns nil: nobody calls the rpc role.
func (s *service) Bootstrap(policy.Role) *ipc.Object { return nil }

// Connected asks the sibling for its object. That may take as long as the
// sibling takes to start, so it is done by a goroutine that ends with the
// connection at the latest.
func (s *service) Connected(peer policy.Role, c *ipc.Conn) {
	l := &link{}
	s.mu.Lock()
	s.links[peer] = l
	s.mu.Unlock()
	go func() {
		client, err := s.attach(peer, l, c)
		if err != nil {
			s.log.Debug("sibling has no object for this role", "category", "ipc", "peer", string(peer), "error", err)
			return
		}
		if client != nil { // the connection was replaced meanwhile
			_ = client.Close()
		}
	}()
}

// attach makes the proxy of a sibling and puts it in place, unless l has been
// replaced: then it returns the proxy.
func (s *service) attach(peer policy.Role, l *link, c *ipc.Conn) (io.Closer, error) {
	client, set, err := s.proxy(peer, c)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.links[peer] != l {
		return client, nil
	}
	l.client = client
	set()
	delete(s.waiting, peer)
	switch {
	case len(s.waiting) == 0:
		s.server.Ready()
	case peer == policy.Core && s.timer == nil:
		s.timer = time.AfterFunc(grace, s.server.Ready)
	}
	return nil, nil
}

// proxy returns a sibling's object and what puts it in place.
func (s *service) proxy(peer policy.Role, c *ipc.Conn) (io.Closer, func(), error) {
	ctx := context.Background() // the end of the connection ends the call
	switch peer {
	case policy.Core:
		p, err := nodeproxy.BootstrapNode(ctx, c)
		return p, func() { s.server.SetNode(p) }, err
	case policy.Wallet:
		p, err := walletproxy.BootstrapLoader(ctx, c)
		return p, func() { s.server.SetWallet(p) }, err
	case policy.Signer:
		p, err := walletproxy.BootstrapSecretBox(ctx, c)
		return p, func() { s.server.SetSecrets(p) }, err
	}
	return nil, nil, ipc.Errorf(ipc.ErrUnimplemented, "the rpc role calls no %s", peer)
}

// Disconnected takes a sibling's methods out of service.
func (s *service) Disconnected(peer policy.Role) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.links[peer]
	delete(s.links, peer)
	switch peer {
	case policy.Core:
		s.server.SetNode(nil)
	case policy.Wallet:
		s.server.SetWallet(nil)
	case policy.Signer:
		s.server.SetSecrets(nil)
	}
	if l != nil && l.client != nil {
		_ = l.client.Close()
	}
}

// Stop answers what is in progress and serves nobody any more.
func (s *service) Stop(ctx context.Context) error {
	s.mu.Lock()
	if s.timer != nil {
		s.timer.Stop()
	}
	s.mu.Unlock()
	s.server.Stop(ctx)
	return nil
}

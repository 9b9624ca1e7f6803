package rpc

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"dashmp/node"
	"dashmp/node/rpc/internal/httpd"
	"dashmp/node/rpc/method"
	"dashmp/wallet"
)

// passwordDelay deters from guessing (HTTPReq_JSONRPC).
const passwordDelay = 250 * time.Millisecond

// walletPath begins the path that names a wallet (WALLET_ENDPOINT_BASE).
const walletPath = "/wallet/"

// Server is the rpc component. Make it with New, begin with Start.
type Server struct {
	opt    Options
	table  *method.Table
	auth   *authenticator
	http   *httpd.Server
	queue  *queue
	active active
	// httpLog and rpcLog are the logger with Dash Core's categories.
	httpLog, rpcLog *slog.Logger
	// guesses limits how many passwords are looked at in passwordDelay.
	guesses  chan struct{}
	stopping atomic.Bool // a stop was asked for or has begun
	stopped  chan struct{}
	stopOnce sync.Once

	mu      sync.RWMutex // guards what follows
	node    node.Node
	wallet  wallet.Loader
	secrets wallet.SecretBox
	warmup  string // status while warming up, "" when ready
}

// New returns a Server in warm-up. It fails with ErrServer if a credential is
// malformed, which the log says.
func New(o Options) (*Server, error) {
	o.setDefaults()
	auth, err := newAuthenticator(o.Credentials)
	if err != nil {
		o.Logger.Error(err.Error())
		return nil, ErrServer
	}
	o.Credentials = Credentials{}
	s := &Server{
		opt: o, table: method.Standard(), auth: auth,
		queue:   newQueue(o.Threads, o.WorkQueue, o.ExternalQueue),
		guesses: make(chan struct{}, o.Threads), stopped: make(chan struct{}),
		node: o.Node, wallet: o.Wallet, secrets: o.Secrets, warmup: "RPC server started",
		httpLog: o.Logger.With("category", "http"), rpcLog: o.Logger.With("category", "rpc"),
	}
	if o.DisableWallet {
		s.table = s.table.Without(method.Wallet)
	}
	s.http = httpd.New(httpd.Config{
		MaxConns: o.MaxConns, MaxBody: o.MaxBody, Timeout: o.Timeout, Logger: o.Logger,
	}, s)
	return s, nil
}

// Start serves the listeners. Until Ready every call is answered with
// RPC_IN_WARMUP and the status.
func (s *Server) Start() {
	s.opt.Logger.Info("Starting HTTP server with " + plural(s.opt.Threads, "worker thread"))
	for _, l := range s.opt.Listeners {
		s.http.Listen(l)
	}
}

// SetWarmup sets what callers are told until Ready.
func (s *Server) SetWarmup(status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.warmup != "" && status != "" {
		s.warmup = status
	}
}

// Ready ends the warm-up.
func (s *Server) Ready() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.warmup = ""
}

// SetNode replaces the core; nil says that it is not running. Calls in progress
// keep the one they began with.
func (s *Server) SetNode(n node.Node) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.node = n
}

// SetWallet replaces the wallet; see SetNode.
func (s *Server) SetWallet(w wallet.Loader) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wallet = w
}

// SetSecrets replaces the signer; see SetNode.
func (s *Server) SetSecrets(b wallet.SecretBox) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets = b
}

// Stop closes the listeners, answers what is in progress and returns when all
// goroutines have ended. When ctx ends first, calls in progress are cut off.
func (s *Server) Stop(ctx context.Context) {
	s.stopOnce.Do(func() {
		s.stopping.Store(true)
		close(s.stopped)
	})
	s.http.Shutdown(ctx)
}

// session is what a Server remembers of a connection.
type session struct {
	header [sha256.Size]byte // hash of the last accepted Authorization header
	user   string
	known  bool
}

// Admit decides on a request from its head (http_request_cb and the start of
// HTTPReq_JSONRPC).
func (s *Server) Admit(ctx context.Context, r *httpd.Request) *httpd.Reply {
	log := s.httpLog
	if !s.allowed(r.Remote.Addr()) {
		log.Debug("HTTP request from " + r.Remote.String() + " rejected: Client network is not allowed RPC access")
		return &httpd.Reply{Status: 403}
	}
	switch r.Method {
	case "GET", "POST", "HEAD", "PUT":
	case "DELETE":
		log.Debug("HTTP request from " + r.Remote.String() + " rejected: Unknown HTTP request method")
		return &httpd.Reply{Status: 405}
	default:
		return &httpd.Reply{Status: 501}
	}
	if log.Enabled(ctx, slog.LevelDebug) {
		log.Debug("Received a " + r.Method + " request for " + clip(sanitize(r.URI, safeURI), 100) + " from " + r.Remote.String())
	}
	if handle, _ := s.restHandlerOf(r.URI); handle != nil {
		return nil
	}
	switch {
	case r.URI != "/" && !strings.HasPrefix(r.URI, walletPath):
		return &httpd.Reply{Status: 404}
	case r.Method != "POST":
		return &httpd.Reply{Status: 405, Text: "JSONRPC server handles only POST requests"}
	case !r.HasAuth:
		return &httpd.Reply{Status: 401, Challenge: true}
	case !s.login(ctx, r):
		return &httpd.Reply{Status: 401, Challenge: true}
	}
	return nil
}

// login checks the password. A header that this connection was let in with
// before is let in again; for others only so many are looked at per
// passwordDelay, and a wrong one keeps its place for that long even if its
// client does not wait.
func (s *Server) login(ctx context.Context, r *httpd.Request) bool {
	ses, ok := r.Session.(*session)
	if !ok {
		ses = &session{}
		r.Session = ses
	}
	sum := sha256.Sum256(r.Auth)
	if ses.known && subtle.ConstantTimeCompare(sum[:], ses.header[:]) == 1 {
		return true
	}
	select {
	case s.guesses <- struct{}{}:
	case <-s.stopped:
		return false
	case <-ctx.Done():
		return false
	}
	defer func() { <-s.guesses }()
	user, good := s.auth.check(r.Auth)
	ses.header, ses.user, ses.known = sum, user, good
	if !good {
		s.opt.Logger.Info("ThreadRPCServer incorrect password attempt from " + r.Remote.String())
		s.pause(ctx, passwordDelay)
	}
	return good
}

// pause waits, or until the Server stops.
func (s *Server) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.stopped:
	case <-ctx.Done():
	}
}

// Serve answers an admitted request when it is its turn.
func (s *Server) Serve(ctx context.Context, r *httpd.Request, dst []byte) (httpd.Reply, []byte) {
	// A request for REST need not have logged in.
	ses, ok := r.Session.(*session)
	if !ok {
		ses = &session{}
	}
	work := func() (httpd.Reply, []byte) { return s.answer(ctx, r, ses.user, dst) }
	if handle, _ := s.restHandlerOf(r.URI); handle != nil {
		ses = &session{}
		work = func() (httpd.Reply, []byte) { return s.rest(ctx, r, dst) }
	}
	external := s.isExternal(ses.user)
	if s.queue.enter(external) {
		defer s.queue.leave()
		reply, out := work()
		reply.Close = s.stopping.Load()
		return reply, out
	}
	if external {
		s.opt.Logger.Warn("request rejected because http work queue depth of externals exceeded, it can be increased with the -rpcexternalworkqueue= setting")
		return httpd.Reply{Status: 503}, append(dst, "Work queue depth of externals exceeded"...)
	}
	s.opt.Logger.Warn("request rejected because http work queue depth exceeded, it can be increased with the -rpcworkqueue= setting")
	return httpd.Reply{Status: 503}, append(dst, "Work queue depth exceeded"...)
}

func (s *Server) isExternal(user string) bool {
	for _, u := range s.opt.ExternalUsers {
		if u == user {
			return true
		}
	}
	return false
}

package httpd

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Config bounds a Server. Zero fields get the defaults.
type Config struct {
	// MaxConns is how many connections may be open, default 256.
	MaxConns int
	// MaxBody is the largest body in bytes, default 32 MiB (MAX_SIZE of Dash
	// Core).
	MaxBody int
	// Timeout bounds every wait for a client, default 30 s
	// (-rpcservertimeout).
	Timeout time.Duration
	// Logger gets what an operator should know of the listeners.
	Logger *slog.Logger
}

// Server serves HTTP on any number of listeners.
type Server struct {
	cfg     Config
	handler Handler
	ctx     context.Context // of all handlers, ended by a forced shutdown
	cancel  context.CancelFunc
	wg      sync.WaitGroup // connections and accepting goroutines

	mu        sync.Mutex // guards what follows and the evictable state of conns
	listeners []net.Listener
	conns     map[*conn]struct{}
	closing   bool
}

// New returns a Server that is not listening yet.
func New(cfg Config, h Handler) *Server {
	if cfg.MaxConns <= 0 {
		cfg.MaxConns = 256
	}
	if cfg.MaxBody <= 0 {
		cfg.MaxBody = 32 << 20
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 30 * time.Second
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Server{cfg: cfg, handler: h, ctx: ctx, cancel: cancel, conns: map[*conn]struct{}{}}
}

// Listen begins to serve connections of l, which the Server closes.
func (s *Server) Listen(l net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		l.Close()
		return
	}
	s.listeners = append(s.listeners, l)
	s.wg.Add(1)
	go s.accept(l)
}

func (s *Server) accept(l net.Listener) {
	defer s.wg.Done()
	for {
		nc, err := l.Accept()
		if err != nil {
			if s.isClosing() || errors.Is(err, net.ErrClosed) {
				return
			}
			// Out of descriptors or memory: the listener stays, others may free some.
			s.cfg.Logger.Warn("HTTP: accepting a connection failed", "error", err)
			if !s.pause(100 * time.Millisecond) {
				return
			}
			continue
		}
		s.admit(nc)
	}
}

// pause waits, and reports whether to go on.
func (s *Server) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return !s.isClosing()
	case <-s.ctx.Done():
		return false
	}
}

// admit starts a connection. At the limit it makes room by closing the one
// that has been waiting for its client for longest, so that clients which never
// finish a request cannot lock out others.
func (s *Server) admit(nc net.Conn) {
	c := &conn{srv: s, net: nc, buf: make([]byte, bufSize), evictable: true, since: time.Now()}
	if a, ok := nc.RemoteAddr().(interface{ AddrPort() netip.AddrPort }); ok {
		c.remote = a.AddrPort()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing || len(s.conns) >= s.cfg.MaxConns && !s.evict() {
		nc.Close()
		return
	}
	s.conns[c] = struct{}{}
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		c.serve(s.ctx)
	}()
}

// evict closes the connection that has been evictable for longest. It leaves
// the table at once; its goroutine ends with its read.
func (s *Server) evict() bool {
	var oldest *conn
	for c := range s.conns {
		if c.evictable && (oldest == nil || c.since.Before(oldest.since)) {
			oldest = c
		}
	}
	if oldest == nil {
		return false
	}
	delete(s.conns, oldest)
	oldest.net.Close()
	return true
}

// mark says whether a connection waits for its client, and reports whether it
// may go on: not if it was evicted, nor to the next request when closing.
func (s *Server) mark(c *conn, evictable bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.conns[c]; !ok || s.closing {
		return false
	}
	if evictable {
		c.since = time.Now()
	}
	c.evictable = evictable
	return true
}

func (s *Server) remove(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

func (s *Server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// Conns returns the number of open connections.
func (s *Server) Conns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Shutdown closes the listeners and the connections that wait for their
// clients, lets requests in progress finish and be answered, and returns when
// all goroutines have ended. When ctx ends first, what is left is cut off.
func (s *Server) Shutdown(ctx context.Context) {
	s.mu.Lock()
	s.closing = true
	for _, l := range s.listeners {
		l.Close()
	}
	s.listeners = nil
	s.closeConns(func(c *conn) bool { return c.evictable })
	s.mu.Unlock()

	done := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		s.mu.Lock()
		s.closeConns(func(*conn) bool { return true })
		s.mu.Unlock()
	}
	s.cancel()
	<-done
}

func (s *Server) closeConns(which func(*conn) bool) {
	for c := range s.conns {
		if which(c) {
			c.net.Close()
		}
	}
}

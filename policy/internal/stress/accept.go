package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"dashmp/node/rpc"
)

// acceptScenario serves HTTP on the passed listener, as the rpc role does; the parent's clients stay
// connected, hang up, and ask for a reply that ends the connection.
func acceptScenario() error {
	l, err := rpc.NewListener(os.NewFile(fdListener, "listener"))
	if err != nil {
		return fmt.Errorf("listener: %w", err)
	}
	var served atomic.Int32
	done := make(chan struct{})
	body := make([]byte, 256<<10)
	server := &http.Server{
		ReadHeaderTimeout: 5 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/done" {
				close(done)
				return
			}
			served.Add(1)
			if r.Close {
				halfClose(w)
				return
			}
			_, _ = w.Write(body)
		}),
	}
	end := make(chan error, 1)
	go func() { end <- server.Serve(l) }()
	if err := tell("send requests"); err != nil {
		return err
	}
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		return fmt.Errorf("only %d requests were served", served.Load())
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	<-end
	return nil
}

// halfClose answers, ends its own direction and waits for the client's end, as
// a server does that must not lose its last reply to a reset.
func halfClose(w http.ResponseWriter) {
	c, rw, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	_, _ = rw.WriteString("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
	_ = rw.Flush()
	_ = c.(interface{ CloseWrite() error }).CloseWrite()
	_ = c.SetReadDeadline(time.Now().Add(time.Second))
	_, _ = io.Copy(io.Discard, c)
}

// peersScenario asks at which own address a socket is, beyond what acceptScenario
// does.
func peersScenario() error {
	// Not unix.Getsockname, which asks for SO_PROTOCOL too.
	_, err := syscall.Getsockname(fdListener)
	return err
}

package supervisor

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Bounds of what the supervisor does for clients of the rpc role while that is
// away.
const (
	// awayHeld is how many clients are held at a time; the others wait in the
	// listener's queue.
	awayHeld = 64
	// awayLinger is how long a client may take to read its answer.
	awayLinger = 2 * time.Second
	// awayFirst is how long its request is waited for: many clients take a reply
	// that comes before it for a broken connection.
	awayFirst = 500 * time.Millisecond
	// awayRate and awayBurst bound how many clients are answered per second.
	awayRate, awayBurst = 500, 500
	// awayDiscard is how much of a client's request the kernel is asked to drop;
	// the largest request is 32 MiB.
	awayDiscard = 64 << 20
)

// away answers clients of RPC while the rpc role cannot: each connection gets a
// fixed reply that names the role, and is closed.
//
// Nothing that a client sends is read. What it sent must leave the socket all
// the same, or closing would reset the connection and destroy the reply on its
// way; so the kernel drops it (MSG_TRUNC, tcp(7)) and is given no buffer that a
// byte could be copied to.
//
// It accepts on the listeners that the rpc role accepts on. Of two that accept
// the kernel chooses one, so that no connection is lost when the role is back.
type away struct {
	log  *slog.Logger
	rate *rate
	held chan struct{}
	wg   sync.WaitGroup // one per listener and one per client

	mu        sync.Mutex // guards all below
	listeners []*os.File
	reply     []byte // nil: the role is there
	told      int
	clients   map[*os.File]bool
	changed   chan struct{} // closed at the next change of reply or closed
	closed    bool
}

// newAway makes an away for listeners that stay the caller's and are closed
// after it.
func newAway(log *slog.Logger, listeners []*os.File) *away {
	a := &away{
		log: log, listeners: listeners, rate: newRate(awayRate, awayBurst), held: make(chan struct{}, awayHeld),
		clients: map[*os.File]bool{}, changed: make(chan struct{}),
	}
	for _, l := range listeners {
		a.wg.Go(func() { a.serve(l) })
	}
	return a
}

// awayReply is a whole HTTP reply: status 503, and as its body what the rpc role
// says of a role that is not running. The id is null, as JSON-RPC demands
// where the request could not be read.
func awayReply(text string) []byte {
	body := fmt.Sprintf(`{"result":null,"error":{"code":-1,"message":"%s: the call was not made, try again"},"id":null}`+"\n", text)
	return fmt.Appendf(nil, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"+
		"Content-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
}

// say makes the supervisor answer clients with a text, "" makes it stop. It
// does not wait.
func (a *away) say(text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	deadline := time.Unix(1, 0)
	a.reply = nil
	if text != "" {
		a.reply, deadline = awayReply(text), time.Time{}
	} else if a.told > 0 {
		a.log.Warn(fmt.Sprintf("%d clients of RPC were told that they cannot be served", a.told))
		a.told = 0
	}
	for _, l := range a.listeners {
		_ = l.SetReadDeadline(deadline)
	}
	close(a.changed)
	a.changed = make(chan struct{})
}

// close ends it and waits.
func (a *away) close() {
	a.say("")
	a.mu.Lock()
	a.closed = true
	close(a.changed)
	for c := range a.clients {
		_ = c.SetDeadline(time.Unix(1, 0))
	}
	a.mu.Unlock()
	a.wg.Wait()
}

func (a *away) state() (reply []byte, changed <-chan struct{}, closed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.reply, a.changed, a.closed
}

// serve answers the clients of one listener whenever there is a reply.
func (a *away) serve(l *os.File) {
	for {
		reply, changed, closed := a.state()
		if closed {
			return
		}
		if reply == nil {
			<-changed
			continue
		}
		if a.rate.take("") != nil {
			pause(changed, 10*time.Millisecond)
			continue
		}
		a.held <- struct{}{} // given back within awayLinger
		client, err := accept(l)
		if err != nil {
			<-a.held
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				a.log.Warn("RPC listener: " + err.Error())
				pause(changed, 100*time.Millisecond)
			}
			continue
		}
		a.wg.Go(func() {
			defer func() { <-a.held }()
			a.tell(client, reply)
		})
	}
}

// pause waits, at most until a change.
func pause(changed <-chan struct{}, d time.Duration) {
	select {
	case <-changed:
	case <-time.After(d):
	}
}

// accept waits for a client, or for the listener's deadline.
func accept(l *os.File) (*os.File, error) {
	raw, err := l.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd, fail := -1, error(nil)
	err = raw.Read(func(lfd uintptr) bool {
		for {
			fd, _, fail = unix.Accept4(int(lfd), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
			if !errors.Is(fail, unix.EINTR) && !errors.Is(fail, unix.ECONNABORTED) {
				return !errors.Is(fail, unix.EAGAIN)
			}
		}
	})
	if err == nil && fail != nil {
		err = os.NewSyscallError("accept4", fail)
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "rpc client"), nil
}

// tell waits for the client's request, sends the reply, ends the sending
// direction, and has the kernel drop what comes until the client closes.
func (a *away) tell(client *os.File, reply []byte) {
	defer client.Close()
	raw, err := client.SyscallConn()
	if err != nil || !a.hold(client) {
		return
	}
	defer a.letGo(client)
	dropAll(raw, 1) // the beginning of the request
	_ = client.SetDeadline(time.Now().Add(awayLinger))
	if a.isClosed() {
		return
	}
	if _, err := client.Write(reply); err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { _ = unix.Shutdown(int(fd), unix.SHUT_WR) })
	dropAll(raw, awayDiscard)
}

// hold books a client; false once it is closed.
func (a *away) hold(client *os.File) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return false
	}
	_ = client.SetDeadline(time.Now().Add(awayFirst))
	a.clients[client] = true
	a.told++
	return true
}

func (a *away) letGo(client *os.File) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.clients, client)
}

func (a *away) isClosed() bool {
	_, _, closed := a.state()
	return closed
}

// dropAll drops what comes until that is at least so many bytes, the client has
// closed, or its deadline.
func dropAll(raw syscall.RawConn, atLeast int) {
	dropped := 0
	_ = raw.Read(func(fd uintptr) bool {
		for dropped < atLeast {
			n, errno := drop(fd)
			if errno == unix.EAGAIN {
				return false
			}
			if n <= 0 || errno != 0 {
				break
			}
			dropped += n
		}
		return true
	})
}

// drop has the kernel throw away what has been received on a TCP socket, and
// returns how many bytes that was. The buffer is the null pointer.
func drop(fd uintptr) (int, unix.Errno) {
	n, _, errno := unix.Syscall6(unix.SYS_RECVFROM, fd, 0, 1<<20, unix.MSG_TRUNC|unix.MSG_DONTWAIT, 0, 0)
	return int(n), errno
}

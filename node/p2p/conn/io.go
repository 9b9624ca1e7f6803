package conn

import (
	"encoding/hex"
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// linger is how long a connection that this node ends is kept, so that what was
// queued before still gets out (nDisconnectLingerTime).
const linger = 100 * time.Millisecond

// run serves the peer until it is gone, then forgets it.
func (p *Peer) run() {
	defer p.m.wg.Done()
	var reader, writer sync.WaitGroup
	reader.Go(p.readLoop)
	writer.Go(p.writeLoop)
	<-p.closing
	p.in.wake()
	end := time.Now().Add(linger)
	if p.remoteClosed.Load() {
		end = time.Now()
	}
	_ = p.stream.SetWriteDeadline(end)
	_ = p.stream.SetReadDeadline(end)
	writer.Wait()
	_ = p.stream.CloseWrite()
	reader.Wait()
	_ = p.stream.Close()
	p.m.logNet("disconnecting peer=%d", p.id)
	p.m.remove(p)
}

// readLoop queues messages until the connection or the peer's patience ends.
func (p *Peer) readLoop() {
	f := newFramer(p.m.o.Params.Magic, p.stream, p.countReceived)
	for !p.gone.Load() {
		msg, header, err := f.next()
		if err != nil {
			p.readFailed(header, err)
			break
		}
		if msg.bad != "" {
			p.logBad(msg, header)
			p.countMessage(OtherMessages, msg.size())
			continue
		}
		p.countMessage(msg.msgType, msg.size())
		p.in.put(received{msg, p.m.now()}, p.m.o.Config.MaxReceiveBuffer, p.gone.Load, p.m.Wake)
	}
	// What still comes is read so that the kernel does not reset the connection
	// before the other side has got what was sent.
	if !p.remoteClosed.Load() {
		_, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{p.stream}, f.buf[:])
	}
}

func (p *Peer) logBad(msg frame, header [headerSize]byte) {
	if msg.bad == wrongChecksum {
		sum := checksum(msg.payload)
		p.m.logNet("Header error: Wrong checksum (%s, %d bytes), expected %s was %s, peer=%d", sanitize(msg.msgType),
			len(msg.payload), hex.EncodeToString(sum[:]), hex.EncodeToString(header[20:]), p.id)
		return
	}
	p.m.logNet("Header error: Invalid message type (%s, %d bytes), peer=%d", sanitize(msg.msgType), len(msg.payload), p.id)
}

func (p *Peer) readFailed(header [headerSize]byte, err error) {
	if p.gone.Load() {
		return
	}
	switch {
	case errors.Is(err, errMagic):
		p.m.logNet("Header error: Wrong MessageStart %s received, peer=%d", hex.EncodeToString(header[:4]), p.id)
	case errors.Is(err, errSize):
		p.m.logNet("Header error: Size too large (%s, %d bytes), peer=%d", sanitize(typeOf(header)), sizeOf(header), p.id)
	case errors.Is(err, io.EOF):
		p.remoteClosed.Store(true)
		p.m.logNet("socket closed for peer=%d", p.id)
	default:
		p.remoteClosed.Store(true)
		p.m.logNet("socket recv error for peer=%d: %s", p.id, reason(err))
	}
	p.Disconnect("")
}

// reason is the text of a system error without the name of a file.
func reason(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return err.Error()
}

// sanitize keeps what may be shown of a message type (SanitizeString).
func sanitize(s string) string {
	keep := func(c byte) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == ' ' ||
			c == '.' || c == ',' || c == ';' || c == '-' || c == '_' || c == '/' || c == ':' || c == '?' ||
			c == '@' || c == '(' || c == ')'
	}
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if keep(s[i]) {
			b = append(b, s[i])
		}
	}
	return string(b)
}

// writeLoop sends until the peer is gone, then what is left while the write
// deadline lasts.
func (p *Peer) writeLoop() {
	for {
		select {
		case <-p.out.some:
		case <-p.closing:
			p.flush()
			return
		}
		if !p.flush() {
			p.Disconnect("")
			return
		}
	}
}

// flush sends what is queued; it is false if the connection fails.
func (p *Peer) flush() bool {
	for {
		o, ok := p.out.take()
		if !ok {
			return true
		}
		err := p.write(o)
		if p.out.sent(o, p.m.o.Config.MaxSendBuffer) {
			p.m.Wake()
		}
		if err != nil {
			if !p.gone.Load() {
				p.remoteClosed.Store(true)
				p.m.logNet("socket send error for peer=%d: %s", p.id, reason(err))
			}
			return false
		}
	}
}

// chunk is how much is sent before it is accounted for, in bytes: a slow reader
// shows that it is alive.
const chunk = 64 << 10

func (p *Peer) write(o outgoing) error {
	first := append(make([]byte, 0, min(headerSize+len(o.payload), chunk)), o.header[:]...)
	n := min(len(o.payload), chunk-headerSize)
	first = append(first, o.payload[:n]...)
	rest := o.payload[n:]
	for {
		n, err := p.stream.Write(first)
		p.countSent(o.msgType, n)
		if err != nil {
			return err
		}
		if len(rest) == 0 {
			return nil
		}
		first = rest[:min(len(rest), chunk)]
		rest = rest[len(first):]
	}
}

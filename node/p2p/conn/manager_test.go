package conn

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"dashmp/node/p2p/netaddr"
)

func TestConversation(t *testing.T) {
	w := newWorld(t, nil)
	far, ok := w.inbound("1.2.3.4:5")
	if !ok {
		t.Fatal("refused")
	}
	w.expect("connected inbound")
	p := w.Peers()[0]
	p.Send("version", []byte("hello"))
	if name, b := next(t, far); name != "version" || string(b) != "hello" {
		t.Errorf("%s %q", name, b)
	}
	write(t, far, message(t, "ping", []byte("12345678")))
	write(t, far, message(t, "nonsense", []byte("?")))
	w.expect("ping 12345678")
	w.expect("nonsense ?")
	sent, recv := p.perMessage()
	if sent["version"] != 29 || recv["ping"] != 32 || recv[OtherMessages] != 25 || recv["nonsense"] != 0 {
		t.Errorf("sent %v, received %v", sent, recv)
	}
	if p.Addr().String() != "1.2.3.4:5" || !p.Inbound() || p.bytesRecv.Load() != 57 || p.bytesSent.Load() != 29 {
		t.Errorf("%s, %d bytes received, %d sent", p.Addr(), p.bytesRecv.Load(), p.bytesSent.Load())
	}
	far.Close()
	w.expect("disconnected inbound")
	if len(w.Peers()) != 0 {
		t.Error("still there")
	}
}

// Garbage ends a connection, a damaged message does not; both are logged as in
// Dash Core.
func TestGarbage(t *testing.T) {
	bad := message(t, "ping", []byte("12345678"))
	bad[20] ^= 1
	for name, c := range map[string]struct {
		b    []byte
		ends bool
		log  string
	}{
		"garbage":  {[]byte("GET / HTTP/1.1\r\nHost: somewhere\r\n\r\n"), true, "Header error: Wrong MessageStart 47455420 received, peer=0"},
		"too long": {append(appendHeader(nil, regtestMagic, "tx", nil)[:16], 1, 0, 0x30, 0, 0, 0, 0, 0), true, "Header error: Size too large (tx, 3145729 bytes), peer=0"},
		"checksum": {bad, false, "Header error: Wrong checksum (ping, 8 bytes), expected "},
		"type":     {message(t, "p\x01ng", nil), false, "Header error: Invalid message type (png, 0 bytes), peer=0"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			far, _ := w.inbound("1.2.3.4")
			w.expect("connected inbound")
			write(t, far, c.b)
			if c.ends {
				w.expect("disconnected inbound")
			} else {
				write(t, far, message(t, "ping", []byte("after")))
				w.expect("ping after")
			}
			if !strings.Contains(w.log.String(), c.log) {
				t.Errorf("the log lacks %q", c.log)
			}
		})
	}
}

// A stranger who sends faster than messages are processed is not read from any
// more.
func TestFloodIsBounded(t *testing.T) {
	const limit = 100_000
	w := newWorld(t, func(c *Config) { c.MaxReceiveBuffer = limit })
	w.proc.hold = make(chan struct{})
	far, _ := w.inbound("1.2.3.4")
	w.expect("connected inbound")
	one := message(t, "tx", make([]byte, 10_000))
	stopped := make(chan struct{})
	sent := 0
	go func() {
		defer close(stopped)
		for range 3000 { // 30 MB
			if _, err := far.Write(one); err != nil {
				return
			}
			sent++
		}
	}()
	p := w.Peers()[0]
	w.eventually("the inbox is full", func() bool { p.in.mu.Lock(); defer p.in.mu.Unlock(); return p.in.size > limit })
	before := p.bytesRecv.Load()
	for range 20 {
		time.Sleep(10 * time.Millisecond)
		p.in.mu.Lock()
		size := p.in.size
		p.in.mu.Unlock()
		if size > limit+MaxPayload+headerSize {
			t.Fatalf("%d bytes wait", size)
		}
	}
	if after := p.bytesRecv.Load(); after > before+uint64(len(one)) {
		t.Errorf("read on: %d bytes, then %d", before, after)
	}
	close(w.proc.hold) // and now they are processed
	w.eventually("all is processed", func() bool {
		select {
		case <-stopped:
			p.in.mu.Lock()
			defer p.in.mu.Unlock()
			return len(p.in.list) == 0
		default:
			return false
		}
	})
	if sent != 3000 {
		t.Errorf("%d messages were sent", sent)
	}
}

// A peer that does not read gets no more messages processed, and in the end is
// dropped.
func TestSlowReader(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MaxSendBuffer = 10_000 })
	far, _ := w.inbound("1.2.3.4")
	w.expect("connected inbound")
	p := w.Peers()[0]
	for range 50 { // 5 MB, more than the kernel keeps
		p.Send("block", make([]byte, 100_000))
	}
	if !p.SendBufferFull() {
		t.Fatal("the send buffer is not full")
	}
	write(t, far, message(t, "ping", []byte("a")))
	w.eventually("the ping is there", func() bool { p.in.mu.Lock(); defer p.in.mu.Unlock(); return len(p.in.list) == 1 })
	select {
	case e := <-w.proc.events:
		t.Errorf("%q although the send buffer is full", e)
	case <-time.After(3 * round):
	}
	for range 400 { // 40 MB more
		p.Send("block", make([]byte, 100_000))
	}
	w.expect("disconnected inbound")
}

// Half a message and silence: the connection ends when the time is over.
func TestSilence(t *testing.T) {
	w := newWorld(t, nil)
	quiet, _ := w.inbound("1.2.3.4")
	w.expect("connected inbound")
	half, _ := w.inbound("1.2.3.5")
	w.expect("connected inbound")
	write(t, half, message(t, "version", make([]byte, 100))[:50])
	w.later(62 * time.Second)
	w.expect("disconnected inbound")
	w.expect("disconnected inbound")
	for _, f := range []*os.File{quiet, half} {
		if !closed(t, f) {
			t.Error("still open")
		}
	}
	if !strings.Contains(w.log.String(), "socket no message in first 60 seconds, 0 0 peer=0") {
		t.Error("the log does not say so")
	}
}

// What was queued before Disconnect still gets out.
func TestLastWords(t *testing.T) {
	w := newWorld(t, nil)
	far, _ := w.inbound("1.2.3.4")
	w.expect("connected inbound")
	p := w.Peers()[0]
	p.Send("reject", bytes.Repeat([]byte("x"), 1000))
	p.Disconnect("enough")
	p.Send("ping", nil) // too late
	if name, b := next(t, far); name != "reject" || len(b) != 1000 {
		t.Errorf("%s, %d bytes", name, len(b))
	}
	if b, err := io.ReadAll(struct{ io.Reader }{far}); err != nil || len(b) != 0 {
		t.Errorf("%d bytes more, %v", len(b), err)
	}
	w.expect("disconnected inbound")
}

// A flood of connections gets no more than the slots, whoever opens them.
func TestConnectionFlood(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MaxConnections = 15 }) // 4 of them inbound
	accepted := 0
	for i := range 300 {
		if _, ok := w.inbound(fmt.Sprintf("20.%d.1.1:%d", i%200, 1+i)); ok {
			accepted++
		}
		if n, _ := w.Count(); n > w.o.Config.maxInbound()+lingering {
			t.Fatalf("%d connections", n)
		}
	}
	if accepted < 4 {
		t.Errorf("%d were accepted", accepted)
	}
	w.eventually("only slots are held", func() bool { n, _ := w.Count(); return n <= w.o.Config.maxInbound() })
}

func TestPermissionsAndBans(t *testing.T) {
	w := newWorld(t, nil)
	n, _ := netaddr.ParseSubnet("1.2.3.0/24")
	w.Bans().Ban(n, 100, false)
	if _, ok := w.inbound("1.2.3.4"); ok {
		t.Error("a banned address was accepted")
	}
	if _, ok := w.inbound("1.2.4.4"); !ok {
		t.Error("refused")
	}
	w.expect("connected inbound")
	w.SetNetworkActive(false)
	w.expect("disconnected inbound")
	if _, ok := w.inbound("1.2.4.5"); ok {
		t.Error("accepted without a network")
	}
}

func TestManualConnection(t *testing.T) {
	w := newWorld(t, nil)
	w.OpenOnce(t.Context(), "5.6.7.8:9")
	far := <-w.net.far
	defer far.Close()
	w.expect("connected manual")
	if p := w.Peers()[0]; p.Name() != "5.6.7.8:9" || p.Inbound() || p.Addr().String() != "5.6.7.8:9" {
		t.Errorf("%s", p.Name())
	}
	w.OpenOnce(t.Context(), "5.6.7.8:9")
	w.OpenOnce(t.Context(), "[::ffff:5.6.7.8]:9") // the same by another name
	if w.net.dials != 1 {
		t.Errorf("%d connections to one peer", w.net.dials)
	}
	if !w.DisconnectName("5.6.7.8:9") || w.DisconnectName("5.6.7.8:10") {
		t.Error("disconnect by name")
	}
	w.expect("disconnected manual")
	w.net.fail = errors.New("connection refused")
	w.OpenOnce(t.Context(), "5.6.7.8:9")
	if len(w.Peers()) != 0 || !strings.Contains(w.log.String(), "connect() to 5.6.7.8:9 failed: connection refused") {
		t.Error("a failure")
	}
}

func TestOwnNonce(t *testing.T) {
	w := newWorld(t, nil)
	w.OpenOnce(t.Context(), "5.6.7.8:9")
	far := <-w.net.far
	defer far.Close()
	w.expect("connected manual")
	p := w.Peers()[0]
	if !w.IsOwnNonce(p.LocalNonce()) || w.IsOwnNonce(p.LocalNonce()+1) {
		t.Error("the own nonce is not recognised")
	}
	p.SetFullyConnected()
	if w.IsOwnNonce(p.LocalNonce()) {
		t.Error("a greeted peer's nonce says nothing")
	}
}

// Automatic slots are filled from the book, a group of the network once.
func TestAutomaticConnections(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.AutoConnect, c.FixedSeeds = true, false })
	for i := range 40 {
		s, _ := netaddr.ParseService(fmt.Sprintf("2%d.1.1.1:9999", i), 0)
		w.AddrMan().Add([]netaddr.Entry{{Service: s, Services: 1, Time: uint32(w.now().Unix())}}, s.Addr, 0)
	}
	far := <-w.net.far
	defer far.Close()
	w.expect("connected outbound-full-relay")
	if in, out := w.Count(); in != 0 || out != 1 {
		t.Errorf("%d in, %d out", in, out)
	}
}

func TestEviction(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	peer := func(i int) candidate {
		return candidate{id: int64(i), since: now.Add(time.Duration(i) * time.Second), minPing: time.Duration(i) * time.Millisecond, group: uint64(i % 5)}
	}
	var list []candidate
	for i := range 40 {
		list = append(list, peer(i))
	}
	if _, ok := chooseToEvict(list[:8]); ok {
		t.Error("all of few are protected")
	}
	id, ok := chooseToEvict(slices.Clone(list))
	if !ok {
		t.Fatal("nobody of many")
	}
	// Of what protects, this one has nothing: it is neither quick nor old.
	if id < 20 {
		t.Errorf("peer %d", id)
	}
	list[30].prefer = true
	if id, _ := chooseToEvict(list); id != 30 {
		t.Errorf("peer %d instead of the discouraged one", id)
	}
}

func TestUploadTarget(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	u := &uploadTarget{limit: 800 << 20, window: maxBlockSize}
	u.sent(now, 100<<20)
	if u.reached(now, false) || u.reached(now, true) {
		t.Error("at the beginning")
	}
	u.sent(now, 500<<20) // 144 * 2 MB are kept back
	if u.reached(now, false) || !u.reached(now, true) {
		t.Error("what is left is for new blocks")
	}
	u.sent(now, 200<<20)
	if !u.reached(now, false) || u.left(now) != uploadTime {
		t.Error("used up")
	}
	u.sent(now.Add(uploadTime+time.Second), 1)
	if u.cycle != 1 || u.total != 800<<20+1 {
		t.Errorf("cycle %d, total %d", u.cycle, u.total)
	}
}

func TestAnchorsFile(t *testing.T) {
	s, _ := netaddr.ParseService("8.8.8.8:9999", 0)
	list := []netaddr.Entry{{Service: s, Services: 1, Time: netaddr.UnknownTime}}
	b := encodeAnchors(list, regtestMagic)
	if got, err := decodeAnchors(b, regtestMagic); err != nil || !slices.Equal(got, list) {
		t.Errorf("%v %v", got, err)
	}
	for i := range b {
		bad := bytes.Clone(b)
		bad[i] ^= 1
		if _, err := decodeAnchors(bad, regtestMagic); !errors.Is(err, errAnchors) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
}

func FuzzAnchors(f *testing.F) {
	f.Add(encodeAnchors(nil, regtestMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if list, err := decodeAnchors(b, regtestMagic); err == nil && len(list) >= 0xfd {
			t.Fatal("too many")
		}
	})
}

func TestFixedSeedsAreSound(t *testing.T) {
	w := newWorld(t, nil)
	for _, net := range []string{"main", "test"} {
		w.o.Params.Network = net
		list := w.fixedSeeds()
		if len(list) == 0 {
			t.Errorf("%s has none", net)
		}
		for _, e := range list {
			if !e.IsRoutable() || e.Port == 0 {
				t.Errorf("%s: %s", net, e.Service)
			}
		}
	}
}

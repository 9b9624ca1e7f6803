package integration

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"dashmp/integration/look"
)

// frame is a message of regtest with a sound header.
func frame(msgType string, payload []byte) []byte {
	b := append([]byte{0xfc, 0xc1, 0xb7, 0xdc}, make([]byte, 12)...)
	copy(b[4:], msgType)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	h := sha256.Sum256(payload)
	h = sha256.Sum256(h[:])
	return append(append(b, h[:4]...), payload...)
}

// strangers are ways in which a peer can be hostile before it has said who it
// is. Each gets a fresh connection and returns when the node has ended it, or
// when the deadline of the connection has come.
func strangers() map[string]func(c net.Conn) {
	half := frame("version", make([]byte, 100))[:60]
	huge := frame("block", nil)
	binary.LittleEndian.PutUint32(huge[16:], 3<<20) // and it does not come
	return map[string]func(c net.Conn){
		"garbage":     func(c net.Conn) { _, _ = c.Write(bytes.Repeat([]byte("garbage!"), 4096)); drain(c) },
		"HTTP":        func(c net.Conn) { _, _ = c.Write([]byte("GET / HTTP/1.1\r\n\r\n")); drain(c) },
		"half":        func(c net.Conn) { _, _ = c.Write(half); drain(c) },
		"announced":   func(c net.Conn) { _, _ = c.Write(huge[:24]); drain(c) },
		"silence":     drain,
		"gone":        func(c net.Conn) { c.Close() },
		"slow":        func(c net.Conn) { slowly(c, frame("version", make([]byte, 90))) },
		"unknown":     func(c net.Conn) { flood(c, frame("nonsense", make([]byte, 50_000))) },
		"flood":       func(c net.Conn) { flood(c, frame("ping", make([]byte, 8))) },
		"bad version": func(c net.Conn) { flood(c, frame("version", []byte{1, 2, 3})) },
	}
}

func drain(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func slowly(c net.Conn, b []byte) {
	for i := range b {
		if _, err := c.Write(b[i : i+1]); err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	drain(c)
}

// flood sends at most 64 MiB.
func flood(c net.Conn, b []byte) {
	many := bytes.Repeat(b, 1+(64<<10)/len(b))
	for range (64 << 20) / len(many) {
		if _, err := c.Write(many); err != nil {
			return
		}
	}
}

// attack has so many strangers at a time come twice each. What it returns is
// closed when they have gone.
func attack(t *testing.T, at string, atATime int) <-chan struct{} {
	var wg sync.WaitGroup
	for name, act := range strangers() {
		for range atATime / len(strangers()) {
			wg.Go(func() {
				for range 2 {
					c, err := net.DialTimeout("tcp4", at, callTime)
					if err != nil {
						t.Errorf("%s: %v", name, err)
						return
					}
					_ = c.SetDeadline(time.Now().Add(8 * time.Second))
					act(c)
					c.Close()
				}
			})
		}
	}
	done := make(chan struct{})
	go func() { defer close(done); wg.Wait() }()
	return done
}

// TestHostilePeers: strangers who say nothing, nonsense, or too much, forty at a
// time for a while, take neither the slots beyond their number, nor memory, nor
// the node.
func TestHostilePeers(t *testing.T) {
	const slots, atATime, memory = 20, 40, 400 << 10 // inbound at -maxconnections=31; KiB
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	l.Close()
	n := launch(t, "-listen=1", "-bind="+at, "-maxconnections=31", "-dnsseed=0", "-connect=0", "-peertimeout=2", "-maxreceivebuffer=200")
	kids, _ := n.processes()
	core := kids["dash-node-core"]
	before := look.KiB(core, "VmRSS:")
	done := attack(t, at, atATime)
	most, peers := 0, 0
	for over := false; !over; {
		select {
		case <-done:
			over = true
		case <-time.After(50 * time.Millisecond):
		}
		raw, err := n.call(t.Context(), "getconnectioncount")
		if err != nil {
			t.Fatal(err)
		}
		var count int
		if err := json.Unmarshal(raw, &count); err != nil {
			t.Fatal(err)
		}
		most, peers = max(most, look.KiB(core, "VmRSS:")), max(peers, count)
	}
	if now, _ := n.processes(); now["dash-node-core"] != core {
		t.Error("the core did not survive")
	}
	if most > before+memory {
		t.Errorf("the core has up to %d KiB, %d before", most, before)
	}
	if peers > slots+32 { // those that are ending come on top
		t.Errorf("%d connections", peers)
	}
	n.eventually("all are gone", func() bool {
		raw, err := n.call(t.Context(), "getconnectioncount")
		return err == nil && string(raw) == "0"
	})
	t.Logf("the core held at most %d KiB, %d before; %d connections at a time", most, before, peers)
}

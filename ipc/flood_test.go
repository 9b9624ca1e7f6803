package ipc

import (
	"context"
	"os"
	"runtime"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// TestHostileFlood sends 100,000 hostile messages at a low limit of
// descriptors, over as many connections as it takes. The count of descriptors
// stays where it was, and so does memory.
func TestHostileFlood(t *testing.T) {
	total := 100_000
	if testing.Short() {
		total = 5_000
	}
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	base := openFDs(t)
	low := old
	low.Cur = uint64(base + 24)
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
		t.Skip("cannot lower RLIMIT_NOFILE:", err)
	}
	defer unix.Setrlimit(unix.RLIMIT_NOFILE, &old)
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	fd := int(null.Fd())
	var served atomic.Int64
	boot := probe(func(ctx context.Context, sc *ServerCall) error {
		served.Add(1)
		return echoHandler(ctx, sc)
	})
	keep := boot.acquire()
	defer boot.drop()
	if !keep {
		t.Fatal("dead object")
	}
	stray := encode(t, bootstrapMessage(9))
	surplus := encode(t, probeCall(9, 0, 1, 0).build)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	sent := 0
	for round := 0; sent < total; round++ {
		c, p := rawUncleaned(t, Options{Bootstrap: boot, Limits: hostileLimits()})
		done := p.discard()
		for i := 0; i < 50 && sent < total; i++ {
			sent++
			ok := false
			switch (round + i) % 5 {
			case 0:
				ok = p.write(stray, fd)
			case 1:
				ok = p.write(surplus, fd, fd)
			case 2:
				ok = p.write(stray[:len(stray)/2], fd, fd, fd)
			case 3:
				ok = p.write(framed(words(0x0001000000000000, uint64(i))), fd, fd, fd, fd)
			default:
				ok = p.write(stray)
			}
			if !ok {
				break
			}
		}
		unix.Shutdown(p.fd, unix.SHUT_RDWR)
		receive(t, "the peer's end", done)
		p.close()
		c.Close()
		if n := openFDs(t); n > base+8 {
			t.Fatalf("%d descriptors open after %d messages, %d at the start", n, sent, base)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("the heap has grown by %d KiB", grown>>10)
	}
	t.Logf("%d messages", sent)
}

// TestWriteFlood asks without reading the answers: what waits to be written is
// bounded, and the connection ends.
func TestWriteFlood(t *testing.T) {
	limits := hostileLimits()
	limits.WriteBytes = 1 << 20
	c, p := raw(t, Options{Bootstrap: probeWith(nil, -1, func(_ context.Context, sc *ServerCall) error {
		r, err := sc.NewResults()
		if err != nil {
			return err
		}
		return r.SetData(1, make([]byte, 32<<10))
	}), Limits: limits})
	boot, _ := p.hello()
	var most atomic.Int64
	for i := 0; ; i++ {
		if !p.send(rawCall{id: 9, target: boot, iface: probeID}.build) || c.Err() != nil {
			break
		}
		most.Store(max(most.Load(), int64(c.Stats().QueuedOut)))
		if i > 10_000 {
			t.Fatal("the connection took ten thousand requests")
		}
	}
	endsWith(t, c, ErrLimit)
	if most.Load() > int64(limits.WriteBytes) {
		t.Errorf("%d bytes waited", most.Load())
	}
}

package logd

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// console is a Console that can be stuck.
type console struct {
	mu   sync.Mutex
	b    bytes.Buffer
	hold chan struct{} // if not nil, writes wait until it is closed
}

func (c *console) Write(p []byte) (int, error) {
	if c.hold != nil {
		<-c.hold
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.b.Write(p)
}

func (c *console) lines() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Split(strings.TrimSuffix(c.b.String(), "\n"), "\n")
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func pair(t *testing.T) (service, role *os.File) {
	t.Helper()
	a, b, err := Pair()
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}

func TestServiceWritesInOrderAndLabels(t *testing.T) {
	path := filepath.Join(t.TempDir(), "debug.log")
	var c console
	s := New(Options{Path: path, Console: &c})
	s.Logger().Info("before the log was opened")
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	sup, role := pair(t)
	s.Serve("core", sup)
	snd := NewSender(role)
	log := snd.Logger(NewSwitch(Filter{}))
	for i := range 1000 {
		log.Info(fmt.Sprintf("record %d", i))
	}
	if err := snd.Close(deadline(t)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(deadline(t)); err != nil {
		t.Fatal(err)
	}
	want := "before the log was opened\n"
	for i := range 1000 {
		want += fmt.Sprintf("core: record %d\n", i)
	}
	if got := strings.Join(c.lines(), "\n") + "\n"; got != want {
		t.Errorf("console has %d bytes, want %d", len(got), len(want))
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(file) != "\n\n\n\n\n"+want {
		t.Errorf("file differs from the console: %d bytes", len(file))
	}
	if st, _ := os.Stat(path); st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", st.Mode())
	}
}

// A stuck log blocks neither a role nor the supervisor, and what was lost is
// counted and told.
func TestBlockedLogBlocksNobody(t *testing.T) {
	c := console{hold: make(chan struct{})}
	s := New(Options{Console: &c})
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	sup, role := pair(t)
	s.Serve("core", sup)
	snd := NewSender(role)
	log, own := snd.Logger(NewSwitch(Filter{})), s.Logger()
	text := strings.Repeat("x", 8000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 20000 { // 160 MB, far beyond all buffers
			log.Info(text)
			own.Info("own")
		}
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal("logging blocked")
	}
	if snd.Dropped() == 0 || s.Stats().Lost == 0 {
		t.Fatalf("dropped %d, lost %d: nothing was dropped", snd.Dropped(), s.Stats().Lost)
	}
	close(c.hold)
	// The pump drains; the next accepted record carries the count.
	for snd.Dropped() != 0 {
		log.Info("after")
	}
	if err := snd.Close(deadline(t)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(deadline(t)); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c.lines(), "\n"); !strings.Contains(got, "log records suppressed") || !strings.Contains(got, "core: after") {
		t.Errorf("no report of the loss in %d bytes", len(got))
	}
}

func TestCloseDoesNotHangOnAStuckDisk(t *testing.T) {
	c := console{hold: make(chan struct{})}
	s := New(Options{Console: &c})
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	s.Logger().Info("a")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Close(ctx); err == nil {
		t.Error("Close claims to have written")
	}
	close(c.hold)
	<-s.written
}

// Hostile datagrams cost the role its own lines only.
func TestServeHostileRole(t *testing.T) {
	var c console
	s := New(Options{Console: &c})
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	sup, role := pair(t)
	s.Serve("rpc", sup)
	good := AppendRecord(nil, Record{Level: LevelInfo, Text: "good\x1b\n"})
	fd := int(role.Fd())
	send := func(b, oob []byte) {
		if err := unix.Sendmsg(fd, b, oob, nil, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
	send(bytes.Repeat([]byte("A"), 100), nil)
	send(append(bytes.Clone(good), make([]byte, MaxRecord)...), nil) // longer than any record
	send(good, unix.UnixRights(0, 1, 2))                             // descriptors nobody asked for
	before := openFDs(t)
	for range 100 {
		send(good, unix.UnixRights(0, 1, 2))
	}
	role.Close()
	if err := s.Close(deadline(t)); err != nil {
		t.Fatal(err)
	}
	if after := openFDs(t); after > before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
	got := strings.Join(c.lines(), "\n")
	if n := strings.Count(got, `rpc: good\x1b\x0a`); n != 101 {
		t.Errorf("%d good records, want 101", n)
	}
	if !strings.Contains(got, "malformed: 1 log records suppressed") {
		t.Errorf("no word of the malformed ones in %q", got)
	}
}

func openFDs(t *testing.T) int {
	t.Helper()
	e, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(e)
}

// A role that floods the log is held to its rate; the clock is the test's.
func TestServeRateLimit(t *testing.T) {
	s := New(Options{})
	r := &reader{s: s, label: "core", plain: newBucket(plainRate, plainBurst), debug: newBucket(debugRate, debugBurst)}
	rec := Record{Level: LevelInfo, Text: strings.Repeat("x", plainBurst/1000-headerSize)}
	for range 1500 {
		r.take(testTime, rec)
	}
	if n := len(s.lines); n < 1000 || n > 1001 {
		t.Fatalf("%d of 1500 records passed, want the burst of 1000", n)
	}
	for len(s.lines) > 0 {
		<-s.lines
	}
	r.take(testTime.Add(time.Second), rec)
	if got := string(<-s.lines); !strings.Contains(got, "core: [warning] 500 log records suppressed") && !strings.Contains(got, "499 log records") {
		t.Errorf("got %q", got)
	}
	if err := s.Close(deadline(t)); err != nil {
		t.Fatal(err)
	}
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	path, old := filepath.Join(dir, "debug.log"), filepath.Join(dir, "debug.log.1")
	var c console
	s := New(Options{Path: path, Console: &c})
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	s.Logger().Info("one")
	for !strings.Contains(strings.Join(c.lines(), ""), "one") {
		time.Sleep(time.Millisecond)
	}
	if err := os.Rename(path, old); err != nil {
		t.Fatal(err)
	}
	s.Reopen()
	s.Logger().Info("two")
	if err := s.Close(deadline(t)); err != nil {
		t.Fatal(err)
	}
	a, _ := os.ReadFile(old)
	b, _ := os.ReadFile(path)
	if !strings.HasSuffix(string(a), "one\n") || string(b) != "two\n" {
		t.Errorf("old %q, new %q", a, b)
	}
}

func TestStartFailsInDashCoresWords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "debug.log")
	err := New(Options{Path: path}).Start()
	if err == nil || err.Error() != "Could not open debug log file "+path {
		t.Errorf("got %v", err)
	}
}

func TestShrink(t *testing.T) {
	path := filepath.Join(t.TempDir(), "debug.log")
	big := append(bytes.Repeat([]byte("a"), shrinkAbove-recentHistory+1), bytes.Repeat([]byte("b"), recentHistory)...)
	if err := os.WriteFile(path, big, 0o600); err != nil {
		t.Fatal(err)
	}
	shrink(path)
	got, _ := os.ReadFile(path)
	if len(got) != recentHistory || got[0] != 'b' {
		t.Errorf("%d bytes left, first %q", len(got), got[:1])
	}
	shrink(path)
	if again, _ := os.ReadFile(path); len(again) != recentHistory {
		t.Errorf("a log of the right size was cut to %d", len(again))
	}
}

func TestStderr(t *testing.T) {
	var c console
	s := New(Options{Console: &c})
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	tail := s.Stderr("core", r)
	fmt.Fprintf(w, "panic: \x1b[31mno\n\n%s\nrest", strings.Repeat("y", stderrLine+10))
	w.Close()
	want := "panic: \x1b[31mno\n" + strings.Repeat("y", stderrLine) + "\n" + strings.Repeat("y", 10) + "\nrest\n"
	if got := tail.Wait(nil); string(got) != want {
		t.Errorf("tail %q", got)
	}
	// A process that never stops talking is read to its end and held down.
	r, w, err = os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s.Stderr("rpc", r)
	if _, err := io.Copy(w, io.LimitReader(endless{}, 4<<20)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if err := s.Close(deadline(t)); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(c.lines(), "\n")
	if !strings.Contains(text, `core: [warning] stderr: panic: \x1b[31mno`) {
		t.Errorf("no panic in %.200q", text)
	}
	if len(text) > 4*stderrBurst || !strings.Contains(text, "rpc: [warning] ") || !strings.Contains(text, "suppressed") {
		t.Errorf("%d bytes of stderr were logged", len(text))
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'z'
	}
	return len(p), nil
}

// What a Sender does for a role that logs without need to queue.
func BenchmarkSender(b *testing.B) {
	s := New(Options{Console: io.Discard, Now: func() time.Time { return testTime }})
	if err := s.Start(); err != nil {
		b.Fatal(err)
	}
	sup, role, err := Pair()
	if err != nil {
		b.Fatal(err)
	}
	s.Serve("core", sup)
	snd := NewSender(role)
	log := snd.Logger(NewSwitch(Filter{}))
	for b.Loop() {
		log.Info("UpdateTip: new best=000000000000001122 height=2 version=0x20000000")
	}
	_ = snd.Close(context.Background())
	_ = s.Close(context.Background())
}

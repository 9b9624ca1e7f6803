package logd

import (
	"bytes"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Serve reads the records of one role from its end of a Pair until the role's
// end is closed, and closes its own. It returns at once.
func (s *Service) Serve(label string, socket *os.File) {
	s.readers.Add(1)
	go func() {
		defer s.readers.Done()
		defer socket.Close()
		s.serve(label, socket)
	}()
}

func (s *Service) serve(label string, socket *os.File) {
	r := &reader{s: s, label: label, plain: newBucket(plainRate, plainBurst), debug: newBucket(debugRate, debugBurst)}
	// One byte more than the longest record: a longer one shows by filling it.
	buf := make([]byte, MaxRecord+1)
	for {
		n, err := receive(socket, buf)
		if err != nil || n == 0 {
			r.flush(s.now())
			return
		}
		rec, err := ParseRecord(buf[:n])
		if err != nil {
			r.refuse(s.now())
			continue
		}
		r.take(s.now(), rec)
	}
}

// receive reads one datagram. It never takes a descriptor: none is asked for,
// so the kernel closes what a role may attach. Zero means the end.
func receive(f *os.File, buf []byte) (int, error) {
	rc, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	n := 0
	var rerr error
	err = rc.Read(func(fd uintptr) bool {
		for {
			n, rerr = unix.Read(int(fd), buf)
			if !errors.Is(rerr, unix.EINTR) {
				return !errors.Is(rerr, unix.EAGAIN)
			}
		}
	})
	if err != nil {
		return 0, err
	}
	return n, rerr
}

// reader is the state of one role's stream; it belongs to one goroutine.
type reader struct {
	s            *Service
	label        string
	plain, debug bucket
	held         uint32 // suppressed here by rate
	bad          uint32 // malformed
	said         time.Time
}

// take logs a record if the role's rate allows, and what was lost before it.
func (r *reader) take(now time.Time, rec Record) {
	cost := len(rec.Text) + headerSize
	ok := r.debug.take(now, cost)
	if ok && rec.Category == "" {
		ok = r.plain.take(now, cost)
	}
	if !ok {
		r.held = addSaturating(r.held, addSaturating(1, rec.Dropped))
		return
	}
	r.held = addSaturating(r.held, rec.Dropped)
	r.flush(now)
	r.s.put(r.label, rec)
}

// refuse counts a malformed record and says so once per second at most.
func (r *reader) refuse(now time.Time) {
	r.bad = addSaturating(r.bad, 1)
	if now.Sub(r.said) >= time.Second {
		r.flush(now)
	}
}

// flush reports losses.
func (r *reader) flush(now time.Time) {
	if r.held > 0 {
		r.s.put(r.label, suppressed(r.held))
		r.held = 0
	}
	if r.bad > 0 {
		rec := suppressed(r.bad)
		rec.Text = "malformed: " + rec.Text
		r.s.put(r.label, rec)
		r.bad, r.said = 0, now
	}
}

// Limits of what a process may say on stderr: the stack that the Go runtime
// prints for a violation in trace mode is about 20 KiB.
const (
	stderrLine  = 1 << 10
	stderrRate  = 1 << 10
	stderrBurst = 128 << 10
	tailBytes   = 64 << 10
)

// Tail remembers the end of what a process said on stderr.
type Tail struct {
	mu   sync.Mutex // guards b
	b    []byte
	done chan struct{}
}

// Wait waits until the process has closed its stderr, or stop is closed, and
// returns the end of what it said, as it said it: the caller quotes it before
// it is shown.
func (t *Tail) Wait(stop <-chan struct{}) []byte {
	select {
	case <-t.done:
	case <-stop:
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.b)
}

func (t *Tail) add(line []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(append(t.b, line...), '\n')
	if n := len(t.b) - tailBytes; n > 0 {
		t.b = append(t.b[:0], t.b[n:]...)
	}
}

// Stderr reads the stderr of one process to its end, logs it line by line
// within bounds, and closes the pipe. It returns at once. What exceeds the
// bounds is read and dropped: a process never blocks on its stderr.
func (s *Service) Stderr(label string, pipe *os.File) *Tail {
	t := &Tail{done: make(chan struct{})}
	s.readers.Add(1)
	go func() {
		defer s.readers.Done()
		defer close(t.done)
		defer pipe.Close()
		s.stderr(label, pipe, t)
	}()
	return t
}

func (s *Service) stderr(label string, pipe io.Reader, t *Tail) {
	rate := newBucket(stderrRate, stderrBurst)
	var held uint32
	log := func(line []byte) {
		if len(line) == 0 {
			return
		}
		t.add(line)
		if !rate.take(s.now(), len(line)) {
			held = addSaturating(held, 1)
			return
		}
		if held > 0 {
			s.put(label, suppressed(held))
			held = 0
		}
		s.put(label, Record{Level: LevelWarning, Text: "stderr: " + string(line)})
	}
	buf := make([]byte, 0, stderrLine)
	for {
		n, err := pipe.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		for {
			i := bytes.IndexByte(buf, '\n')
			if i < 0 {
				break
			}
			log(buf[:i])
			buf = buf[:copy(buf, buf[i+1:])]
		}
		if len(buf) == cap(buf) { // a longer line is cut into several
			log(buf)
			buf = buf[:0]
		}
		if err != nil {
			log(buf)
			if held > 0 {
				s.put(label, suppressed(held))
			}
			return
		}
	}
}

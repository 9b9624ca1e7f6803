package logd

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// queueLines is the number of finished lines between readers and writer.
const queueLines = 4096

// Options configures a Service.
type Options struct {
	// Path of the log file, "" for none. It is opened by Start.
	Path string
	// Console gets every line too; nil for none.
	Console io.Writer
	// Format of the lines.
	Format Format
	// Filter of the supervisor's own records; roles filter for themselves.
	Filter Filter
	// Shrink cuts a log that has grown beyond 11 MB to its last 10 MB at Start.
	Shrink bool
	// Now is the clock, nil for time.Now.
	Now func() time.Time
}

// Service is the supervisor's side. Until Start it keeps records; from then on
// its writer goroutine, the only owner of the file, writes them in the order in
// which they arrived.
type Service struct {
	o     Options
	own   *Switch // of the supervisor's own records
	now   func() time.Time
	lines chan []byte

	reopen  atomic.Bool
	lost    atomic.Uint32 // records of the supervisor's own, dropped
	failed  atomic.Uint64 // writes to the file that failed
	stop    chan struct{} // closed by Close: the writer drains and ends
	abandon chan struct{} // closed by Close when its context ends
	written chan struct{} // closed when the writer has ended
	readers sync.WaitGroup

	mu      sync.Mutex // guards started, closed
	started bool
	closed  bool
}

// New returns a service that keeps what is logged until Start.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{
		o: o, own: NewSwitch(o.Filter), now: o.Now, lines: make(chan []byte, queueLines),
		stop: make(chan struct{}), abandon: make(chan struct{}), written: make(chan struct{}),
	}
}

// startError says in Dash Core's words that the log cannot be opened.
type startError struct {
	path string
	err  error
}

func (e *startError) Error() string { return "Could not open debug log file " + e.path }
func (e *startError) Unwrap() error { return e.err }

// Start opens the log file and begins to write. Like Dash Core it sets the run
// apart from the last one by five empty lines.
func (s *Service) Start() error {
	var f *os.File
	if s.o.Path != "" {
		if s.o.Shrink {
			shrink(s.o.Path)
		}
		var err error
		if f, err = openLog(s.o.Path); err != nil {
			return &startError{s.o.Path, err}
		}
		_, _ = f.WriteString("\n\n\n\n\n")
	}
	s.mu.Lock()
	s.started = true
	s.mu.Unlock()
	go s.write(f)
	return nil
}

// Logger returns the supervisor's own logger.
func (s *Service) Logger() *slog.Logger { return slog.New(newHandler(s, s.own)) }

// Categories is the switch of the supervisor's own records, which begins as that
// of every role.
func (s *Service) Categories() *Switch { return s.own }

// Reopen makes the writer open the file anew before its next line, so that the
// old one can be moved away (SIGHUP).
func (s *Service) Reopen() { s.reopen.Store(true) }

// emit takes a record of the supervisor's own. It does not wait.
func (s *Service) emit(r Record) {
	r.Text = cutText(r.Text)
	if n := s.lost.Swap(0); n > 0 && !s.offer(s.o.Format.line(nil, s.now(), "", suppressed(n))) {
		s.lost.Add(n)
	}
	if !s.offer(s.o.Format.line(nil, s.now(), "", r)) {
		s.lost.Add(1)
	}
}

func (s *Service) offer(line []byte) bool {
	select {
	case s.lines <- line:
		return true
	default:
		return false
	}
}

// Put writes one record in the name of label and waits for room in the queue,
// or until the service is closed.
func (s *Service) put(label string, r Record) {
	select {
	case s.lines <- s.o.Format.line(nil, s.now(), label, r):
	case <-s.stop:
		// Closing: what still fits is written.
		s.offer(s.o.Format.line(nil, s.now(), label, r))
	}
}

// write is the writer goroutine.
func (s *Service) write(f *os.File) {
	defer close(s.written)
	defer func() {
		if f != nil {
			_ = f.Close()
		}
	}()
	for {
		select {
		case line := <-s.lines:
			f = s.writeLine(f, line)
		case <-s.stop:
			for {
				select {
				case <-s.abandon:
					return
				default:
				}
				select {
				case line := <-s.lines:
					f = s.writeLine(f, line)
				default:
					return
				}
			}
		}
	}
}

func (s *Service) writeLine(f *os.File, line []byte) *os.File {
	if f != nil && s.reopen.Swap(false) {
		// If the new one cannot be opened, the old one is better than none.
		if n, err := openLog(s.o.Path); err == nil {
			_ = f.Close()
			f = n
		}
	}
	if f != nil {
		if _, err := f.Write(line); err != nil {
			s.failed.Add(1)
		}
	}
	if s.o.Console != nil {
		_, _ = s.o.Console.Write(line)
	}
	return f
}

// Close waits for the readers of Serve and Stderr, whose sockets must have
// ended, writes what is queued and closes the file. When ctx ends first, the
// rest is left: a disk that hangs must not hang the stop.
func (s *Service) Close(ctx context.Context) error {
	s.mu.Lock()
	started, closed := s.started, s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	done := make(chan struct{})
	go func() { s.readers.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
	close(s.stop)
	if !started {
		return nil
	}
	select {
	case <-s.written:
		return nil
	case <-ctx.Done():
		close(s.abandon)
		return fmt.Errorf("logd: close: %w", ctx.Err())
	}
}

// Stats counts what went wrong.
type Stats struct {
	Lost   uint32 // own records dropped and not yet reported
	Failed uint64 // writes to the log file that failed
}

// Stats returns the counters.
func (s *Service) Stats() Stats { return Stats{Lost: s.lost.Load(), Failed: s.failed.Load()} }

// suppressed is the record that stands for n that were dropped.
func suppressed(n uint32) Record {
	return Record{Level: LevelWarning, Text: fmt.Sprintf("%d log records suppressed", n)}
}

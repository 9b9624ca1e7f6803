package notify

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"time"
)

// Bounds. A block per 100 ms, which no network but a test has, stays below the
// rate; the queue holds a burst such as a wallet's rescan.
const (
	maxRunning = 8                     // commands at a time
	maxQueued  = 10000                 // events that wait
	gap        = 10 * time.Millisecond // between two starts, after the burst
	burst      = 200                   // starts without a gap
)

// Options configure a Runner.
type Options struct {
	// Commands holds the templates of each event.
	Commands map[Event][]string
	// Env is the environment of the commands.
	Env []string
	// Stdout and Stderr are the node's own; nil is /dev/null.
	Stdout, Stderr *os.File
	Logger         *slog.Logger
}

// Runner runs commands.
type Runner struct {
	o     Options
	slots chan struct{} // one element per command that may start
	stop  chan struct{}
	done  chan struct{}

	mu      sync.Mutex // guards queue, dropped, closed
	queue   []string
	wake    chan struct{} // capacity 1
	dropped int
	closed  bool
}

// New starts a runner.
func New(o Options) *Runner {
	r := &Runner{
		o: o, slots: make(chan struct{}, maxRunning), wake: make(chan struct{}, 1),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	for range maxRunning {
		r.slots <- struct{}{}
	}
	go r.dispatch()
	return r
}

// Wants reports whether there is a command for the event.
func (r *Runner) Wants(e Event) bool { return len(r.o.Commands[e]) > 0 }

// Post runs the commands of an event some time soon, in the order of the
// events, and returns at once.
func (r *Runner) Post(e Event, v Values) {
	for _, template := range r.o.Commands[e] {
		if template != "" {
			r.enqueue(v.expand(template))
		}
	}
}

func (r *Runner) enqueue(command string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	if len(r.queue) >= maxQueued {
		if r.dropped++; r.dropped == 1 {
			r.o.Logger.Warn("notify commands are dropped: too many wait", "waiting", len(r.queue))
		}
		return
	}
	r.queue = append(r.queue, command)
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// next takes the oldest command, "" if there is none.
func (r *Runner) next() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) == 0 {
		if r.dropped > 0 {
			r.o.Logger.Warn("notify commands were dropped", "count", r.dropped)
			r.dropped = 0
		}
		r.queue = nil
		return ""
	}
	c := r.queue[0]
	r.queue = r.queue[1:]
	return c
}

// dispatch starts commands in order, as fast as slots and rate allow.
func (r *Runner) dispatch() {
	defer close(r.done)
	credit, last := float64(burst), time.Now()
	for {
		select {
		case <-r.wake:
		case <-r.stop:
			return
		}
		for c := r.next(); c != ""; c = r.next() {
			now := time.Now()
			credit = min(burst, credit+float64(now.Sub(last))/float64(gap))
			if last = now; credit < 1 {
				select {
				case <-time.After(gap):
				case <-r.stop:
					return
				}
			}
			credit--
			select {
			case <-r.slots:
			case <-r.stop:
				return
			}
			go func() {
				defer func() { r.slots <- struct{}{} }()
				r.run(context.Background(), c)
			}()
		}
	}
}

// run runs one command to its end, as Dash Core's runCommand does.
func (r *Runner) run(ctx context.Context, command string) {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	cmd.Env = r.o.Env
	if r.o.Stdout != nil {
		cmd.Stdout = r.o.Stdout
	}
	if r.o.Stderr != nil {
		cmd.Stderr = r.o.Stderr
	}
	if err := cmd.Run(); err != nil {
		r.o.Logger.Info(fmt.Sprintf("runCommand error: system(%s) returned %d", command, exitCode(cmd)))
	}
}

func exitCode(cmd *exec.Cmd) int {
	if cmd.ProcessState == nil {
		return -1
	}
	return cmd.ProcessState.ExitCode()
}

// RunShutdown runs the commands of Shutdown at the same time and waits for them
// (Dash Core: ShutdownNotify), but no longer than ctx.
func (r *Runner) RunShutdown(ctx context.Context) {
	var wg sync.WaitGroup
	for _, c := range r.o.Commands[Shutdown] {
		if c != "" {
			wg.Go(func() { r.run(ctx, c) })
		}
	}
	wg.Wait()
}

// Close drops what waits and ends the dispatcher.
func (r *Runner) Close() {
	r.mu.Lock()
	already := r.closed
	r.closed, r.queue = true, nil
	r.mu.Unlock()
	if !already {
		close(r.stop)
	}
	<-r.done
}

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"

	"dashmp/policy"
	"dashmp/sandbox/internal/auditlog"
)

// Violation is the system call for which a filter ended a process.
type Violation struct {
	PID int
	// Comm is the name of the thread; the process chose it.
	Comm string
	// Syscall is the kernel's name of the call, "syscall_N" if it is unknown.
	Syscall string
	Nr      int
	// Arch is the kernel's name of the call's architecture ("x86_64", "i386",
	// "aarch64"); X32 marks the x32 numbers of x86_64.
	Arch string
	X32  bool
	// Args are the raw arguments; known in trace mode only (nil otherwise).
	Args []uint64
	// Source is where it was read: "audit", "kmsg" or "stack".
	Source string
}

// String names the call for people.
func (v Violation) String() string {
	var b strings.Builder
	b.WriteString(v.Syscall)
	if v.Args != nil {
		b.WriteByte('(')
		for i, a := range v.Args {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%#x", a)
		}
		b.WriteByte(')')
	}
	abi := v.Arch
	if v.X32 {
		abi = "x32"
	}
	fmt.Fprintf(&b, " (number %d of %s)", v.Nr, abi)
	return b.String()
}

// Numbers of AUDIT_ARCH_ that a process on amd64 or arm64 can act under.
const (
	auditX86   = 0x40000003
	auditAMD64 = 0xc000003e
	auditARM   = 0x40000028
	auditARM64 = 0xc00000b7

	// x32Bit marks x32 calls of x86_64.
	x32Bit = 0x40000000
)

// newViolation names a call.
func newViolation(pid int, comm string, arch uint32, nr int, source string) Violation {
	v := Violation{PID: pid, Comm: comm, Nr: nr, Source: source}
	goarch := ""
	switch arch {
	case auditAMD64:
		v.Arch, goarch = "x86_64", "amd64"
		if nr > 0 && nr&x32Bit != 0 {
			v.X32, nr = true, nr&^x32Bit
		}
	case auditX86:
		v.Arch = "i386"
	case auditARM64:
		v.Arch, goarch = "aarch64", "arm64"
	case auditARM:
		v.Arch = "arm"
	default:
		v.Arch = fmt.Sprintf("arch_%#x", arch)
	}
	name, ok := policy.SyscallName(goarch, nr)
	if !ok {
		name = fmt.Sprintf("syscall_%d", nr)
	}
	v.Syscall = name
	return v
}

// maxPending bounds the records of processes that nobody has asked for.
const maxPending = 256

// ViolationWatcher collects the kernel's records of seccomp kills. Its methods
// may be called from any goroutine.
type ViolationWatcher struct {
	source *auditlog.Source // nil if there is none
	reason string
	ended  chan struct{}

	mu sync.Mutex // guards the fields below
	// records holds the last record of each process; order is their age.
	records map[int]Violation
	order   []int
	// news is closed and replaced at every record.
	news chan struct{}
}

// NewViolationWatcher subscribes to the kernel's audit records, else to its log.
// It always returns a watcher; Source says what it can see.
func NewViolationWatcher(logger *slog.Logger) *ViolationWatcher {
	w := &ViolationWatcher{
		ended: make(chan struct{}), news: make(chan struct{}), records: make(map[int]Violation),
	}
	source, aerr := auditlog.OpenAudit()
	var kerr error
	if aerr != nil {
		source, kerr = auditlog.OpenKmsg()
	}
	if kerr != nil {
		w.reason = fmt.Sprintf("the kernel's records cannot be read (%v; %v); use -sandbox=trace to see which call it was", aerr, kerr)
		logger.Info("violations will be counted but not decoded", "reason", w.reason)
		close(w.ended)
		return w
	}
	w.source = source
	go w.collect(logger)
	return w
}

// Source returns "audit", "kmsg", or "" with the reason why the kernel's
// records cannot be read and what the operator can do.
func (w *ViolationWatcher) Source() (source, reason string) {
	if w.source == nil {
		return "", w.reason
	}
	return w.source.Name, ""
}

func (w *ViolationWatcher) collect(logger *slog.Logger) {
	defer close(w.ended)
	for {
		r, err := w.source.Next()
		if err != nil {
			if !errors.Is(err, os.ErrClosed) {
				logger.Warn("violations will no longer be decoded", "source", w.source.Name, "err", err)
			}
			return
		}
		if r.Signal == 0 {
			continue // a call that was logged and let through, or refused
		}
		w.add(newViolation(r.PID, r.Comm, r.Arch, r.Nr, w.source.Name))
	}
}

func (w *ViolationWatcher) add(v Violation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.records[v.PID]; !ok {
		w.order = append(w.order, v.PID)
	}
	w.records[v.PID] = v
	if len(w.order) > maxPending {
		delete(w.records, w.order[0])
		w.order = w.order[1:]
	}
	close(w.news)
	w.news = make(chan struct{})
}

// Decode returns the violation of a process that died by SIGSYS and forgets it.
// It waits for the record until ctx ends; the kernel writes it before the
// process is gone, but hands it out from a thread of its own.
//
// The record names the thread that made the call, which need not be the main
// one: Decode finds both, since the kernel reports the thread group's pid.
func (w *ViolationWatcher) Decode(ctx context.Context, pid int) (Violation, bool) {
	for {
		w.mu.Lock()
		v, ok := w.records[pid]
		if ok {
			w.forget(pid)
		}
		news := w.news
		w.mu.Unlock()
		if ok {
			return v, true
		}
		select {
		case <-news:
		case <-w.ended:
			return Violation{}, false
		case <-ctx.Done():
			return Violation{}, false
		}
	}
}

// forget is called with mu held.
func (w *ViolationWatcher) forget(pid int) {
	delete(w.records, pid)
	for i, p := range w.order {
		if p == pid {
			w.order = append(w.order[:i], w.order[i+1:]...)
			return
		}
	}
}

// Close ends the subscription.
func (w *ViolationWatcher) Close() error {
	if w.source == nil {
		return nil
	}
	err := w.source.Close()
	<-w.ended
	return err
}

package sandbox

import (
	"context"
	"log/slog"
)

// Violation is the system call for which a filter ended a process.
type Violation struct {
	PID int
	// Comm is the name of the thread's program.
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
func (v Violation) String() string { return "" }

// ViolationWatcher collects the kernel's records of seccomp kills.
type ViolationWatcher struct{}

// NewViolationWatcher subscribes to the kernel's audit records, else to its log.
// It always returns a watcher; Source says what it can see.
func NewViolationWatcher(logger *slog.Logger) *ViolationWatcher { return nil }

// Source returns "audit", "kmsg", or "" with the reason why the kernel's
// records cannot be read and what the operator can do.
func (w *ViolationWatcher) Source() (source, reason string) { return "", "" }

// Decode returns the violation of a process that died by SIGSYS. It waits for
// the record until ctx ends.
func (w *ViolationWatcher) Decode(ctx context.Context, pid int) (Violation, bool) {
	return Violation{}, false
}

// Close ends the subscription.
func (w *ViolationWatcher) Close() error { return nil }

// ParseTrace reads a violation from what a process in ModeTrace wrote to stderr
// (the last 64 KiB are enough).
func ParseTrace(pid int, stderr []byte) (Violation, bool) { return Violation{}, false }

// Package live reads the seccomp programs of a running process out of the
// kernel, to compare them with what was compiled (invariant I5: what is shown
// is what runs).
//
// # Privileges
//
// The kernel shows filters only to a process that has CAP_SYS_ADMIN in the
// initial user namespace and no seccomp filter of its own (PTRACE_SECCOMP_
// GET_FILTER); anyone else gets ErrNotPermitted. Each thread is stopped for the
// few microseconds that the copy takes.
//
// # What it must not do
//
// It changes nothing in the process it looks at and leaves no thread stopped
// or traced. No role links it, nor does the supervisor: a parent that waits for
// its child would take the stop for the child's end, so that looking at an own
// child is refused.
//
// # Concurrency
//
// A thread has one tracer: two callers must not look at one process at once.
package live

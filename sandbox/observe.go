package sandbox

import "dashmp/policy"

// Observation is what the kernel shows of a process from the outside.
type Observation struct {
	PID, PPID int
	// UID is the effective user id.
	UID     int
	Threads []ThreadState
	// CoreSoft and CoreHard are RLIMIT_CORE in bytes.
	CoreSoft, CoreHard uint64
	// Limits are the soft and hard limits of /proc/PID/limits by the kernel's
	// name without RLIMIT_ ("NOFILE").
	Limits map[string][2]uint64
	// Exe is the link of /proc/PID/exe, "" if it may not be read.
	Exe string
	// EnvEmpty and FDs are valid only if their names ("environ", "fd") are not
	// in Hidden.
	EnvEmpty bool
	FDs      []Descriptor
	// Hidden are the files of /proc/PID that this process may not read; the
	// kernel hides those of a process that is not dumpable from everyone
	// without CAP_SYS_PTRACE.
	Hidden []string
	// BaseFilters is the number of seccomp filters that the observer itself is
	// under and that every child inherits.
	BaseFilters int
}

// ThreadState is one thread as /proc/PID/task/TID/status shows it.
type ThreadState struct {
	TID  int
	Name string
	// NoNewPrivs is 1 if set; Seccomp is 2 for a filter.
	NoNewPrivs, Seccomp, SeccompFilters int
	// The capability sets, one bit each.
	CapInh, CapPrm, CapEff, CapBnd, CapAmb uint64
}

// Evidence is one line of a status output: what is known and who saw it.
type Evidence struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// By is "kernel" if the supervisor read it from the kernel, "process" if
	// the process said so.
	By string `json:"by"`
}

// Observe reads the state of every thread of a process from /proc.
func Observe(pid int) (Observation, error) { return Observation{}, errUnbuilt }

// Verify lists what of o contradicts the spec in that mode; empty means that
// the process is confined on every thread. Nothing may be wired to a process
// with a failure.
func Verify(o Observation, spec *policy.Spec, mode Mode) []string { return []string{"not built yet"} }

// VerifyReport lists what of a self-report contradicts the grant that was sent
// and what the kernel shows.
func VerifyReport(r SelfReport, g Grant, o Observation) []string { return []string{"not built yet"} }

// EvidenceOf lists what is known of a process and who observed it.
func EvidenceOf(r SelfReport, o Observation) []Evidence { return nil }

// LoadedFilters reads the seccomp programs of a process back from the kernel,
// the newest first. It needs CAP_SYS_ADMIN and stops the process for a moment.
func LoadedFilters(pid int) ([][]byte, error) { return nil, errUnbuilt }

package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/sandbox/internal/procfs"
)

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
	// BoundingDroppable: the observer holds CAP_SETPCAP, so its spawner could
	// and must have emptied the bounding set.
	BoundingDroppable bool
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
func Observe(pid int) (Observation, error) {
	o := observer{dir: "/proc/" + strconv.Itoa(pid), out: Observation{PID: pid}}
	for _, step := range []func() error{o.self, o.process, o.threads, o.limits, o.environ, o.fds} {
		if err := step(); err != nil {
			return Observation{}, fmt.Errorf("observe process %d: %w", pid, err)
		}
	}
	o.out.Exe, _ = os.Readlink(o.dir + "/exe")
	return o.out, nil
}

type observer struct {
	dir string
	out Observation
}

// capSetpcap is CAP_SETPCAP.
const capSetpcap = 8

// self reads what every child inherits from the observing process.
func (o *observer) self() error {
	s, err := readStatus("/proc/self/status")
	if err != nil {
		return err
	}
	o.out.BaseFilters = s.SeccompFilters
	o.out.BoundingDroppable = s.CapEff&(1<<capSetpcap) != 0
	return nil
}

func (o *observer) process() error {
	s, err := readStatus(o.dir + "/status")
	if err != nil {
		return err
	}
	o.out.PPID, o.out.UID = s.PPID, s.UID
	return nil
}

func readStatus(path string) (procfs.Status, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return procfs.Status{}, err
	}
	return procfs.ParseStatus(text)
}

// threads lists the threads until two listings agree: a thread made in between
// by one that was not read yet would be missed by a single pass.
func (o *observer) threads() error {
	const tries = 20
	var before []string
	for range tries {
		names, err := filepath.Glob(o.dir + "/task/[0-9]*")
		if err != nil {
			return err
		}
		if before != nil && slices.Equal(before, names) {
			return nil
		}
		before = names
		o.out.Threads = nil
		for _, name := range names {
			s, err := readStatus(name + "/status")
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) {
				continue // the thread has ended
			}
			if err != nil {
				return err
			}
			o.out.Threads = append(o.out.Threads, ThreadState{
				TID: s.PID, Name: s.Name, NoNewPrivs: s.NoNewPrivs,
				Seccomp: s.Seccomp, SeccompFilters: s.SeccompFilters,
				CapInh: s.CapInh, CapPrm: s.CapPrm, CapEff: s.CapEff, CapBnd: s.CapBnd, CapAmb: s.CapAmb,
			})
		}
	}
	return fmt.Errorf("its threads change faster than they can be read (%d tries)", tries)
}

func (o *observer) limits() error {
	text, err := os.ReadFile(o.dir + "/limits")
	if err != nil {
		return err
	}
	o.out.Limits, err = procfs.ParseLimits(text)
	core := o.out.Limits["CORE"]
	o.out.CoreSoft, o.out.CoreHard = core[0], core[1]
	return err
}

// hidden books a file that may not be read; any other error is passed on.
func (o *observer) hidden(name string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		o.out.Hidden = append(o.out.Hidden, name)
		return nil
	}
	return err
}

func (o *observer) environ() error {
	text, err := os.ReadFile(o.dir + "/environ")
	if err != nil {
		return o.hidden("environ", err)
	}
	o.out.EnvEmpty = len(bytes.Trim(text, "\x00")) == 0
	return nil
}

func (o *observer) fds() error {
	entries, err := os.ReadDir(o.dir + "/fd")
	if err != nil {
		return o.hidden("fd", err)
	}
	sockets := o.sockets()
	for _, e := range entries {
		d, err := o.descriptor(e.Name(), sockets)
		if errors.Is(err, fs.ErrNotExist) {
			continue // closed meanwhile
		}
		if err != nil {
			return o.hidden("fd", err)
		}
		o.out.FDs = append(o.out.FDs, d)
	}
	slices.SortFunc(o.out.FDs, func(a, b Descriptor) int { return a.FD - b.FD })
	return nil
}

// sockets reads the kinds of all sockets of the process's network namespace.
func (o *observer) sockets() map[uint64]policy.FDKind {
	kinds := make(map[uint64]policy.FDKind)
	for name, parse := range map[string]func([]byte, map[uint64]policy.FDKind){
		"unix": procfs.ParseUnix, "tcp": procfs.ParseTCP, "tcp6": procfs.ParseTCP,
	} {
		// A table that cannot be read leaves its sockets of unknown kind.
		if text, err := os.ReadFile(o.dir + "/net/" + name); err == nil {
			parse(text, kinds)
		}
	}
	return kinds
}

func (o *observer) descriptor(name string, sockets map[uint64]policy.FDKind) (Descriptor, error) {
	fd, err := strconv.Atoi(name)
	if err != nil {
		return Descriptor{}, err
	}
	target, err := os.Readlink(o.dir + "/fd/" + name)
	if err != nil {
		return Descriptor{}, err
	}
	text, err := os.ReadFile(o.dir + "/fdinfo/" + name)
	if err != nil {
		return Descriptor{}, err
	}
	flags, err := procfs.ParseFDFlags(text)
	if err != nil {
		return Descriptor{}, err
	}
	d := Descriptor{FD: fd, Target: target, Access: policy.ReadWrite}
	switch flags & unix.O_ACCMODE {
	case unix.O_RDONLY:
		d.Access = policy.ReadOnly
	case unix.O_WRONLY:
		d.Access = policy.WriteOnly
	}
	d.Kind = kindOfTarget(target, sockets)
	if d.Kind == policy.KindRegular && strings.HasPrefix(target, "/sys/fs/cgroup/") {
		d.Kind = policy.KindCgroup
	}
	return d, nil
}

// kindOfTarget guesses the kind from the link in /proc/PID/fd; what the process
// checked itself with fstat is in its own report.
func kindOfTarget(target string, sockets map[uint64]policy.FDKind) policy.FDKind {
	switch {
	case target == "/dev/null":
		return policy.KindNull
	case strings.HasPrefix(target, "pipe:["):
		return policy.KindPipe
	case target == "anon_inode:[eventpoll]":
		return policy.KindEpoll
	case target == "anon_inode:[eventfd]":
		return policy.KindEventfd
	case strings.HasPrefix(target, "/secretmem"):
		return policy.KindSecretMem
	case strings.HasPrefix(target, "/memfd:"):
		return policy.KindMemfd
	}
	if rest, ok := strings.CutPrefix(target, "socket:["); ok {
		inode, err := strconv.ParseUint(strings.TrimSuffix(rest, "]"), 10, 64)
		if kind, known := sockets[inode]; err == nil && known {
			return kind
		}
		return "socket"
	}
	if strings.HasPrefix(target, "/") {
		return policy.KindRegular
	}
	return policy.FDKind(target)
}

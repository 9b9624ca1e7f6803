// Command stress does everything that the parts of a role's policy are for,
// under a filter that its parent hands it. It is the program of the ablation
// tests and belongs to no installation.
//
//	stress ROLE SCENARIO...
//
// Descriptors: 3 a pipe with the compiled filter, 4 a stream socket to the
// parent, 5 and 8 the same file for a database, 6 a file for blocks, 7 a TCP
// listener whose clients are the parent. It exits with 0 if every scenario
// succeeded.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"dashmp/policy"
)

// Descriptors that the parent hands over.
const (
	fdFilter   = 3
	fdPeer     = 4
	fdDatabase = 5
	fdBlocks   = 6
	fdListener = 7
	fdSecond   = 8
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "stress:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: stress ROLE SCENARIO [SCENARIO]")
	}
	role, names := policy.Role(args[0]), args[1:]
	scenarios := map[string]func() error{
		"runtime": runtimeScenario, "panic": panicScenario, "wait": waitScenario,
		"ipc": ipcScenario, "sockets": socketScenario, "term": termScenario, "forbidden": forbiddenScenario, "memory": memoryScenario,
		"makesecret": makeSecretScenario, "opensecret": openSecretScenario, "files": filesScenario,
		"database": databaseScenario, "blocks": blocksScenario, "accept": acceptScenario, "peers": peersScenario,
	}
	var chosen []func() error
	for _, name := range names {
		s, ok := scenarios[name]
		if !ok {
			return fmt.Errorf("no scenario %q", name)
		}
		chosen = append(chosen, s)
	}
	time.Sleep(time.Millisecond) // the network poller is made at the first timer
	if err := occupyHeapHint(); err != nil {
		return err
	}
	// What the poller watches before the filter is on is forgotten after it.
	early, _, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("pipe: %w", err)
	}
	// Sockets arrive in non-blocking mode, as they do in a role.
	if err := unix.SetNonblock(fdListener, true); err != nil && !errors.Is(err, unix.EBADF) {
		return fmt.Errorf("listener: %w", err)
	}
	filter, err := io.ReadAll(os.NewFile(fdFilter, "filter"))
	if err != nil {
		return fmt.Errorf("read the filter: %w", err)
	}
	if err := load(filter); err != nil {
		return err
	}
	if err := canary(role); err != nil {
		return err
	}
	for i, s := range chosen {
		fmt.Fprintln(os.Stderr, "scenario", names[i]) // for whoever sees the process die in it
		if err := s(); err != nil {
			return fmt.Errorf("%s: %w", names[i], err)
		}
	}
	return early.Close()
}

// occupyHeapHint maps a page where the runtime would like its second arena, so
// that it has to give back what it gets elsewhere.
func occupyHeapHint() error {
	const arena = 64 << 20
	here := uintptr(unsafe.Pointer(new([1 << 16]byte)))
	for hint := here&^(arena-1) + arena; ; hint += arena {
		_, _, errno := unix.Syscall6(unix.SYS_MMAP, hint, 1<<16, unix.PROT_NONE,
			unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_FIXED_NOREPLACE, ^uintptr(0), 0)
		switch errno {
		case 0:
			return nil
		case unix.EEXIST:
			continue
		}
		return fmt.Errorf("occupy the heap's hint: %w", errno)
	}
}

// load installs the filter on all threads.
func load(filter []byte) error {
	if len(filter) == 0 {
		return errors.New("empty filter")
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	prog := unix.SockFprog{
		Len:    uint16(len(filter) / 8),
		Filter: (*unix.SockFilter)(unsafe.Pointer(&filter[0])),
	}
	tid, _, errno := syscall.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog)))
	runtime.KeepAlive(filter)
	if errno != 0 || tid != 0 {
		return fmt.Errorf("load the filter: %w, thread %d", errno, tid)
	}
	return nil
}

// canary makes the call that only the filter of the role answers.
func canary(role policy.Role) error {
	c, ok := policy.CanaryFor(role, runtime.GOARCH)
	if !ok {
		return fmt.Errorf("no canary for role %q", role)
	}
	_, _, errno := unix.RawSyscall6(uintptr(c.Nr), uintptr(c.Args[0]), uintptr(c.Args[1]), 0, 0, 0, 0)
	if int(errno) != c.Errno {
		return fmt.Errorf("the canary was answered with %d", errno)
	}
	return nil
}

//go:build dashprobe

package probe

import (
	"os"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// forked makes a process that ends at once, and reaps it.
func forked(nr uintptr, args ...word) func(env) error {
	return func(env) error {
		pid, _, errno := unix.RawSyscall6(nr, arg(args, 0), arg(args, 1), 0, 0, 0, 0)
		if errno != 0 {
			return errno
		}
		if pid == 0 {
			unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		}
		_, err := unix.Wait4(int(pid), nil, 0, nil)
		return err
	}
}

func arg(args []word, i int) word {
	if i < len(args) {
		return args[i]
	}
	return 0
}

// raw is an act that is one call with fixed arguments.
func raw(nr uintptr, args ...word) func(env) error {
	return func(env) error { return call(nr, args...) }
}

// onTarget is one call whose first argument is the target's pid.
func onTarget(nr uintptr, rest ...word) func(env) error {
	return func(e env) error { return call(nr, append([]word{word(e.args.Target)}, rest...)...) }
}

func processActs() map[string]func(env) error {
	remote := func(nr uintptr) func(env) error {
		return func(e env) error {
			p := newPins()
			local := p.words(uint64(p.zeros(8)), 8)
			return call(nr, word(e.args.Target), local, 1, p.words(8, 8), 1, 0)
		}
	}
	return map[string]func(env) error{
		"fork": forked(unix.SYS_CLONE, word(unix.SIGCHLD)),
		// CLONE_FS does not go with a new user or mount namespace: EINVAL where
		// the call is made at all.
		"clone.newuser":     raw(unix.SYS_CLONE, unix.CLONE_NEWUSER|unix.CLONE_FS),
		"clone.newns":       raw(unix.SYS_CLONE, unix.CLONE_NEWNS|unix.CLONE_FS),
		"clone.dirty":       raw(unix.SYS_CLONE, dirty(unix.CLONE_SIGHAND)),
		"clone3":            raw(unix.SYS_CLONE3, 0, 0),
		"unshare.user":      raw(unix.SYS_UNSHARE, unix.CLONE_NEWUSER),
		"unshare.fs":        raw(unix.SYS_UNSHARE, unix.CLONE_FS),
		"unshare.files":     raw(unix.SYS_UNSHARE, unix.CLONE_FILES),
		"unshare.net":       raw(unix.SYS_UNSHARE, unix.CLONE_NEWNET),
		"setns":             func(e env) error { return call(unix.SYS_SETNS, word(e.socket), 0) },
		"ptrace.seize":      func(e env) error { return call(unix.SYS_PTRACE, unix.PTRACE_SEIZE, word(e.args.Target), 0, 0) },
		"ptrace.peek":       func(e env) error { return call(unix.SYS_PTRACE, unix.PTRACE_PEEKDATA, word(e.args.Target), 8, 8) },
		"process-vm-readv":  remote(unix.SYS_PROCESS_VM_READV),
		"process-vm-writev": remote(unix.SYS_PROCESS_VM_WRITEV),
		"pidfd-open":        onTarget(unix.SYS_PIDFD_OPEN, 0),
		"pidfd-getfd":       func(e env) error { return call(unix.SYS_PIDFD_GETFD, word(e.socket), 0, 0) },
		"pidfd-send-signal": func(e env) error { return call(unix.SYS_PIDFD_SEND_SIGNAL, word(e.socket), 0, 0, 0) },
		"kcmp": func(e env) error {
			return call(unix.SYS_KCMP, word(os.Getpid()), word(e.args.Target), 1, 0, 0)
		},
		"kill.sibling":   onTarget(unix.SYS_KILL, 0),
		"kill.parent":    func(e env) error { return call(unix.SYS_KILL, word(e.parent), 0) },
		"kill.all":       raw(unix.SYS_KILL, minus(1), 0),
		"tkill.sibling":  onTarget(unix.SYS_TKILL, 0),
		"tgkill.sibling": func(e env) error { return call(unix.SYS_TGKILL, word(e.args.Target), word(e.args.Target), 0) },
		"tgkill.dirty":   func(env) error { return call(unix.SYS_TGKILL, dirty(word(os.Getpid())), word(unix.Gettid()), 0) },
		"rt-sigqueueinfo": func(e env) error {
			return call(unix.SYS_RT_SIGQUEUEINFO, word(e.args.Target), 0, newPins().zeros(128))
		},
		"process-madvise": func(e env) error { return call(unix.SYS_PROCESS_MADVISE, minus(1), 0, 0, 0, 0) },
	}
}

func controlActs() map[string]func(env) error {
	return map[string]func(env) error{
		"fcntl.setown": func(e env) error {
			return call(unix.SYS_FCNTL, word(e.socket), unix.F_SETOWN, word(e.args.Target))
		},
		"fcntl.setlease": func(e env) error { return call(unix.SYS_FCNTL, word(e.socket), unix.F_SETLEASE, 0) },
		"prlimit.sibling": func(e env) error {
			return call(unix.SYS_PRLIMIT64, word(e.args.Target), unix.RLIMIT_NOFILE, 0, newPins().zeros(16))
		},
		"setrlimit": func(env) error {
			p := newPins()
			old := make([]uint64, 2)
			at := p.words(old...)
			if err := call(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_NOFILE, 0, at); err != nil {
				return err
			}
			return call(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_NOFILE, at, 0)
		},
		"prctl.dumpable":  raw(unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 1),
		"prctl.pdeathsig": raw(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, 0),
		"prctl.name":      func(env) error { return call(unix.SYS_PRCTL, unix.PR_SET_NAME, newPins().text("x")) },
		"prctl.ptracer":   raw(unix.SYS_PRCTL, unix.PR_SET_PTRACER, minus(1)),
		"setresuid":       raw(unix.SYS_SETRESUID, minus(1), minus(1), minus(1)),
		"capset": func(env) error {
			p := newPins()
			return call(unix.SYS_CAPSET, p.words(unix.LINUX_CAPABILITY_VERSION_3), p.zeros(24))
		},
		"personality": raw(unix.SYS_PERSONALITY, 0xffffffff),
		"setpriority": raw(unix.SYS_SETPRIORITY, 0, 0, 19),
		"core-dump": func(env) error {
			debug.SetTraceback("crash")
			panic("a crash on purpose")
		},
	}
}

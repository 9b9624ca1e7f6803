package policy

// Numbers of the kernel's interface, the same on amd64 and arm64 (include/uapi).
const (
	protRead      = 0x1
	protReadWrite = 0x3

	mapShared           = 0x01
	mapPrivateAnon      = 0x22
	mapPrivateAnonFixed = 0x32
	mapDroppableAnon    = 0x28

	futexWaitPrivate = 128
	futexWakePrivate = 129

	prSetVMA         = 0x53564d41
	prSetVMAAnonName = 0

	cloneGoAMD64 = 0xd0f00 // VM FS FILES SIGHAND THREAD SYSVSEM SETTLS
	cloneGoARM64 = 0x50f00 // the same without SETTLS

	madvRandom     = 1
	madvDontNeed   = 4
	madvHugePage   = 14
	madvNoHugePage = 15
	madvDontDump   = 16

	clockRealtime  = 0
	clockMonotonic = 1
)

func eq(arg uint, value uint64, name string) Cond {
	return Cond{Arg: arg, Op: Eq, Value: value, Name: name}
}

// onlyBits holds if no bit but those of allowed is set in the full 64-bit
// argument and all bits of required are.
func onlyBits(arg uint, required, allowed uint64, name string) Cond {
	return Cond{Arg: arg, Op: MaskedEq, Mask: ^(allowed &^ required), Value: required, Name: name}
}

// noExec is the condition on the protection of a mapping.
func noExec() Cond { return onlyBits(2, 0, protReadWrite, "no PROT_EXEC") }

func ownPid(arg uint) Cond {
	return Cond{Arg: arg, Op: Eq, Pid: true, Name: "own pid"}
}

func allow(reason, syscall string, args ...Cond) Rule {
	return Rule{Syscall: syscall, Args: args, Reason: reason}
}

// basePart is what the runtime of a Go program without cgo calls after
// start-up, on any machine: with and without a vDSO, under memory pressure,
// with preemption by signal, and when it dies of a panic.
func basePart() Part {
	rules := []Rule{
		allow("every descriptor that was passed", "read"),
		allow("every descriptor that was passed; the runtime's panic on 2", "write"),
		allow("cgroup limits of GOMAXPROCS are read again each second", "pread64"),
		allow("every descriptor", "close"),

		allow("network poller", "epoll_pwait"),
		allow("network poller: register and forget a descriptor", "epoll_ctl"),

		allow("runtime: park a thread", "futex", eq(1, futexWaitPrivate, "FUTEX_WAIT_PRIVATE")),
		allow("runtime: wake a thread", "futex", eq(1, futexWakePrivate, "FUTEX_WAKE_PRIVATE")),
		allow("runtime: usleep of sysmon and of spinning threads", "nanosleep"),
		allow("runtime: osyield while spinning", "sched_yield"),
		allow("the kernel resumes a sleep that a signal or a stop interrupted", "restart_syscall"),
		allow("runtime: number of CPUs, again each second", "sched_getaffinity", eq(0, 0, "self")),

		allow("time.Now where there is no vDSO", "clock_gettime", eq(0, clockRealtime, "CLOCK_REALTIME")),
		allow("time.Now and timers where there is no vDSO", "clock_gettime", eq(0, clockMonotonic, "CLOCK_MONOTONIC")),
		allow("crypto/rand and runtime seeds where there is no vDSO getrandom", "getrandom", eq(2, 0, "no flags")),

		allow("runtime: the pid that tgkill needs", "getpid"),
		allow("runtime: id of a new thread", "gettid"),
		allow("runtime: preempt a thread (SIGURG), or raise a fatal signal in itself", "tgkill",
			ownPid(0), onlyBits(2, 0, 0x7f, "a signal number")),
		allow("runtime: signal handlers (signal.Notify, dying of a signal)", "rt_sigaction"),
		allow("runtime: signal mask of a new thread", "rt_sigprocmask"),
		allow("runtime: return from a signal handler", "rt_sigreturn"),
		allow("runtime: signal stack of a new thread", "sigaltstack"),

		allow("runtime: reserve and map heap", "mmap",
			noExec(), eq(3, mapPrivateAnon, "MAP_PRIVATE|MAP_ANONYMOUS")),
		allow("runtime: map heap inside a reservation", "mmap",
			noExec(), eq(3, mapPrivateAnonFixed, "MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED")),
		allow("runtime: state of the vDSO's getrandom, with the flags the kernel asks for", "mmap",
			noExec(), eq(3, mapDroppableAnon, "MAP_DROPPABLE|MAP_ANONYMOUS")),
		allow("runtime: unused address space; views of descriptors", "munmap"),
		allow("runtime: return pages", "madvise", eq(2, madvDontNeed, "MADV_DONTNEED")),
		allow("runtime: huge pages for the heap", "madvise", eq(2, madvHugePage, "MADV_HUGEPAGE")),
		allow("runtime: no huge pages for heap bitmaps", "madvise", eq(2, madvNoHugePage, "MADV_NOHUGEPAGE")),
		allow("runtime: names its mappings", "prctl",
			eq(0, prSetVMA, "PR_SET_VMA"), eq(1, prSetVMAAnonName, "PR_SET_VMA_ANON_NAME")),

		allow("end of a locked thread", "exit"),
		allow("end of the process", "exit_group"),
	}
	clone := allow("runtime: a new thread, nothing else", "clone", eq(0, cloneGoAMD64, "exactly the runtime's flags"))
	clone.Arch = "amd64"
	cloneARM := allow("runtime: a new thread, nothing else", "clone", eq(0, cloneGoARM64, "exactly the runtime's flags"))
	cloneARM.Arch = "arm64"
	return Part{
		Name:   "base",
		Reason: "the runtime of a Go program without cgo",
		Rules:  append(rules, clone, cloneARM),
	}
}

package probe

// sockets are ways to the network and to other processes' services.
func sockets() []Probe {
	return []Probe{
		ok("socket.tcp", "socket"),
		ok("socket.udp", "socket"),
		// Go's net.Listen uses it by default since 1.24; Landlock's TCP rules do
		// not see it.
		absentAs(ok("socket.mptcp", "socket"), "EPROTONOSUPPORT", "ENOPROTOOPT"),
		privileged("socket.raw", "socket", OK),
		absentAs(privileged("socket.packet", "socket", OK), "EAFNOSUPPORT"),
		ok("socket.netlink", "socket"),
		absentAs(ok("socket.vsock", "socket"), "EAFNOSUPPORT"),
		absentAs(ok("socket.alg", "socket"), "EAFNOSUPPORT"),
		ok("socket.unix", "socket"),
		ok("socketpair", "socketpair"),
		ok("unix.path", "socket"),
		ok("unix.abstract", "socket"),
		// The same calls on the IPC socket, so that it is not socket(2) that ends
		// them.
		fails("connect.path", "connect", "EISCONN"),
		fails("connect.tcp", "connect", "EISCONN", "EINVAL"),
		fails("bind", "bind", "EINVAL"),
		fails("listen", "listen", "EINVAL"),
		fails("accept", "accept", "EINVAL"),
		fails("sendmsg.fastopen", "sendmsg", OK, "EOPNOTSUPP"),
		fails("sendto", "sendto", "EISCONN", "EOPNOTSUPP"),
		fails("recvmsg.inheritable", "recvmsg", "EAGAIN"),
		fails("recvfrom", "recvfrom", "EAGAIN"),
		ok("setsockopt.passcred", "setsockopt"),
	}
}

// files are ways to paths.
func files() []Probe {
	return []Probe{
		ok("open", "openat"),
		onAMD64(ok("open.legacy", "open")),
		ok("create", "openat"),
		// In mode off too, a process that is not dumpable owns nothing of its own
		// in /proc.
		privileged("open.self-mem", "openat", OK),
		ok("open.self-fd", "openat"),
		ok("open.self-exe", "openat"),
		ok("open.target-root", "openat"),
		ok("stat", "newfstatat"),
		onAMD64(ok("stat.legacy", "stat")),
		ok("statx", "statx"),
		ok("access", "faccessat"),
		ok("statfs", "statfs"),
		ok("chmod", "fchmodat"),
		fails("fchmod", "fchmod", OK, "EINVAL", "EPERM"),
		ok("chown", "fchownat"),
		ok("setxattr", "setxattr"),
		fails("getxattr", "getxattr", "ENODATA"),
		ok("utime", "utimensat"),
		ok("truncate", "truncate"),
		ok("mkdir", "mkdirat"),
		ok("unlink", "unlinkat"),
		ok("rename", "renameat"),
		ok("link", "linkat"),
		ok("symlink", "symlinkat"),
		ok("mknod.fifo", "mknodat"),
		fails("readlink", "readlinkat", "EINVAL"),
		ok("chdir", "chdir"),
		fails("fchdir", "fchdir", "ENOTDIR"),
		fails("getdents", "getdents64", "ENOTDIR"),
		ok("inotify", "inotify_init1"),
		ok("name-to-handle", "name_to_handle_at"),
		privileged("open-by-handle", "open_by_handle_at", "EFAULT"),
	}
}

// twins do what a forbidden call does under another number.
func twins() []Probe {
	return []Probe{
		ok("openat2", "openat2"),
		fails("execve", "execve", "ENOENT"),
		fails("execveat", "execveat", "ENOENT"),
		fails("preadv2", "preadv2", "ESPIPE", "EAGAIN"),
		fails("pwritev2", "pwritev2", "ESPIPE"),
		ok("renameat2", "renameat2"),
		ok("faccessat2", "faccessat2"),
		absentAs(ok("fchmodat2", "fchmodat2"), "ENOSYS"),
		fails("epoll-pwait2", "epoll_pwait2", "EBADF"),
		ok("sendmmsg", "sendmmsg"),
		fails("recvmmsg", "recvmmsg", "EAGAIN"),
		fails("splice", "splice", "EINVAL", "EBADF"),
		fails("copy-file-range", "copy_file_range", "EINVAL", "EBADF"),
		ok("memfd.executable", "memfd_create"),
		absentAs(ok("pkey-mprotect.exec", "pkey_mprotect"), "ENOSYS"),
		ok("dup", "dup"),
		ok("dup3", "dup3"),
	}
}

// processes are ways to other processes of the same user and to more power.
func processes() []Probe {
	return []Probe{
		ok("fork", "clone"),
		onAMD64(ok("fork.legacy", "fork")),
		fails("clone.newuser", "clone", "EINVAL"),
		fails("clone.newns", "clone", "EINVAL"),
		fails("clone.dirty", "clone", "EINVAL"),
		fails("clone3", "clone3", "EINVAL"),
		fails("unshare.user", "unshare", "EINVAL"),
		ok("unshare.fs", "unshare"),
		ok("unshare.files", "unshare"),
		privileged("unshare.net", "unshare", OK),
		fails("setns", "setns", "EINVAL"),
		ok("ptrace.seize", "ptrace"),
		fails("ptrace.peek", "ptrace", "ESRCH"),
		fails("process-vm-readv", "process_vm_readv", "EFAULT"),
		fails("process-vm-writev", "process_vm_writev", "EFAULT"),
		ok("pidfd-open", "pidfd_open"),
		fails("pidfd-getfd", "pidfd_getfd", "EBADF"),
		fails("pidfd-send-signal", "pidfd_send_signal", "EBADF"),
		absentAs(ok("kcmp", "kcmp"), "ENOSYS"),
		ok("kill.sibling", "kill"),
		ok("kill.parent", "kill"),
		ok("kill.all", "kill"),
		ok("tgkill.sibling", "tgkill"),
		ok("tgkill.dirty", "tgkill"),
		ok("tkill.sibling", "tkill"),
		fails("rt-sigqueueinfo", "rt_sigqueueinfo", "EPERM", OK),
		ok("fcntl.setown", "fcntl"),
		fails("fcntl.setlease", "fcntl", "EINVAL", "EACCES"),
		fails("process-madvise", "process_madvise", "EBADF"),
		ok("prlimit.sibling", "prlimit64"),
		ok("setrlimit", "prlimit64"),
		ok("prctl.dumpable", "prctl"),
		ok("prctl.pdeathsig", "prctl"),
		ok("prctl.name", "prctl"),
		fails("prctl.ptracer", "prctl", OK, "EINVAL"),
		ok("setresuid", "setresuid"),
		ok("capset", "capset"),
		ok("personality", "personality"),
		ok("setpriority", "setpriority"),
		{Name: "core-dump", Want: "SIGABRT", Control: []string{"SIGABRT with a core"}, Privileged: true, Absent: []string{"SIGABRT"}},
	}
}

// threads are acts whose place or encoding is the point.
func threads() []Probe {
	return []Probe{
		{Name: "threads.canary", Want: "64 threads filtered", Control: []string{"64 threads open"}},
		ok("threads.last", "socket"),
		ok("threads.new", "socket"),
		onAMD64(ok("int80.getpid", "syscall_20")),
		onAMD64(fails("int80.socketcall", "syscall_102", "EINVAL")),
		// Kernels without x32 answer ENOSYS, which is proof enough that the call
		// reached them.
		onAMD64(fails("x32.getpid", "getpid", OK, "ENOSYS")),
		onAMD64(fails("x32.socket", "socket", OK, "ENOSYS")),
		fails("ioctl.tiocsti", "ioctl", "ENOTTY"),
		fails("ioctl.tioclinux", "ioctl", "ENOTTY"),
		fails("ioctl.dirty", "ioctl", "ENOTTY"),
		fails("unknown-number", "syscall_1000", "ENOSYS"),
		fails("negative-number", "syscall_-1", "ENOSYS"),
	}
}

// memory are ways to run code that was not in the program.
func memory() []Probe {
	return []Probe{
		ok("mmap.exec", "mmap"),
		ok("mmap.exec-write", "mmap"),
		ok("mmap.dirty", "mmap"),
		ok("mprotect.exec", "mprotect"),
		fails("fexecve", "execveat", "EACCES"),
		fails("mremap", "mremap", "EFAULT", "EINVAL"),
		fails("remap-file-pages", "remap_file_pages", "EINVAL"),
		absentAs(privileged("userfaultfd", "userfaultfd", OK), "ENOSYS"),
		ok("shmget", "shmget"),
		onAMD64(ok("modify-ldt", "modify_ldt")),
	}
}

// kernel are interfaces that have been ways into the kernel itself.
func kernel() []Probe {
	return []Probe{
		// ENOMEM: the ring counts as locked memory, of which a role has none.
		absentAs(fails("io-uring", "io_uring_setup", OK, "ENOMEM"), "ENOSYS", "EPERM"),
		fails("io-uring.register", "io_uring_register", "EBADF", "EINVAL"),
		privileged("bpf", "bpf", OK, "EINVAL"),
		privileged("perf", "perf_event_open", OK, "EFAULT", "ENOENT", "EINVAL"),
		absentAs(ok("keyctl", "keyctl"), "ENOSYS"),
		absentAs(ok("add-key", "add_key"), "ENOSYS"),
		absentAs(fails("request-key", "request_key", "ENOKEY"), "ENOSYS"),
		privileged("open-tree", "open_tree", OK),
		privileged("mount", "mount", OK),
		privileged("fsopen", "fsopen", OK),
		privileged("umount", "umount2", "EINVAL"),
		privileged("chroot", "chroot", OK),
		privileged("pivot-root", "pivot_root", "EINVAL", "EBUSY"),
		privileged("sethostname", "sethostname", "EINVAL"),
		privileged("syslog", "syslog", OK),
		fails("seccomp", "seccomp", "EINVAL"),
		fails("landlock", "landlock_create_ruleset", OK),
		fails("reboot", "reboot", "EPERM", "EINVAL"),
		absentAs(fails("init-module", "init_module", "EPERM"), "ENOSYS"),
	}
}

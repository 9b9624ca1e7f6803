//go:build dashprobe

package probe

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// opened opens a path and closes it.
func opened(path func(env) string, flags word) func(env) error {
	return func(e env) error {
		fd, err := value(unix.SYS_OPENAT, cwd(), newPins().text(path(e)), flags|unix.O_CLOEXEC, 0o600)
		if err != nil {
			return err
		}
		return unix.Close(int(fd))
	}
}

// onFile makes a call whose arguments are AT_FDCWD, the path of the file, and
// what follows.
func onFile(nr uintptr, rest func(p *pins, e env) []word) func(env) error {
	return func(e env) error {
		p := newPins()
		args := []word{cwd(), p.text(e.args.File)}
		if rest != nil {
			args = append(args, rest(p, e)...)
		}
		return call(nr, args...)
	}
}

func numbers(w ...word) func(*pins, env) []word {
	return func(*pins, env) []word { return w }
}

func fixed(path string) func(env) string { return func(env) string { return path } }

func fileActs() map[string]func(env) error {
	file := func(e env) string { return e.args.File }
	return map[string]func(env) error{
		"open":          opened(file, unix.O_RDONLY),
		"create":        opened(func(e env) string { return e.args.Dir + "/new" }, unix.O_CREAT|unix.O_RDWR),
		"open.self-mem": opened(fixed("/proc/self/mem"), unix.O_RDWR),
		"open.self-exe": opened(fixed("/proc/self/exe"), unix.O_RDONLY),
		// Reopening the pipe behind descriptor 2.
		"open.self-fd": opened(fixed("/proc/self/fd/2"), unix.O_WRONLY),
		"open.target-root": opened(func(e env) string {
			return "/proc/" + strconv.Itoa(e.args.Target) + "/status"
		}, unix.O_RDONLY),
		"stat":   onFile(sysNewfstatat, func(p *pins, _ env) []word { return []word{p.zeros(256), 0} }),
		"statx":  onFile(unix.SYS_STATX, func(p *pins, _ env) []word { return []word{0, unix.STATX_BASIC_STATS, p.zeros(256)} }),
		"access": onFile(unix.SYS_FACCESSAT, numbers(0)),
		"chmod":  onFile(unix.SYS_FCHMODAT, numbers(0o600)),
		"chown":  onFile(unix.SYS_FCHOWNAT, numbers(minus(1), minus(1), 0)),
		"utime":  onFile(unix.SYS_UTIMENSAT, numbers(0, 0)),
		"unlink": onFile(unix.SYS_UNLINKAT, numbers(0)),
		"fchmod": func(e env) error { return call(unix.SYS_FCHMOD, word(e.socket), 0o600) },
		"statfs": func(e env) error {
			p := newPins()
			return call(unix.SYS_STATFS, p.text(e.args.File), p.zeros(256))
		},
		"setxattr": func(e env) error {
			p := newPins()
			return call(unix.SYS_SETXATTR, p.text(e.args.File), p.text("user.probe"), p.text("x"), 1, 0)
		},
		"getxattr": func(e env) error {
			p := newPins()
			return call(unix.SYS_GETXATTR, p.text(e.args.File), p.text("user.none"), p.zeros(8), 8)
		},
		"truncate": func(e env) error { return call(unix.SYS_TRUNCATE, newPins().text(e.args.File), 0) },
		"mkdir": func(e env) error {
			return call(unix.SYS_MKDIRAT, cwd(), newPins().text(e.args.Dir+"/d"), 0o700)
		},
		"rename": onFile(unix.SYS_RENAMEAT, func(p *pins, e env) []word { return []word{cwd(), p.text(e.args.File)} }),
		"link": onFile(unix.SYS_LINKAT, func(p *pins, e env) []word {
			return []word{cwd(), p.text(e.args.File + ".link"), 0}
		}),
		"symlink": func(e env) error {
			p := newPins()
			return call(unix.SYS_SYMLINKAT, p.text("x"), cwd(), p.text(e.args.Dir+"/s"))
		},
		"mknod.fifo": func(e env) error {
			return call(unix.SYS_MKNODAT, cwd(), newPins().text(e.args.Dir+"/f"), unix.S_IFIFO|0o600, 0)
		},
		"readlink": onFile(unix.SYS_READLINKAT, func(p *pins, _ env) []word { return []word{p.zeros(64), 64} }),
		"chdir":    func(e env) error { return call(unix.SYS_CHDIR, newPins().text(e.args.Dir)) },
		"fchdir":   func(e env) error { return call(unix.SYS_FCHDIR, word(e.socket)) },
		"getdents": func(e env) error {
			return call(unix.SYS_GETDENTS64, word(e.socket), newPins().zeros(256), 256)
		},
		"inotify": func(env) error { return call(unix.SYS_INOTIFY_INIT1, unix.IN_CLOEXEC) },
		"name-to-handle": onFile(unix.SYS_NAME_TO_HANDLE_AT, func(p *pins, _ env) []word {
			return []word{p.words(128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), p.zeros(8), 0}
		}),
		"open-by-handle": func(env) error { return call(unix.SYS_OPEN_BY_HANDLE_AT, cwd(), 8, 0) },
	}
}

func twinActs() map[string]func(env) error {
	twice := func(p *pins, e env) []word { return []word{cwd(), p.text(e.args.File), 0} }
	missing := "/nonexistent/program"
	return map[string]func(env) error{
		// struct open_how: flags, mode, resolve.
		"openat2": onFile(unix.SYS_OPENAT2, func(p *pins, _ env) []word { return []word{p.words(unix.O_CLOEXEC, 0, 0), 24} }),
		"execve": func(env) error {
			p := newPins()
			return call(unix.SYS_EXECVE, p.text(missing), p.words(0), p.words(0))
		},
		"execveat": func(env) error {
			p := newPins()
			return call(unix.SYS_EXECVEAT, cwd(), p.text(missing), p.words(0), p.words(0), 0)
		},
		"fexecve": func(e env) error {
			p := newPins()
			return call(unix.SYS_EXECVEAT, word(e.socket), p.text(""), p.words(0), p.words(0), unix.AT_EMPTY_PATH)
		},
		"preadv2":    vector(unix.SYS_PREADV2),
		"pwritev2":   vector(unix.SYS_PWRITEV2),
		"renameat2":  onFile(unix.SYS_RENAMEAT2, twice),
		"faccessat2": onFile(unix.SYS_FACCESSAT2, numbers(0, 0)),
		"fchmodat2":  onFile(sysFchmodat2, numbers(0o600, 0)),
		"epoll-pwait2": func(env) error {
			return call(unix.SYS_EPOLL_PWAIT2, minus(1), newPins().zeros(16), 1, 0, 0, 8)
		},
		"sendmmsg": func(e env) error { return call(unix.SYS_SENDMMSG, word(e.socket), newPins().zeros(64), 0, 0) },
		"recvmmsg": func(e env) error {
			return call(unix.SYS_RECVMMSG, word(e.socket), newPins().words(make([]uint64, 8)...), 1, unix.MSG_DONTWAIT, 0)
		},
		"splice": func(e env) error {
			return call(unix.SYS_SPLICE, word(e.socket), 0, word(e.socket), 0, 1, unix.SPLICE_F_NONBLOCK)
		},
		"copy-file-range": func(e env) error {
			return call(unix.SYS_COPY_FILE_RANGE, word(e.socket), 0, word(e.socket), 0, 1, 0)
		},
		"memfd.executable": func(env) error {
			return call(unix.SYS_MEMFD_CREATE, newPins().text("probe"), unix.MFD_CLOEXEC)
		},
		"pkey-mprotect.exec": func(env) error {
			page, err := mapped(unix.PROT_READ | unix.PROT_WRITE)
			if err != nil {
				return err
			}
			return call(unix.SYS_PKEY_MPROTECT, page, pageSize, unix.PROT_READ|unix.PROT_EXEC, minus(1))
		},
		"dup":  func(e env) error { return call(unix.SYS_DUP, word(e.socket)) },
		"dup3": func(e env) error { return call(unix.SYS_DUP3, word(e.socket), 60, unix.O_CLOEXEC) },
	}
}

// vector reads or writes at offset 0 of a socket, which has none.
func vector(nr uintptr) func(env) error {
	return func(e env) error {
		p := newPins()
		return call(nr, word(e.socket), p.words(uint64(p.zeros(8)), 8), 1, 0, 0, 0)
	}
}

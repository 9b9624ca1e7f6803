//go:build dashprobe

package probe

import "golang.org/x/sys/unix"

const pageSize = 1 << 16 // the largest page of any supported machine

const anonymous = unix.MAP_PRIVATE | unix.MAP_ANONYMOUS

func mapped(prot word) (word, error) {
	return value(unix.SYS_MMAP, 0, pageSize, prot, anonymous, minus(1), 0)
}

func mapping(prot word) func(env) error {
	return func(env) error {
		_, err := mapped(prot)
		return err
	}
}

func memoryActs() map[string]func(env) error {
	return map[string]func(env) error{
		"mmap.exec":       mapping(unix.PROT_READ | unix.PROT_EXEC),
		"mmap.exec-write": mapping(unix.PROT_READ | unix.PROT_WRITE | unix.PROT_EXEC),
		"mmap.dirty":      mapping(dirty(unix.PROT_READ | unix.PROT_WRITE)),
		"mprotect.exec": func(env) error {
			page, err := mapped(unix.PROT_READ | unix.PROT_WRITE)
			if err != nil {
				return err
			}
			return call(unix.SYS_MPROTECT, page, pageSize, unix.PROT_READ|unix.PROT_EXEC)
		},
		"mremap":           raw(unix.SYS_MREMAP, 0, pageSize, pageSize, 0, 0),
		"remap-file-pages": raw(unix.SYS_REMAP_FILE_PAGES, 0, 0, 0, 0, 0),
		"userfaultfd":      raw(unix.SYS_USERFAULTFD, unix.O_CLOEXEC),
		"shmget": func(env) error {
			const private, remove = 0, 0 // IPC_PRIVATE, IPC_RMID
			id, err := value(unix.SYS_SHMGET, private, pageSize, 0o600)
			if err != nil {
				return err
			}
			return call(unix.SYS_SHMCTL, id, remove, 0)
		},
	}
}

func kernelActs() map[string]func(env) error {
	const (
		readLogSize  = 10 // SYSLOG_ACTION_SIZE_BUFFER
		userKeyring  = 4  // KEY_SPEC_USER_KEYRING, negated
		ownKeyring   = 2  // KEY_SPEC_PROCESS_KEYRING, negated
		treeClone    = 1  // OPEN_TREE_CLONE
		perfSoftware = 1  // PERF_TYPE_SOFTWARE in the first word, with the size above
	)
	return map[string]func(env) error{
		"io-uring":          func(env) error { return call(unix.SYS_IO_URING_SETUP, 1, newPins().zeros(128)) },
		"io-uring.register": raw(unix.SYS_IO_URING_REGISTER, minus(1), 0, 0, 0),
		"bpf":               func(env) error { return call(unix.SYS_BPF, 0, newPins().zeros(128), 128) },
		"perf": func(env) error {
			attr := make([]uint64, 16)
			attr[0] = perfSoftware | 128<<32
			return call(unix.SYS_PERF_EVENT_OPEN, newPins().words(attr...), 0, minus(1), minus(1), 0)
		},
		"keyctl": raw(unix.SYS_KEYCTL, 0, minus(userKeyring), 1),
		"add-key": func(env) error {
			p := newPins()
			return call(unix.SYS_ADD_KEY, p.text("user"), p.text("dash-probe"), p.text("x"), 1, minus(ownKeyring))
		},
		"request-key": func(env) error {
			p := newPins()
			return call(unix.SYS_REQUEST_KEY, p.text("user"), p.text("dash-probe-none"), 0, 0)
		},
		"open-tree": func(env) error {
			return call(unix.SYS_OPEN_TREE, cwd(), newPins().text("/"), treeClone|unix.O_CLOEXEC)
		},
		"mount": func(e env) error {
			p := newPins()
			dir := p.text(e.args.Dir)
			if err := call(unix.SYS_MOUNT, p.text("none"), dir, p.text("tmpfs"), 0, 0); err != nil {
				return err
			}
			return call(unix.SYS_UMOUNT2, dir, unix.MNT_DETACH)
		},
		"fsopen": func(env) error { return call(unix.SYS_FSOPEN, newPins().text("tmpfs"), 1) },
		"umount": func(e env) error { return call(unix.SYS_UMOUNT2, newPins().text(e.args.Dir), 0) },
		"chroot": func(e env) error { return call(unix.SYS_CHROOT, newPins().text(e.args.Dir)) },
		"pivot-root": func(e env) error {
			dir := newPins().text(e.args.Dir)
			return call(unix.SYS_PIVOT_ROOT, dir, dir)
		},
		// The length is looked at after the privilege and before the name.
		"sethostname": raw(unix.SYS_SETHOSTNAME, 0, minus(1)),
		"syslog":      raw(unix.SYS_SYSLOG, readLogSize, 0, 0),
		"seccomp":     raw(unix.SYS_SECCOMP, 999, 0, 0),
		"landlock":    raw(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, 1),
		// Without the magic numbers it never does what it says.
		"reboot":      raw(unix.SYS_REBOOT, 0, 0, 0, 0),
		"init-module": func(env) error { return call(unix.SYS_INIT_MODULE, 0, 0, newPins().text("")) },
	}
}

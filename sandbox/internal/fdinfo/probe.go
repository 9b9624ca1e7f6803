package fdinfo

import (
	"fmt"

	"golang.org/x/sys/unix"

	"dashmp/policy"
)

// Kinds beyond those that a manifest can name, for messages.
const (
	KindAnon    policy.FDKind = "anon-inode"
	KindDir     policy.FDKind = "directory"
	KindSymlink policy.FDKind = "symlink"
	KindBlock   policy.FDKind = "block-device"
	KindChar    policy.FDKind = "char-device"
	KindPath    policy.FDKind = "path-only"
)

// Info is what the kernel says of an open descriptor.
type Info struct {
	Kind   policy.FDKind
	Access policy.AccessMode
	// Flags are the file status flags of F_GETFL.
	Flags int
	// Seals are the F_SEAL_ bits; -1 if the file cannot have any.
	Seals int
	// Bytes is the size of a file.
	Bytes int64
}

// Probe describes a descriptor.
func Probe(fd int) (Info, error) {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil {
		return Info{}, fmt.Errorf("descriptor %d: F_GETFL: %w", fd, err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return Info{}, fmt.Errorf("descriptor %d: fstat: %w", fd, err)
	}
	info := Info{Access: access(flags), Flags: flags, Seals: -1, Bytes: st.Size}
	if flags&unix.O_PATH != 0 {
		info.Kind = KindPath
		return info, nil
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		info.Kind, info.Seals = regular(fd, flags)
	case unix.S_IFSOCK:
		info.Kind = socket(fd)
	case unix.S_IFCHR:
		info.Kind = KindChar
		if unix.Major(st.Rdev) == 1 && unix.Minor(st.Rdev) == 3 {
			info.Kind = policy.KindNull
		}
	case unix.S_IFIFO:
		info.Kind = policy.KindPipe
	case unix.S_IFDIR:
		info.Kind = KindDir
	case unix.S_IFBLK:
		info.Kind = KindBlock
	case unix.S_IFLNK:
		info.Kind = KindSymlink
	default:
		info.Kind = KindAnon
	}
	return info, nil
}

func access(flags int) policy.AccessMode {
	switch flags & unix.O_ACCMODE {
	case unix.O_RDONLY:
		return policy.ReadOnly
	case unix.O_WRONLY:
		return policy.WriteOnly
	}
	return policy.ReadWrite
}

// regular tells memory files from files with a name. Both are S_IFREG.
func regular(fd, flags int) (policy.FDKind, int) {
	seals, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0)
	if err == nil {
		// A file of tmpfs answers F_SEAL_SEAL alone, like a memfd that was made
		// without sealing; neither is of use as sealed memory.
		if seals == unix.F_SEAL_SEAL {
			return policy.KindRegular, seals
		}
		return policy.KindMemfd, seals
	}
	// Secret memory is a regular file without any operation for reading: an
	// empty pread fails with ESPIPE on it and on no file that can be stored.
	if flags&unix.O_ACCMODE == unix.O_RDWR {
		if _, err := unix.Pread(fd, nil, 0); err == unix.ESPIPE || err == unix.EINVAL {
			return policy.KindSecretMem, -1
		}
	}
	return policy.KindRegular, -1
}

func socket(fd int) policy.FDKind {
	opt := func(name int) int {
		v, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, name)
		if err != nil {
			return -1
		}
		return v
	}
	domain, typ, listening := opt(unix.SO_DOMAIN), opt(unix.SO_TYPE), opt(unix.SO_ACCEPTCONN)
	switch {
	case domain == unix.AF_UNIX && typ == unix.SOCK_STREAM && listening == 0:
		return policy.KindUnixStream
	case domain == unix.AF_UNIX && typ == unix.SOCK_SEQPACKET && listening == 0:
		return policy.KindUnixSeqpacket
	case (domain == unix.AF_INET || domain == unix.AF_INET6) && typ == unix.SOCK_STREAM:
		if listening == 1 {
			return policy.KindTCPListener
		}
		return policy.KindTCPStream
	}
	return policy.FDKind(fmt.Sprintf("socket(family %d, type %d, listening %d)", domain, typ, listening))
}

// Check compares a descriptor with its class: kind, access mode, seals, and no
// flag that would make it act on its own.
func Check(class policy.FDClass, fd int) (Info, error) {
	info, err := Probe(fd)
	if err != nil {
		return info, err
	}
	return info, info.fits(class, fd)
}

func (i Info) fits(class policy.FDClass, fd int) error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("descriptor %d (%s) %s", fd, class.Name, fmt.Sprintf(format, args...))
	}
	seals := class.Seals
	kind := i.Kind
	if class.Kind == policy.KindSecretMem && kind == policy.KindMemfd {
		// The fallback for kernels without secret memory must not be executable.
		kind, seals = policy.KindSecretMem, seals|unix.F_SEAL_EXEC
	}
	anon := class.Kind == policy.KindEpoll || class.Kind == policy.KindEventfd
	cgroup := class.Kind == policy.KindCgroup && kind == policy.KindRegular
	if kind != class.Kind && !(anon && kind == KindAnon) && !cgroup {
		return bad("is %s, must be %s", i.Kind, class.Kind)
	}
	if i.Access != class.Access {
		return bad("is opened %q, must be %q", i.Access, class.Access)
	}
	if i.Flags&unix.O_ASYNC != 0 {
		return bad("sends signals (O_ASYNC)")
	}
	if i.Kind == policy.KindMemfd && uint32(i.Seals)&seals != seals {
		return bad("has the seals %#x, must have %#x", i.Seals, seals)
	}
	return nil
}

package fdinfo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"dashmp/policy"
)

// Own returns the numbers of all open descriptors of this process, ascending.
func Own() ([]int, error) { return list("/proc/self/fd") }

// OwnThread returns those in the calling thread's own descriptor table.
func OwnThread() ([]int, error) { return list("/proc/thread-self/fd") }

func list(dir string) ([]int, error) {
	d, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	defer unix.Close(d) //nolint:errcheck // a directory that was only read
	var fds []int
	buf := make([]byte, 4096)
	for {
		n, err := unix.ReadDirent(d, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", dir, err)
		}
		if n == 0 {
			break
		}
		_, _, names := unix.ParseDirent(buf[:n], -1, nil)
		for _, name := range names {
			if fd, err := strconv.Atoi(name); err == nil && fd != d {
				fds = append(fds, fd)
			}
		}
	}
	slices.Sort(fds)
	return fds, nil
}

// Link returns the target of the link in /proc/self/fd, for people and to tell
// anonymous inodes apart.
func Link(fd int) string { return link("/proc/self/fd", fd) }

// LinkThread is Link in the calling thread's own descriptor table.
func LinkThread(fd int) string { return link("/proc/thread-self/fd", fd) }

func link(dir string, fd int) string {
	buf := make([]byte, 256)
	n, err := unix.Readlink(dir+"/"+strconv.Itoa(fd), buf)
	if err != nil {
		return ""
	}
	return string(buf[:n])
}

// Links of the anonymous inodes that the Go runtime opens.
const (
	LinkEpoll   = "anon_inode:[eventpoll]"
	LinkEventfd = "anon_inode:[eventfd]"
)

// CheckStrict is Check with what needs more calls: which anonymous inode,
// which file system, whether a socket is connected and which protocol it
// speaks. MPTCP in particular is not TCP: Landlock does not see it.
func CheckStrict(class policy.FDClass, fd int) (Info, error) {
	info, err := Check(class, fd)
	if err != nil {
		return info, err
	}
	bad := func(format string, args ...any) (Info, error) {
		return info, fmt.Errorf("descriptor %d (%s) %s", fd, class.Name, fmt.Sprintf(format, args...))
	}
	target := Link(fd)
	switch class.Kind {
	case policy.KindEpoll:
		if target != LinkEpoll {
			return bad("is %q, must be a poller", target)
		}
	case policy.KindEventfd:
		if target != LinkEventfd {
			return bad("is %q, must be an event counter", target)
		}
	case policy.KindCgroup:
		if !onCgroupFS(fd) {
			return bad("is %q, must be a file of cgroupfs", target)
		}
	case policy.KindPipe:
		if !strings.HasPrefix(target, "pipe:[") {
			return bad("is %q, must be a pipe without a name", target)
		}
	case policy.KindUnixStream, policy.KindUnixSeqpacket, policy.KindTCPStream:
		if _, err := unix.Getpeername(fd); err != nil {
			return bad("is not connected: %v", err)
		}
	}
	if class.Kind == policy.KindTCPListener || class.Kind == policy.KindTCPStream {
		p, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL)
		if err != nil || p != unix.IPPROTO_TCP {
			return bad("speaks protocol %d, must speak TCP", p)
		}
	}
	return info, nil
}

func onCgroupFS(fd int) bool {
	var fs unix.Statfs_t
	if unix.Fstatfs(fd, &fs) != nil {
		return false
	}
	return fs.Type == unix.CGROUP2_SUPER_MAGIC || fs.Type == unix.CGROUP_SUPER_MAGIC
}

// RuntimeName returns the manifest's name of a descriptor that the Go runtime
// opened by itself, "" if it is none.
func RuntimeName(fd int) string {
	switch Link(fd) {
	case LinkEpoll:
		return "epoll"
	case LinkEventfd:
		return "eventfd"
	}
	if onCgroupFS(fd) {
		return "cgroup"
	}
	return ""
}

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/sandbox/internal/procfs"
)

// ParseTraceFor is ParseTrace for any architecture.
func ParseTraceFor(goarch string, stderr []byte) (Violation, bool) {
	return parseTrace(goarch, 1, stderr)
}

// ParseReport and ParseRefusal are the parsers of a child's answer.
var (
	ParseReport  = parseReport
	ParseRefusal = parseRefusal
)

// fake is the real kernel with one thing taken away.
type fake struct {
	linux
	missing string
	parents int
}

// FakeChild is the main function of a child whose kernel lacks what follows the
// colon in argv[0].
func FakeChild() {
	_, missing, _ := strings.Cut(os.Args[0], ":")
	fd, _ := strconv.Atoi(os.Args[2])
	_, err := Enter(context.Background(), fd, EnterOptions{Role: policy.Echo, kernel: &fake{missing: missing}})
	if err == nil {
		err = errors.New("it served")
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(ExitCode(err))
}

func (f *fake) peer(fd int) (int, error) {
	if f.missing == "peer" {
		return 1 << 21, nil
	}
	return f.linux.peer(fd)
}

func (f *fake) parent() int {
	f.parents++
	if f.missing == "parent" && f.parents > 1 {
		return 1
	}
	return f.linux.parent()
}

func (f *fake) pdeathsig() (int, error) {
	if f.missing == "pdeathsig" {
		return 0, nil
	}
	return f.linux.pdeathsig()
}

func (f *fake) environ() []string {
	if f.missing == "environ" {
		return []string{"A=b"}
	}
	return f.linux.environ()
}

func (f *fake) limit(resource int) (soft, hard uint64, err error) {
	soft, hard, err = f.linux.limit(resource)
	if f.missing == "core" && resource == unix.RLIMIT_CORE {
		return 1, 1, nil
	}
	return soft, hard, err
}

func (f *fake) openFDs() ([]int, error) {
	switch f.missing {
	case "proc":
		return nil, os.ErrNotExist
	case "surplus":
		if _, err := unix.Open("/dev/zero", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
			return nil, err
		}
	}
	return f.linux.openFDs()
}

func (f *fake) dumpable() (int, error) {
	if f.missing == "dumpable" {
		return 1, nil
	}
	return f.linux.dumpable()
}

func (f *fake) threads() ([]procfs.Status, error) {
	all, err := f.linux.threads()
	if err == nil {
		last := &all[len(all)-1]
		switch f.missing {
		case "nnp":
			last.NoNewPrivs = 0
		case "caps":
			last.CapInh = 1
		}
	}
	return all, err
}

func (f *fake) landlockABI() (int, error) {
	if f.missing == "landlock" {
		return 0, unix.EOPNOTSUPP
	}
	return f.linux.landlockABI()
}

func (f *fake) landlock(fs, net, scoped uint64) error {
	switch f.missing {
	case "landlock-error":
		return unix.EINVAL
	case "landlock-hollow":
		return nil
	}
	return f.linux.landlock(fs, net, scoped)
}

func (f *fake) seccomp(program []byte) (int, error) {
	switch f.missing {
	case "seccomp":
		return 0, unix.EINVAL
	case "tsync":
		return 4711, nil
	case "canary", "canary-errno":
		return 0, nil
	}
	return f.linux.seccomp(program)
}

func (f *fake) call(nr int, args [6]uint64) syscall.Errno {
	if f.missing == "canary-errno" {
		return syscall.Errno(policy.CanaryErrno - 1)
	}
	return f.linux.call(nr, args)
}

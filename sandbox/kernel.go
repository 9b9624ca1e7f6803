package sandbox

import (
	"syscall"

	"dashmp/sandbox/internal/procfs"
)

// kernel is what entering a sandbox asks of the system. The only other
// implementation is that of the tests, which take one layer away at a time.
type kernel interface {
	pid() int
	parent() int
	// peer returns the pid of the process that made the socket.
	peer(fd int) (int, error)
	environ() []string

	// pdeathsig returns the parent-death signal of the main thread.
	pdeathsig() (int, error)
	// setPdeathsig sets it to SIGKILL on all threads.
	setPdeathsig() error

	limit(resource int) (soft, hard uint64, err error)
	setLimit(resource int, soft, hard uint64) error

	// openFDs lists all open descriptors.
	openFDs() ([]int, error)
	// threads reads the state of every thread.
	threads() ([]procfs.Status, error)

	dumpable() (int, error)
	setUndumpable() error
	// setNoNewPrivs, dropCapabilities and setName act on all threads.
	setNoNewPrivs() error
	dropCapabilities() error
	setName(name string) error

	landlockABI() (int, error)
	landlock(fs, net, scoped uint64) error
	// landlockActs are acts that Landlock must refuse; done releases what they
	// prepared.
	landlockActs() (acts []act, done func())

	// seccomp loads a program on all threads; tid is the thread that could not
	// be brought under it, 0 if there is none.
	seccomp(program []byte) (tid int, err error)
	// call makes a raw system call and returns its errno.
	call(nr int, args [6]uint64) syscall.Errno
}

// act is something that works without Landlock and must not work with it.
type act struct {
	name string
	// abi is the first version of Landlock that refuses it.
	abi int
	// refusal is the errno with which Landlock refuses.
	refusal syscall.Errno
	do      func() error
}

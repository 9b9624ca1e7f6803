package sandbox

import (
	"os"

	"golang.org/x/sys/unix"
)

// landlockActs returns the act that must be refused by every version first, and
// then one per later kind of right. A version number alone proves nothing: there
// are kernels that claim one and lack part of it.
func (linux) landlockActs() ([]act, func()) {
	acts := []act{{name: "open a directory", abi: 1, refusal: unix.EACCES, do: openRoot}}
	acts = append(acts, act{name: "bind a TCP port", abi: 4, refusal: unix.EACCES, do: bindTCP})
	parent := os.Getppid()
	acts = append(acts, act{
		name: "signal the parent", abi: 6, refusal: unix.EPERM,
		do: func() error { return unix.Kill(parent, 0) },
	})
	done := func() {}
	if name, listener, err := listenAbstract(); err == nil {
		done = func() { _ = unix.Close(listener) }
		acts = append(acts, act{
			name: "connect to an abstract socket", abi: 6, refusal: unix.EPERM,
			do: func() error { return connectAbstract(name) },
		})
	}
	return acts, done
}

func openRoot() error {
	fd, err := unix.Open("/", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// bindTCP binds any free port and never listens on it.
func bindTCP() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
	if err != nil {
		return err
	}
	defer unix.Close(fd) //nolint:errcheck // never used
	return unix.Bind(fd, &unix.SockaddrInet4{})
}

// listenAbstract makes a listener under a name that the kernel chooses. Made
// before Landlock is on, it lies outside the domain that the process enters.
func listenAbstract() (name string, fd int, err error) {
	fd, err = unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", -1, err
	}
	err = unix.Bind(fd, &unix.SockaddrUnix{})
	if err == nil {
		err = unix.Listen(fd, 4)
	}
	var own unix.Sockaddr
	if err == nil {
		own, err = unix.Getsockname(fd)
	}
	if err != nil {
		_ = unix.Close(fd)
		return "", -1, err
	}
	return own.(*unix.SockaddrUnix).Name, fd, nil
}

func connectAbstract(name string) error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd) //nolint:errcheck // never used
	return unix.Connect(fd, &unix.SockaddrUnix{Name: name})
}

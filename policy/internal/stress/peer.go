package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// tell asks the parent for something and waits until it has begun.
func tell(what string) error {
	if err := sendAll([]byte(what+"\n"), nil); err != nil {
		return err
	}
	var answer [1]byte
	_, _, err := receive(answer[:])
	return err
}

func sendAll(b []byte, fds []int) error {
	var oob []byte
	if len(fds) > 0 {
		oob = unix.UnixRights(fds...)
	}
	if _, err := unix.SendmsgN(fdPeer, b, oob, nil, unix.MSG_NOSIGNAL); err != nil {
		return fmt.Errorf("sendmsg: %w", err)
	}
	return nil
}

func receive(b []byte) (int, []int, error) {
	oob := make([]byte, unix.CmsgSpace(16*4))
	n, oobn, _, _, err := unix.Recvmsg(fdPeer, b, oob, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return 0, nil, fmt.Errorf("recvmsg: %w", err)
	}
	if n == 0 {
		return 0, nil, fmt.Errorf("recvmsg: the parent has gone")
	}
	messages, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil {
		return 0, nil, fmt.Errorf("control message: %w", err)
	}
	var fds []int
	for _, m := range messages {
		got, err := unix.ParseUnixRights(&m)
		if err != nil {
			return 0, nil, fmt.Errorf("rights: %w", err)
		}
		fds = append(fds, got...)
	}
	return n, fds, nil
}

// ipcScenario sends and receives and, like the echo role, takes no descriptor
// into use.
func ipcScenario() error {
	for range 20 {
		if err := tell("nothing"); err != nil {
			return err
		}
	}
	return nil
}

// socketScenario receives a sibling's socket, checks it as every received
// descriptor is checked, and talks over it through the poller.
func socketScenario() error {
	for range 20 {
		if err := sendAll([]byte("pass a socket\n"), nil); err != nil {
			return err
		}
		var b [1]byte
		_, fds, err := receive(b[:])
		if err != nil {
			return err
		}
		if len(fds) != 1 {
			return fmt.Errorf("%d descriptors", len(fds))
		}
		if err := checkSocket(fds[0]); err != nil {
			return err
		}
		if err := talk(fds[0]); err != nil {
			return err
		}
	}
	return nil
}

func checkSocket(fd int) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fmt.Errorf("fstat: %w", err)
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0); err != nil {
		return fmt.Errorf("F_GETFL: %w", err)
	}
	for _, name := range []int{unix.SO_TYPE, unix.SO_DOMAIN, unix.SO_ACCEPTCONN} {
		if _, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, name); err != nil {
			return fmt.Errorf("socket option %d: %w", name, err)
		}
	}
	return nil
}

// talk runs an echo with the parent over a received socket, through the
// runtime's poller, from several goroutines.
func talk(fd int) error {
	f := os.NewFile(uintptr(fd), "socket")
	defer f.Close()
	want := bytes.Repeat([]byte("echo"), 1<<14)
	var wg sync.WaitGroup
	var werr error
	wg.Go(func() { _, werr = f.Write(want) })
	got := make([]byte, 0, len(want))
	for len(got) < len(want) {
		b := make([]byte, 1<<12)
		n, err := f.Read(b)
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		got = append(got, b[:n]...)
	}
	wg.Wait()
	if werr != nil {
		return fmt.Errorf("write: %w", werr)
	}
	if !bytes.Equal(got, want) {
		return errors.New("the echo differs")
	}
	return nil
}

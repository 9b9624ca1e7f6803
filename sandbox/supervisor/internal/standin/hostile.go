package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/integration/look"
	"dashmp/sandbox/role"
)

// attack does to the supervisor what a core can that has been taken over: it
// writes what it likes to its log socket, to stderr and to its IPC socket, with
// descriptors.
func attack(env *role.Env) {
	env.Log.Info(look.Hostile, look.Hostile, look.Hostile)
	env.Log.Error("hostile: " + strings.Repeat(look.Hostile, 2000))
	fmt.Fprintln(os.Stderr, look.Hostile)
	fmt.Fprint(os.Stderr, strings.Repeat(look.Hostile, 20000))
	null := make([]int, 253)
	rights := unix.UnixRights(null...) // descriptor 0, 253 times
	if fd := logSocket(); fd >= 0 {
		for i := range 500 {
			b := []byte(strings.Repeat(look.Hostile, i%50))
			if i%2 == 0 {
				b = append([]byte{0, 1, 2, 3}, b...)
			}
			_, _ = unix.SendmsgN(fd, b, rights, nil, unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)
		}
	}
	fd, err := strconv.Atoi(os.Args[len(os.Args)-1])
	if err != nil {
		return
	}
	// Requests that every peer answers, each with descriptors; at some point they
	// are too many, and the supervisor closes. If not, a message of 32 GiB does it.
	for i := range uint64(5000) {
		if !force(fd, 5<<32, rights, 1<<32|1<<48, 8, 1<<32|1<<48, 1000+i, 0) {
			return
		}
	}
	force(fd, 0xffffffff<<32, rights)
}

// force sends words with descriptors until the socket takes them; false once it
// has been closed.
func force(fd int, first uint64, rights []byte, more ...uint64) bool {
	b := binary.LittleEndian.AppendUint64(nil, first)
	for _, w := range more {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	for {
		_, err := unix.SendmsgN(fd, b, rights, nil, unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)
		if !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.ETOOMANYREFS) {
			return err == nil
		}
		time.Sleep(time.Millisecond) // it has to be read first
	}
}

// logSocket finds the socket to the log service; -1 if there is none.
func logSocket() int {
	for fd := 3; fd < 32; fd++ {
		if t, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE); err == nil && t == unix.SOCK_SEQPACKET {
			return fd
		}
	}
	return -1
}

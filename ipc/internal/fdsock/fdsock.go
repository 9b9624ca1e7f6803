package fdsock

import (
	"errors"
	"io"
	"os"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What Recv and Send report besides errors of the system.
var (
	// ErrKicked is returned by Recv after Kick.
	ErrKicked = errors.New("kicked")
	// ErrRights is returned by Recv when the peer sent more descriptors than
	// MaxRights, or anything else in a control message. The descriptors that
	// did arrive have been closed.
	ErrRights = errors.New("too many descriptors or a foreign control message")
	// ErrAgain is returned by Send when the socket takes nothing now.
	ErrAgain = errors.New("socket full")
)

// quickBytes is the largest message that is sent without the scheduler knowing:
// copying it takes a microsecond or two.
const quickBytes = 16 << 10

// maxIovec bounds the pieces of one sendmsg; the kernel's own bound is 1024.
const maxIovec = 64

// Socket is a connected unix stream socket.
type Socket struct {
	file *os.File
	raw  syscall.RawConn
	rx   rx
	tx   tx
	// quick: see SetQuick.
	quick atomic.Bool
}

// rx is the state of Recv; it lives here so that a receive allocates nothing.
type rx struct {
	plain  bool
	hdr    unix.Msghdr
	iov    unix.Iovec
	oob    []byte
	read   func(fd uintptr) bool
	n      int
	errno  syscall.Errno
	rights []int
}

// tx is the state of Send.
type tx struct {
	hdr   unix.Msghdr
	iov   [maxIovec]unix.Iovec
	oob   []byte
	write func(fd uintptr)
	// writeWait is write for the poller: false asks it to wait.
	writeWait func(fd uintptr) bool
	small     bool
	n         int
	errno     syscall.Errno
}

// New takes over a connected unix stream socket; it owns file also when it
// fails. maxRights bounds the descriptors of one message, in both directions.
// plain says that none is wanted from the peer: the kernel closes what comes.
//
// A file that Go's poller does not watch (its descriptor was in blocking mode
// when the file was made) is replaced by a duplicate that it does: that needs
// fcntl F_DUPFD_CLOEXEC and F_SETFL, so a process behind a filter is handed
// its sockets in non-blocking mode.
func New(file *os.File, maxRights int, plain bool) (*Socket, error) {
	file, err := pollable(file)
	if err != nil {
		return nil, err
	}
	raw, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return nil, err
	}
	s := &Socket{file: file, raw: raw}
	// Exactly CmsgLen: CmsgSpace rounds up and would admit one more.
	s.rx.oob = make([]byte, unix.CmsgLen(4*maxRights))
	s.rx.rights = make([]int, 0, maxRights)
	s.rx.read, s.rx.plain = s.recvmsg, plain
	if plain {
		s.rx.read = s.read
	}
	s.rx.hdr.Iov = &s.rx.iov
	s.rx.hdr.SetIovlen(1)
	s.tx.oob = make([]byte, unix.CmsgSpace(4*maxRights))
	s.tx.hdr.Iov = &s.tx.iov[0]
	s.tx.write = s.sendmsg
	s.tx.writeWait = func(fd uintptr) bool {
		s.sendmsg(fd)
		return s.tx.errno != unix.EAGAIN
	}
	return s, nil
}

func pollable(file *os.File) (*os.File, error) {
	if file.SetReadDeadline(time.Time{}) == nil {
		return file, nil
	}
	defer file.Close()
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd, dupErr := -1, error(nil)
	if err := raw.Control(func(old uintptr) {
		fd, dupErr = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 3)
	}); err != nil {
		return nil, err
	}
	if dupErr != nil {
		return nil, dupErr
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, err
	}
	dup := os.NewFile(uintptr(fd), file.Name())
	if err := dup.SetReadDeadline(time.Time{}); err != nil {
		dup.Close()
		return nil, err
	}
	return dup, nil
}

// Recv waits for bytes and reads up to len(p) of them. rights are the
// descriptors that came along; the caller owns them, the slice is valid until
// the next Recv. The end of the stream is io.EOF.
func (s *Socket) Recv(p []byte) (n int, rights []int, err error) {
	s.rx.iov.Base = &p[0]
	s.rx.iov.SetLen(len(p))
	err = s.raw.Read(s.rx.read)
	s.rx.iov.Base = nil
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if err := s.file.SetReadDeadline(time.Time{}); err != nil {
				return 0, nil, err
			}
			return 0, nil, ErrKicked
		}
		return 0, nil, err
	}
	if s.rx.errno != 0 {
		return 0, nil, s.rx.errno
	}
	if s.rx.plain {
		if s.rx.n == 0 {
			return 0, nil, io.EOF
		}
		return s.rx.n, nil, nil
	}
	if s.rx.hdr.Controllen > 0 || s.rx.hdr.Flags&unix.MSG_CTRUNC != 0 {
		if err := s.parseRights(); err != nil {
			return 0, nil, err
		}
		rights = s.rx.rights
	}
	if s.rx.n == 0 {
		for _, fd := range rights {
			unix.Close(fd)
		}
		return 0, nil, io.EOF
	}
	return s.rx.n, rights, nil
}

func (s *Socket) recvmsg(fd uintptr) bool {
	r := &s.rx
	for {
		r.hdr.Control = unsafe.SliceData(r.oob)
		r.hdr.SetControllen(len(r.oob))
		r.hdr.Flags = 0
		n, errno := call(s.quick.Load(), unix.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(&r.hdr)), unix.MSG_CMSG_CLOEXEC|unix.MSG_DONTWAIT)
		if errno != unix.EINTR {
			return r.took(n, errno)
		}
	}
}

// read is recvmsg where no descriptor is wanted.
func (s *Socket) read(fd uintptr) bool {
	r := &s.rx
	for {
		n, errno := call(s.quick.Load(), unix.SYS_READ, fd, uintptr(unsafe.Pointer(r.iov.Base)), uintptr(r.iov.Len))
		if errno != unix.EINTR {
			return r.took(n, errno)
		}
	}
}

// took notes what a receive returned; false is for the poller to wait.
func (r *rx) took(n uintptr, errno syscall.Errno) bool {
	if errno == unix.EAGAIN {
		return false
	}
	r.n, r.errno = int(n), errno
	raceRecv()
	return true
}

// SetQuick says whether Recv and Send leave the scheduler out of their system
// calls. These never block, so it has no part in them. But Go's monitor thread,
// which makes long computations give way, sleeps when the process idles until
// the scheduler sees a system call or a timer is due. So quick is for while a
// timer is known to run. Setting it wakes the monitor, which then knows of the
// timer.
func (s *Socket) SetQuick(on bool) {
	s.quick.Store(on)
	unix.Syscall(unix.SYS_GETPID, 0, 0, 0)
}

// call makes a system call that does not block. at points to a field of a Socket
// or to what one refers to, so that it stays where it is meanwhile.
func call(quick bool, nr, fd, at, arg uintptr) (n uintptr, errno syscall.Errno) {
	if quick {
		n, _, errno = unix.RawSyscall(nr, fd, at, arg)
	} else {
		n, _, errno = unix.Syscall(nr, fd, at, arg)
	}
	return n, errno
}

// parseRights collects the descriptors of the last recvmsg. If anything is
// wrong it closes all of them.
func (s *Socket) parseRights() error {
	r := &s.rx
	r.rights = r.rights[:0]
	bad := r.hdr.Flags&unix.MSG_CTRUNC != 0
	oob := r.oob[:r.hdr.Controllen]
	for len(oob) >= unix.CmsgLen(0) {
		h, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			bad = true
			break
		}
		oob = rest
		if h.Level != unix.SOL_SOCKET || h.Type != unix.SCM_RIGHTS {
			bad = true
			continue
		}
		for ; len(data) >= 4; data = data[4:] {
			r.rights = append(r.rights, int(*(*int32)(unsafe.Pointer(&data[0]))))
		}
	}
	if !bad {
		return nil
	}
	for _, fd := range r.rights {
		unix.Close(fd)
	}
	return ErrRights
}

// Send writes as much of the pieces as the socket takes at once, without
// waiting, the rights with the first byte. n counts bytes; if it is positive the
// rights have been sent. The caller still owns them. Only the first maxIovec
// pieces are looked at.
func (s *Socket) Send(pieces [][]byte, rights []int) (n int, err error) {
	count := s.tx.load(pieces, rights)
	err = s.raw.Control(s.tx.write)
	return s.tx.result(count, err)
}

// load points the header at the pieces and returns how many it took.
func (t *tx) load(pieces [][]byte, rights []int) int {
	count, total := 0, 0
	for _, p := range pieces {
		if len(p) == 0 {
			continue
		}
		if count == maxIovec {
			break
		}
		t.iov[count].Base = &p[0]
		t.iov[count].SetLen(len(p))
		total += len(p)
		count++
	}
	t.hdr.SetIovlen(count)
	t.small = total <= quickBytes
	t.putRights(rights)
	return count
}

func (t *tx) result(count int, err error) (int, error) {
	clear(t.iov[:count])
	switch {
	case err != nil:
		return 0, err
	case t.errno == unix.EAGAIN:
		return 0, ErrAgain
	case t.errno != 0:
		return 0, t.errno
	}
	return t.n, nil
}

func (t *tx) putRights(rights []int) {
	if len(rights) == 0 {
		t.hdr.Control = nil
		t.hdr.SetControllen(0)
		return
	}
	h := (*unix.Cmsghdr)(unsafe.Pointer(&t.oob[0]))
	h.Level = unix.SOL_SOCKET
	h.Type = unix.SCM_RIGHTS
	h.SetLen(unix.CmsgLen(4 * len(rights)))
	data := t.oob[unix.CmsgLen(0):]
	for i, fd := range rights {
		*(*int32)(unsafe.Pointer(&data[4*i])) = int32(fd)
	}
	t.hdr.Control = &t.oob[0]
	t.hdr.SetControllen(unix.CmsgLen(4 * len(rights)))
}

func (s *Socket) sendmsg(fd uintptr) {
	t := &s.tx
	raceSend()
	// One piece without rights is a write: no argument of that has to be looked
	// at by a filter, which saves 0.1 µs. A peer that has gone costs a SIGPIPE,
	// which Go's runtime ignores for a descriptor that is not 1 or 2.
	nr, at, arg := uintptr(unix.SYS_SENDMSG), uintptr(unsafe.Pointer(&t.hdr)), uintptr(unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)
	if t.hdr.Iovlen == 1 && t.hdr.Control == nil {
		nr, at, arg = unix.SYS_WRITE, uintptr(unsafe.Pointer(t.iov[0].Base)), uintptr(t.iov[0].Len)
	}
	for {
		n, errno := call(t.small && s.quick.Load(), nr, fd, at, arg)
		if errno == unix.EINTR {
			continue
		}
		t.n, t.errno = int(n), errno
		return
	}
}

// SendWait is Send, but waits until the socket takes at least one byte. While
// it waits no other goroutine may be in Send.
func (s *Socket) SendWait(pieces [][]byte, rights []int) (n int, err error) {
	count := s.tx.load(pieces, rights)
	// The attempt is made inside the poller's loop: an edge that comes between
	// a failed attempt and the wait would be lost otherwise.
	err = s.raw.Write(s.tx.writeWait)
	return s.tx.result(count, err)
}

// Kick makes the current or the next Recv return ErrKicked.
func (s *Socket) Kick() { s.file.SetReadDeadline(time.Unix(1, 0)) }

// Close closes the socket; Recv and SendWait return.
func (s *Socket) Close() error { return s.file.Close() }

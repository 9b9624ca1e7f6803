package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"
)

// RecvFunc receives at most len(p) bytes with their control messages, as
// recvmsg(2) does; it waits until there is something, and 0 bytes mean the end.
type RecvFunc func(p, oob []byte) (n, oobn, flags int, err error)

// Recv returns the RecvFunc of a blocking socket.
func Recv(fd int) RecvFunc {
	return func(p, oob []byte) (int, int, int, error) {
		for {
			n, oobn, flags, _, err := unix.Recvmsg(fd, p, oob, unix.MSG_CMSG_CLOEXEC)
			if err != unix.EINTR {
				return n, oobn, flags, err
			}
		}
	}
}

// Frame is a received frame; its descriptors belong to the caller.
type Frame struct {
	Header
	Body []byte
	FDs  []int
}

// ReadFrame receives one frame of one of the kinds. On an error no descriptor
// stays open. The end of the stream before the first byte is io.EOF.
func ReadFrame(recv RecvFunc, kinds ...FrameKind) (Frame, error) {
	r := reader{recv: recv}
	f, err := r.frame(kinds)
	if err != nil {
		r.closeAll()
		return Frame{}, err
	}
	return f, nil
}

// reader collects the descriptors of the frame that is being read.
type reader struct {
	recv RecvFunc
	fds  []int
}

func (r *reader) frame(kinds []FrameKind) (Frame, error) {
	head := make([]byte, HeaderSize)
	if n, err := r.fill(head); err != nil {
		if errors.Is(err, io.EOF) && n > 0 {
			return Frame{}, fmt.Errorf("header: end after %d bytes: %w", n, ErrTruncated)
		}
		return Frame{}, err
	}
	h, err := ParseHeader(head)
	if err != nil {
		return Frame{}, err
	}
	due := false
	for _, k := range kinds {
		due = due || k == h.Kind
	}
	if !due {
		return Frame{}, fmt.Errorf("frame kind %d is not due: %w", h.Kind, ErrKind)
	}
	if err := r.checkFDs(h.FDs); err != nil {
		return Frame{}, err
	}
	body := make([]byte, h.Size)
	if n, err := r.fill(body); err != nil {
		if errors.Is(err, io.EOF) {
			return Frame{}, fmt.Errorf("body: end after %d of %d bytes: %w", n, h.Size, ErrTruncated)
		}
		return Frame{}, err
	}
	// Rights that came with the body are surplus by definition.
	if err := r.checkFDs(h.FDs); err != nil {
		return Frame{}, err
	}
	return Frame{Header: h, Body: body, FDs: r.fds}, nil
}

func (r *reader) checkFDs(want int) error {
	switch {
	case len(r.fds) < want:
		return fmt.Errorf("%d of %d descriptors: %w", len(r.fds), want, ErrFDsMissing)
	case len(r.fds) > want:
		return fmt.Errorf("%d descriptors, %d announced: %w", len(r.fds), want, ErrFDsSurplus)
	}
	return nil
}

// fill reads exactly len(p) bytes and collects the descriptors on the way.
func (r *reader) fill(p []byte) (int, error) {
	oob := make([]byte, unix.CmsgSpace(MaxFDs*4))
	done := 0
	for done < len(p) {
		n, oobn, flags, err := r.recv(p[done:], oob)
		if err != nil {
			return done, fmt.Errorf("recvmsg: %w", err)
		}
		fds, err := ParseRights(oob[:oobn])
		r.fds = append(r.fds, fds...)
		if err != nil {
			return done, err
		}
		if flags&unix.MSG_CTRUNC != 0 {
			return done, ErrFDsLost
		}
		if len(r.fds) > MaxFDs {
			return done, fmt.Errorf("%d descriptors: %w", len(r.fds), ErrFDsSurplus)
		}
		if n == 0 {
			return done, io.EOF
		}
		done += n
	}
	return done, nil
}

func (r *reader) closeAll() {
	for _, fd := range r.fds {
		_ = unix.Close(fd)
	}
	r.fds = nil
}

// ParseRights returns the descriptors of the SCM_RIGHTS messages in oob. On an
// error those found so far are returned too, so that they can be closed.
// Control messages of another type hold no descriptor and are ignored.
func ParseRights(oob []byte) ([]int, error) {
	var fds []int
	for len(oob) >= unix.SizeofCmsghdr {
		h, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			return fds, fmt.Errorf("control message: %w", ErrTruncated)
		}
		oob = rest
		if h.Level != unix.SOL_SOCKET || h.Type != unix.SCM_RIGHTS {
			continue
		}
		for ; len(data) >= 4; data = data[4:] {
			fds = append(fds, int(int32(binary.NativeEndian.Uint32(data))))
		}
	}
	return fds, nil
}

// SendFunc sends as sendmsg(2) does and returns the number of bytes taken.
type SendFunc func(p, oob []byte) (int, error)

// Send returns the SendFunc of a blocking socket.
func Send(fd int) SendFunc {
	return func(p, oob []byte) (int, error) {
		for {
			n, err := unix.SendmsgN(fd, p, oob, nil, unix.MSG_NOSIGNAL)
			if err != unix.EINTR {
				return n, err
			}
		}
	}
}

// WriteFrame sends a whole frame, the descriptors with its first bytes.
func WriteFrame(send SendFunc, frame []byte, fds []int) error {
	if len(frame) < HeaderSize || len(fds) > MaxFDs {
		return fmt.Errorf("frame of %d bytes, %d descriptors: %w", len(frame), len(fds), ErrTooLong)
	}
	var oob []byte
	if len(fds) > 0 {
		oob = unix.UnixRights(fds...)
	}
	// The rights go with the header alone: the kernel ends a recvmsg after the
	// buffer that carries rights, so the reader gets both together.
	n, err := send(frame[:HeaderSize], oob)
	for err == nil {
		frame = frame[n:]
		if len(frame) == 0 {
			return nil
		}
		n, err = send(frame, nil)
	}
	return fmt.Errorf("sendmsg: %w", err)
}

// Answer returns the frame of an answer without descriptors.
func Answer(kind FrameKind, body []byte) ([]byte, error) {
	if len(body) > MaxReport {
		return nil, fmt.Errorf("answer of %d bytes: %w", len(body), ErrTooLong)
	}
	return append(Header{Kind: kind, Size: len(body)}.Append(nil), body...), nil
}

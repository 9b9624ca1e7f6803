package auditlog

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Source is an open subscription to the kernel's records.
type Source struct {
	// Name is "audit" or "kmsg".
	Name  string
	file  *os.File
	parse func([]byte) (Record, bool)
}

// auditReadLog is the multicast group AUDIT_NLGRP_READLOG as a bit.
const auditReadLog = 1

// maxRecord bounds one record in bytes (MAX_AUDIT_MESSAGE_LENGTH is 8970).
const maxRecord = 16384

// OpenAudit subscribes to the audit multicast group.
func OpenAudit() (*Source, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_AUDIT)
	if err != nil {
		return nil, fmt.Errorf("audit socket: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: auditReadLog}); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("audit group (needs CAP_AUDIT_READ): %w", err)
	}
	return &Source{Name: "audit", file: os.NewFile(uintptr(fd), "audit"), parse: ParseNetlink}, nil
}

// OpenKmsg reads the kernel log from its end.
func OpenKmsg() (*Source, error) {
	fd, err := unix.Open("/dev/kmsg", unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("/dev/kmsg: %w", err)
	}
	if _, err := unix.Seek(fd, 0, unix.SEEK_END); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("/dev/kmsg: %w", err)
	}
	return &Source{Name: "kmsg", file: os.NewFile(uintptr(fd), "kmsg"), parse: ParseKmsg}, nil
}

// Next waits for the next record of seccomp. Records that were lost, because
// the kernel's buffer ran over, are skipped.
func (s *Source) Next() (Record, error) {
	buf := make([]byte, maxRecord)
	for {
		n, err := s.file.Read(buf)
		switch {
		case errors.Is(err, unix.EPIPE), errors.Is(err, unix.ENOBUFS), errors.Is(err, unix.EINVAL):
			continue // overrun, or a line of the log longer than the buffer
		case err != nil:
			return Record{}, err
		}
		if r, ok := s.parse(buf[:n]); ok {
			return r, nil
		}
	}
}

// Close ends the subscription and wakes Next.
func (s *Source) Close() error { return s.file.Close() }

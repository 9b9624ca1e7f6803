package ipc

import "dashmp/ipc/internal/memfile"

// Bulk is a payload of about 1 MiB or more in a memory file that nobody can
// change any more. Copies share the ownership. The zero Bulk holds nothing.
type Bulk struct {
	own  *owned
	size int
}

// NewBulk copies b into a sealed memory file.
func NewBulk(b []byte) (Bulk, error) {
	fd, err := memfile.NewBulk(b)
	if err != nil {
		return Bulk{}, Errorf(ErrDescriptor, "bulk memory: %v", err)
	}
	return Bulk{own(fd), len(b)}, nil
}

// receivedBulk judges a descriptor that a peer sent as a payload.
func receivedBulk(o *owned, limit int) (Bulk, error) {
	size, err := memfile.Size(o.get(), limit, true)
	if err != nil {
		return Bulk{}, Errorf(ErrDescriptor, "bulk: %v", err)
	}
	return Bulk{o, size}, nil
}

// Bytes returns a copy of the payload.
func (b Bulk) Bytes() ([]byte, error) {
	fd := b.own.get()
	if fd < 0 {
		return nil, Errorf(ErrDescriptor, "no payload")
	}
	p, err := memfile.Read(fd, b.size)
	if err != nil {
		return nil, Errorf(ErrDescriptor, "bulk: %v", err)
	}
	return p, nil
}

// Open maps the payload read-only, passes a view of it to use, and unmaps it.
// The view must not be kept.
func (b Bulk) Open(use func(p []byte) error) error {
	fd := b.own.get()
	if fd < 0 {
		return Errorf(ErrDescriptor, "no payload")
	}
	return memfile.View(fd, b.size, use)
}

// Len is the length in bytes.
func (b Bulk) Len() int { return b.size }

// IsValid reports whether b holds a payload.
func (b Bulk) IsValid() bool { return b.own.get() >= 0 }

// Close gives the payload up.
func (b Bulk) Close() { b.own.close() }

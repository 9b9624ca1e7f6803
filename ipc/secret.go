package ipc

import (
	"fmt"
	"io"
	"log/slog"

	"dashmp/ipc/internal/memfile"
)

const redacted = "[redacted]"

// Secret is bytes that exist only in memory of their own, outside the Go heap,
// and that travel only as a descriptor. It prints as [redacted] by every verb of
// fmt, in slog and in JSON. Copies share the ownership. The zero Secret holds
// nothing.
type Secret struct {
	own *owned
	// size is the length in bytes, checked when the secret was made or received.
	size int
	// wipe says that the memory is not cleared by the kernel when it is freed.
	wipe bool
}

// NewSecret copies b into secret memory; the caller wipes b. It is a
// memfd_secret, or where the kernel or RLIMIT_MEMLOCK refuses one, a memfd
// without execution that cannot be resized.
func NewSecret(b []byte) (Secret, error) {
	fd, sealed, err := memfile.NewSecret(b)
	if err != nil {
		return Secret{}, Errorf(ErrDescriptor, "secret memory: %v", err)
	}
	return Secret{own(fd), len(b), sealed}, nil
}

// receivedSecret judges a descriptor that a peer sent as a secret.
func receivedSecret(o *owned, limit int) (Secret, error) {
	size, err := memfile.Size(o.get(), limit, false)
	if err != nil {
		return Secret{}, Errorf(ErrDescriptor, "secret: %v", err)
	}
	return Secret{o, size, true}, nil
}

// Open maps the secret read-only, passes a view of it to use, and unmaps it.
// The view must not be kept, and what use copies out of it is use's to wipe.
// Close the secret as soon as it is not needed: a descriptor can be stolen by
// who controls the process, a mapping that is gone cannot.
func (s Secret) Open(use func(b []byte) error) error {
	fd := s.own.get()
	if fd < 0 {
		return Errorf(ErrDescriptor, "no secret")
	}
	return memfile.View(fd, s.size, use)
}

// Len is the length in bytes.
func (s Secret) Len() int { return s.size }

// IsValid reports whether s holds a secret.
func (s Secret) IsValid() bool { return s.own.get() >= 0 }

// Close wipes the secret where the kernel does not, and gives it up.
func (s Secret) Close() {
	if fd := s.own.get(); fd >= 0 && s.wipe {
		memfile.Wipe(fd, s.size)
	}
	s.own.close()
}

// Format prints [redacted], whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// String returns [redacted].
func (s Secret) String() string { return redacted }

// GoString returns [redacted].
func (s Secret) GoString() string { return redacted }

// LogValue returns [redacted].
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON returns "[redacted]".
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText returns [redacted].
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

package launch

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// CapReport says how the capabilities were dropped.
type CapReport struct {
	// BoundingDropped: the bounding set is empty. Without CAP_SETPCAP (an
	// ordinary user) it cannot be; no_new_privs then is what keeps a program
	// from gaining any of it.
	BoundingDropped bool
	// SecurebitsLocked: uid 0 means nothing to exec any more, irrevocably.
	SecurebitsLocked bool
}

// secureBits makes uid 0 an ordinary user for exec and setuid, forbids raising
// ambient capabilities, and locks all of that.
const secureBits = 1<<0 | 1<<1 | // SECBIT_NOROOT and its lock
	1<<2 | 1<<3 | // SECBIT_NO_SETUID_FIXUP and its lock
	1<<5 | // SECBIT_KEEP_CAPS_LOCKED
	1<<6 | 1<<7 // SECBIT_NO_CAP_AMBIENT_RAISE and its lock

// maxCap is beyond every capability there is or will soon be: the sets have 64
// bits.
const maxCap = 63

// dropCapabilities empties all sets of the calling thread.
func dropCapabilities() (CapReport, error) {
	var r CapReport
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return r, fmt.Errorf("launch: clear ambient capabilities: %w", err)
	}
	r.BoundingDropped = dropBounding()
	err := unix.Prctl(unix.PR_SET_SECUREBITS, secureBits, 0, 0, 0)
	switch {
	case err == nil:
		r.SecurebitsLocked = true
	case !errors.Is(err, unix.EPERM): // needs CAP_SETPCAP
		return r, fmt.Errorf("launch: securebits: %w", err)
	}
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&head, &none[0]); err != nil {
		return r, fmt.Errorf("launch: capset: %w", err)
	}
	var got [2]unix.CapUserData
	if err := unix.Capget(&head, &got[0]); err != nil {
		return r, fmt.Errorf("launch: capget: %w", err)
	}
	if got != none {
		return r, fmt.Errorf("launch: capabilities remain: %+v", got)
	}
	return r, nil
}

// dropBounding empties the bounding set and reports whether it is empty.
func dropBounding() bool {
	for c := uintptr(0); c <= maxCap; c++ {
		set, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, c, 0, 0, 0)
		if err != nil { // EINVAL: the kernel has no more
			return c > 0
		}
		if set == 0 {
			continue
		}
		if unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0) != nil {
			return false
		}
	}
	return true
}

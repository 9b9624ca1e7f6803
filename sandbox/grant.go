package sandbox

import (
	"encoding/json"
	"os"

	"dashmp/policy"
)

// Grant is all that a process is given: its role, what confines it, its
// descriptors and its configuration.
type Grant struct {
	Role policy.Role
	// Build identifies the build of the supervisor; a role program of another
	// build refuses it.
	Build string
	Mode  Mode
	// Filter is the seccomp program, struct sock_filter[] in native order, with
	// the child's pid filled in (policy.Program.ForPID). Empty exactly if Mode
	// is ModeOff.
	Filter []byte
	// Landlock is what is to be denied.
	Landlock policy.Landlock
	// Config is a JSON object of the role's own type.
	Config json.RawMessage
	// FDs are the descriptors. Child.Send neither closes nor changes them.
	FDs []NamedFD
}

// NamedFD is a descriptor under its name in the role's manifest: the entry's
// Name if its Max is 1, else "Name/0", "Name/1" and so on without a gap, or
// "option/NAME" for a secret option.
type NamedFD struct {
	Name string
	File *os.File
}

package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"dashmp/policy"
	"dashmp/sandbox/internal/wire"
)

// Grant is all that a process is given: its role, what confines it, its
// descriptors and its configuration.
type Grant struct {
	Role policy.Role
	// Build identifies the build of the supervisor; a role program of another
	// build refuses it. 1 to 128 bytes of printable ASCII without spaces.
	Build string
	Mode  Mode
	// Filter is the seccomp program, struct sock_filter[] in native order, with
	// the child's pid filled in (policy.Program.ForPID). Empty exactly if Mode
	// is ModeOff.
	Filter []byte
	// Landlock is what is to be denied.
	Landlock policy.Landlock
	// Config is a JSON object of the role's own type, at most 1 MiB.
	Config json.RawMessage
	// FDs are the descriptors, at most 128. Child.Send neither closes nor
	// changes them.
	FDs []NamedFD
}

// NamedFD is a descriptor under its name in the role's manifest: the entry's
// Name if its Max is 1, else "Name/0", "Name/1" and so on without a gap, or
// "option/NAME" for a secret option.
type NamedFD struct {
	Name string
	File *os.File
}

// encode returns the frame; the descriptors go beside it in the order of FDs.
func (g *Grant) encode() ([]byte, error) {
	w := wire.Grant{
		Role: string(g.Role), Build: g.Build, Mode: string(g.Mode),
		Filter: g.Filter, Config: g.Config,
		FS: toRights(g.Landlock.FS), Net: toRights(g.Landlock.Net), Scoped: toRights(g.Landlock.Scoped),
	}
	for _, f := range g.FDs {
		if f.File == nil {
			return nil, fmt.Errorf("grant: descriptor %q is nil", f.Name)
		}
		w.Names = append(w.Names, f.Name)
	}
	if _, err := fromWire(&w); err != nil {
		return nil, err
	}
	return w.Encode()
}

// fromWire checks what the format leaves open. The descriptors are not in the
// result.
func fromWire(w *wire.Grant) (*Grant, error) {
	g := &Grant{
		Role: policy.Role(w.Role), Build: w.Build, Mode: Mode(w.Mode),
		Filter: w.Filter, Config: w.Config,
		Landlock: policy.Landlock{
			FS: toPolicy(w.FS), Net: toPolicy(w.Net), Scoped: toPolicy(w.Scoped),
		},
	}
	switch g.Mode {
	case ModeEnforce, ModeTrace:
		if len(g.Filter) == 0 || len(g.Filter)%policy.InsnSize != 0 {
			return nil, fmt.Errorf("grant: filter of %d bytes in mode %s", len(g.Filter), g.Mode)
		}
		if fs, _, _ := g.Landlock.ForABI(1); fs == 0 {
			return nil, fmt.Errorf("grant: nothing for Landlock to deny in mode %s", g.Mode)
		}
	case ModeOff:
		if len(g.Filter) != 0 {
			return nil, errors.New("grant: a filter in mode off")
		}
	default:
		return nil, fmt.Errorf("grant: mode %q", g.Mode)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(g.Config, &object); err != nil || object == nil {
		return nil, errors.New("grant: the configuration is not a JSON object")
	}
	return g, nil
}

func toRights(set []policy.LandlockRight) []wire.Right {
	var out []wire.Right
	for _, r := range set {
		out = append(out, wire.Right{Name: r.Name, Bit: r.Bit, ABI: uint16(r.ABI)})
	}
	return out
}

func toPolicy(set []wire.Right) []policy.LandlockRight {
	var out []policy.LandlockRight
	for _, r := range set {
		out = append(out, policy.LandlockRight{Name: r.Name, Bit: r.Bit, ABI: int(r.ABI)})
	}
	return out
}

package policy

import "slices"

// Roles returns the names of all roles, in the order they are started.
func Roles() []Role { return []Role{Core, Signer, Wallet, RPC, Echo} }

// Get returns the spec of a role; false if there is no such role. The value
// belongs to the caller.
func Get(role Role) (*Spec, bool) {
	var s *Spec
	switch role {
	case Core:
		s = coreSpec()
	case RPC:
		s = rpcSpec()
	case Wallet:
		s = walletSpec()
	case Signer:
		s = signerSpec()
	case Echo:
		s = echoSpec()
	default:
		return nil, false
	}
	s.Landlock = denyAll()
	s.Parts = append(s.Parts, canaryPart(role))
	s.MayCall = mayCall(role)
	return s, true
}

// All returns the specs of all roles, in the order of Roles.
func All() []*Spec {
	var all []*Spec
	for _, r := range Roles() {
		s, _ := Get(r)
		all = append(all, s)
	}
	return all
}

// mayCall lists the targets of a role's edges.
func mayCall(role Role) []Role {
	var to []Role
	for _, e := range Graph() {
		if e.From == role && !slices.Contains(to, e.To) {
			to = append(to, e.To)
		}
	}
	return to
}

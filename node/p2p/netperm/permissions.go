package netperm

import (
	"strings"

	"dashmp/node/p2p/netaddr"
)

// Permissions are what -whitelist and -whitebind grant a peer (net_permissions.h).
type Permissions uint32

// The permissions. Some contain others.
const (
	// BloomFilter: may ask for filtered blocks although -peerbloomfilters is off.
	BloomFilter Permissions = 1 << 1
	// Relay: may send transactions although -blocksonly is on.
	Relay Permissions = 1 << 3
	// ForceRelay: its transactions are relayed even if they are in the pool.
	ForceRelay = 1<<2 | Relay
	// Download: headers during initial download, blocks beyond -maxuploadtarget.
	Download Permissions = 1 << 6
	// NoBan: never discouraged or dropped for misbehaviour.
	NoBan = 1<<4 | Download
	// Mempool: may ask for the content of the pool.
	Mempool Permissions = 1 << 5
	// Addr: may send and ask for any number of addresses.
	Addr Permissions = 1 << 7
	// Implicit: the operator named no permission; what that means depends on
	// other options.
	Implicit Permissions = 1 << 31
	// All is what "all" grants.
	All = BloomFilter | ForceRelay | NoBan | Mempool | Addr
)

// Has reports whether p contains all of f.
func (p Permissions) Has(f Permissions) bool { return p&f == f }

// permissionNames is in the order of getpeerinfo.
func permissionNames() []struct {
	name string
	flag Permissions
} {
	return []struct {
		name string
		flag Permissions
	}{
		{"bloomfilter", BloomFilter}, {"noban", NoBan}, {"forcerelay", ForceRelay}, {"relay", Relay},
		{"mempool", Mempool}, {"download", Download}, {"addr", Addr},
	}
}

// Strings are the names of the permissions (NetPermissions::ToStrings).
func (p Permissions) Strings() []string {
	list := []string{}
	for _, n := range permissionNames() {
		if p.Has(n.flag) {
			list = append(list, n.name)
		}
	}
	return list
}

// parsePermissions splits "perm1,perm2@rest" (TryParsePermissionFlags).
func parsePermissions(s string) (p Permissions, rest string, err error) {
	list, rest, ok := strings.Cut(s, "@")
	if !ok {
		return Implicit, s, nil
	}
	for name := range strings.SplitSeq(list, ",") {
		switch name {
		case "":
			continue
		case "bloom":
			name = "bloomfilter"
		case "all":
			p |= All
			continue
		}
		known := false
		for _, n := range permissionNames() {
			if n.name == name {
				p, known = p|n.flag, true
			}
		}
		if !known {
			return 0, "", Errorf("Invalid P2P permission: '%s'", name)
		}
	}
	return p, rest, nil
}

// Whitelist is a value of -whitelist: permissions for a range of addresses.
type Whitelist struct {
	Permissions Permissions
	Subnet      netaddr.Subnet
}

// ParseWhitelist reads "[permissions@]IP address or network"; errors have Dash
// Core's texts (NetWhitelistPermissions::TryParse).
func ParseWhitelist(s string) (Whitelist, error) {
	p, rest, err := parsePermissions(s)
	if err != nil {
		return Whitelist{}, err
	}
	n, ok := netaddr.ParseSubnet(rest)
	if !ok {
		return Whitelist{}, Errorf("Invalid netmask specified in -whitelist: '%s'", rest)
	}
	return Whitelist{p, n}, nil
}

// Whitebind is a value of -whitebind: permissions for who connects there.
type Whitebind struct {
	Permissions Permissions
	Service     netaddr.Service
}

// ParseWhitebind reads "[permissions@]ADDR:PORT"; errors have Dash Core's texts
// (NetWhitebindPermissions::TryParse).
func ParseWhitebind(s string) (Whitebind, error) {
	p, rest, err := parsePermissions(s)
	if err != nil {
		return Whitebind{}, err
	}
	at, ok := netaddr.ParseService(rest, 0)
	if !ok {
		return Whitebind{}, Errorf("Cannot resolve -whitebind address: '%s'", rest)
	}
	if at.Port == 0 {
		return Whitebind{}, Errorf("Need to specify a port with -whitebind: '%s'", rest)
	}
	return Whitebind{p, at}, nil
}

package datadir

import (
	"slices"
	"strings"
)

// Names of our files in a wallet's directory. Dash Core's are wallet.dat,
// db.log, .walletlock, database/ and *-journal.
const (
	walletFile   = "wallet.bolt"
	keyStoreFile = "keys.bolt"
	storeKeyFile = "keys.secret"
)

// maxName is the longest wallet name in bytes (PATH_MAX less room for the
// wallet directory); a component is at most 255 bytes, the kernel's NAME_MAX.
const (
	maxName      = 2048
	maxComponent = 255
	maxDepth     = 16
)

// splitName checks a wallet name and returns its components; "" is the default
// wallet and has none. As in Dash Core a name is a path below the wallet
// directory and may hold any character but the zero byte; unlike there it may
// not leave that directory, be absolute, or lead through a link.
func splitName(name string) ([]string, error) {
	if name == "" {
		return nil, nil
	}
	bad := func(why string) error {
		return errorf(ErrName, nil, "Invalid wallet name %q: %s.", name, why).
			hint("a wallet name is a path below the wallet directory")
	}
	switch {
	case len(name) > maxName:
		return nil, errorf(ErrName, nil, "Invalid wallet name of %d bytes: longer than %d.", len(name), maxName)
	case name[0] == '/':
		return nil, bad("it is an absolute path")
	case strings.ContainsRune(name, 0):
		return nil, bad("it holds a zero byte")
	}
	parts := strings.Split(strings.TrimSuffix(name, "/"), "/")
	if len(parts) > maxDepth {
		return nil, bad("it has too many components")
	}
	for _, p := range parts {
		switch {
		case p == "", p == ".", p == "..":
			return nil, bad("a component is empty, . or ..")
		case len(p) > maxComponent:
			return nil, bad("a component is too long")
		case p == walletFile, p == keyStoreFile, p == storeKeyFile:
			return nil, bad(p + " is the name of a file")
		}
	}
	return parts, nil
}

// reserved are the directories of the layout; a wallet beside them cannot have
// their names.
func reserved(component string) bool {
	return slices.Contains([]string{"blocks", "chainstate", "indexes", "evodb", "llmq", "wallets", "backups"}, component)
}

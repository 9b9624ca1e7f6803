package conn

import "dashmp/node/p2p/netperm"

// Permissions are what the operator grants a peer.
type Permissions = netperm.Permissions

// The permissions; see netperm.
const (
	BloomFilter = netperm.BloomFilter
	Relay       = netperm.Relay
	ForceRelay  = netperm.ForceRelay
	Download    = netperm.Download
	NoBan       = netperm.NoBan
	Mempool     = netperm.Mempool
	Addr        = netperm.Addr
)

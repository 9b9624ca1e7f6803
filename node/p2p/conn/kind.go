package conn

// Kind is how a connection came about.
type Kind uint8

// The kinds of connections (node/connection_types.h).
const (
	// Inbound was opened by the peer.
	Inbound Kind = iota
	// FullRelay is an automatic one on which everything is relayed.
	FullRelay
	// Manual was asked for by the operator: -addnode, -connect, RPC addnode.
	Manual
	// Feeler is made to see whether an address answers, and dropped then.
	Feeler
	// BlockRelay is an automatic one on which only blocks are relayed.
	BlockRelay
	// AddrFetch is made to ask for addresses, and dropped then.
	AddrFetch
)

// String is the name in getpeerinfo.
func (k Kind) String() string {
	switch k {
	case Inbound:
		return "inbound"
	case FullRelay:
		return "outbound-full-relay"
	case Manual:
		return "manual"
	case Feeler:
		return "feeler"
	case BlockRelay:
		return "block-relay-only"
	case AddrFetch:
		return "addr-fetch"
	}
	return ""
}

// ParseKind reads the name of an automatic outbound kind.
func ParseKind(name string) (Kind, bool) {
	for _, k := range []Kind{FullRelay, Feeler, BlockRelay, AddrFetch} {
		if name == k.String() {
			return k, true
		}
	}
	return 0, false
}

// ExpectsServices reports whether a peer of this kind is dropped that does not
// offer what the node needs (CNode::ExpectServicesFromConn).
func (k Kind) ExpectsServices() bool { return k == FullRelay || k == BlockRelay || k == AddrFetch }

// manualOrFull is CNode::IsManualOrFullOutboundConn.
func (k Kind) manualOrFull() bool { return k == Manual || k == FullRelay }

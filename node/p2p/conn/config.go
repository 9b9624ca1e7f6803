package conn

import (
	"time"

	"dashmp/node/p2p/netaddr"
	"dashmp/node/p2p/netperm"
)

// Slots and times of Dash Core's net.h.
const (
	maxFullRelay   = 8
	maxBlockRelay  = 2
	maxFeelers     = 1
	maxAddnode     = 8
	maxAnchors     = 2
	feelerInterval = 2 * time.Minute
	extraInterval  = 5 * time.Minute
	idleTimeout    = 20 * time.Minute
	maxBlockSize   = 2_000_000
)

// Config is what the operator's options say.
type Config struct {
	MaxConnections int // -maxconnections
	// Connect is -connect; with it, or with -noconnect, AutoConnect is false.
	Connect     []string
	AutoConnect bool
	AddNodes    []string // -addnode
	SeedNodes   []string // -seednode
	// Reachable are the networks of -onlynet that there is a way to.
	Reachable     map[netaddr.Network]bool
	NetworkActive bool // -networkactive
	Listen        bool
	Discover      bool
	DNSSeed       bool
	ForceDNSSeed  bool
	FixedSeeds    bool
	// ListenPort is what peers are told, and never dialled at an own address.
	ListenPort  uint16
	ExternalIPs []netaddr.Service
	// Interfaces are the addresses of the machine, for -discover.
	Interfaces []netaddr.Addr
	Whitelist  []netperm.Whitelist
	// WhitelistRelay and WhitelistForceRelay say what unnamed permissions are.
	WhitelistRelay, WhitelistForceRelay bool
	PeerTimeout                         time.Duration // -peertimeout
	MaxUploadTarget                     uint64        // bytes per day, 0 for no limit
	BanTime                             int64         // seconds
	BlocksOnly                          bool
	LogIPs                              bool
	CheckAddrMan                        int
	// MaxSendBuffer and MaxReceiveBuffer are in bytes per peer.
	MaxSendBuffer, MaxReceiveBuffer int
	// Deprecated holds the values of -deprecatedrpc.
	Deprecated []string
}

// fullRelay is the number of slots of automatic full-relay peers.
func (c *Config) fullRelay() int { return min(maxFullRelay, c.MaxConnections) }

// blockRelay is the number of slots of block-relay-only peers.
func (c *Config) blockRelay() int { return min(maxBlockRelay, c.MaxConnections-c.fullRelay()) }

// maxOutbound is the number of automatic outbound slots.
func (c *Config) maxOutbound() int { return c.fullRelay() + c.blockRelay() + maxFeelers }

// maxInbound is the number of inbound slots; it may be negative.
func (c *Config) maxInbound() int { return c.MaxConnections - c.maxOutbound() }

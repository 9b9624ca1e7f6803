package conn

import "time"

// Message is one message of a peer whose frame was sound.
type Message struct {
	// Type is the name of the message, 1 to 12 printable characters.
	Type string
	// Payload is valid until the Processor's Message returns.
	Payload []byte
	// Received is when its last byte came, by the node's clock.
	Received time.Time
}

// Processor gives messages their meaning (NetEventsInterface). All of its
// methods are called from one goroutine; it may call everything of Peer and
// Manager from them.
type Processor interface {
	// Connected begins a peer (InitializeNode): the first call for it.
	Connected(p *Peer)
	// Backlog goes on with what earlier messages left to do, such as blocks to
	// serve. While it returns true no message of this peer is delivered; it is
	// called again in the next round. It is called even while SendBufferFull.
	Backlog(p *Peer) bool
	// Message handles one message. It is not called while SendBufferFull, nor
	// for a peer that is to be disconnected.
	Message(p *Peer, m Message)
	// Tick sends what there is to send (SendMessages): at least every 100 ms
	// and after each round of messages, for every peer.
	Tick(p *Peer)
	// Disconnected ends a peer (FinalizeNode): the last call for it.
	Disconnected(p *Peer)
}

// PeerStats is what only the processor knows of a peer (CNodeStateStats).
type PeerStats struct {
	Services         uint64
	RelayTxs         bool
	PingWait         time.Duration // since the unanswered ping, 0 without one
	MisbehaviorScore int
	StartingHeight   int
	SyncHeight       int // -1 if unknown
	CommonHeight     int // -1 if unknown
	HeightsInFlight  []int
	AddrRelayEnabled bool
	AddrProcessed    uint64
	AddrRateLimited  uint64
}

// PeerInfo is what the RPCs need of the processor. It is called from any
// goroutine. A Manager asks its Processor whether it is one.
type PeerInfo interface {
	// PeerStats is false for a peer that the processor does not know.
	PeerStats(id int64) (PeerStats, bool)
	// SendPings asks for a ping to every peer.
	SendPings()
}

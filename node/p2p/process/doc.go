// Package process gives the messages of peers their meaning: handshake,
// synchronisation of headers and blocks, announcing and serving them,
// transactions, orphans, compact blocks, addresses, and what happens to peers
// that misbehave or are useless.
//
//	conn ── Connected, Backlog, Message, Tick, Disconnected ──┐ one goroutine
//	                                                          ▼
//	                                                      Processor ── mu
//	chain events, RPCs: PeerStats, RelayTransaction, … ───────┘
//	                                                          │ mu is free during
//	                                   chain.ProcessBlock ◄───┤ these, as they lead
//	                                   mempool.Accept     ◄───┘ to chain events
//
// The behaviour is that of Dash Core's src/net_processing.cpp, whose functions
// the comments name; log texts are its own too, since operators and tests look
// for them.
//
// # Invariants
//
//   - A block is asked of one peer at a time, at most 16 of a peer, and none on a
//     chain with less work than the minimum.
//   - What is kept for a peer is bounded, whatever it sends: 50,000 entries of
//     getdata, 100,000 announced objects (package txrequest), 1,000 addresses,
//     the blocks it was asked for, and filters of about 600 kB. Orphans are
//     bounded together (package orphan). Headers are kept if they have work and
//     do not fork before the last checkpoint.
//   - Nothing is told about blocks that are not and never were part of the best
//     chain, or that have been pruned, nor about transactions that were not
//     announced to the peer.
//   - A decoding error costs nothing but the message, as in Dash Core.
//
// # What it must not do
//
// Touch sockets, files or databases; judge blocks or transactions, which chain
// and mempool do; keep a payload, which belongs to the transport: what outlives a
// message is decoded from a copy.
//
// # Concurrency
//
// The methods of conn.Processor are called from one goroutine. All others may be
// called by any goroutine, but not under a lock that a subscriber of the chain or
// a caller of mempool.Accept could want. mu guards everything; it is taken after
// the chain's activation and before the locks of chain and mempool.
package process

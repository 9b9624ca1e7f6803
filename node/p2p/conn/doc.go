// Package conn is the transport between this node and its peers: it frames
// messages, keeps the connections and their slots, decides whom to connect to
// and whom to drop, and serves the RPCs about all that. What a message means is
// its Processor's.
//
//	listeners ─ accept ┐                        ┌ reader ─ frames ─ receive queue ┐
//	                   ├─ Peer (one per socket) ┤                                 ├─ handler ─ Processor
//	broker ─── dial ───┘                        └ writer ─ send queue ────────────┘   (one goroutine)
//
// Invariants:
//
//   - A stranger's length is checked against the bound of 3 MiB before memory is
//     taken, and memory is taken as bytes come. A peer whose unprocessed messages
//     exceed -maxreceivebuffer is not read from until some are processed; one
//     whose unsent bytes exceed -maxsendbuffer gets no more messages processed.
//   - The Processor is called from one goroutine, never after Disconnected.
//   - No more inbound connections than slots: a new one takes the place of one
//     that is worth less, or goes.
//
// What it must not do: create a socket. Listeners and connected sockets are
// handed to it; whom it may connect to is the broker's decision, whatever it
// asks for. Nothing in it uses os/exec or package net.
//
// Concurrency: a Manager and its Peers are for use by any goroutine. Each mutex
// says what it guards; none is held during a call to the Processor.
package conn

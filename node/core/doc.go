// Package core is the node: it opens the chain and what lives on it. It
// implements node.Node for the rpc role and node.Chain for the wallet role.
//
//	rpc ─── node.Node ──┐          ┌── chain.Manager ── blockindex, chainstate: bbolt,
//	                    ├─ Core ───┤        │           on passed descriptors
//	wallet ─ node.Chain ┘  │  │    │        └── blk, rev files through broker.Core
//	   ▲                   │  │    └── parts: mempool, mining, indexes, peers …
//	   └ node.Notifications┘  └─ broker.Core (supervisor)
//
// A part is one subsystem: a file here that makes it of what Core holds, and a
// package of its own that does the work; see partList.
//
// # Invariants
//
//   - The genesis header hashes, by X11, to the hash this package knows for the
//     network; otherwise it does not start.
//   - Damaged files end the start with Dash Core's error text, and a call with
//     an error; nothing panics.
//   - After an error of the system, such as a full disk, the chain does not
//     change any more and the node stops.
//   - A follower of the chain hears tips in order, one call at a time, and
//     nothing after its Handler's Disconnect has returned. A slow follower
//     holds up nobody.
//   - Open returns when the chain on disk is loaded and verified. What takes
//     longer (-reindex, -loadblock, catching up) goes on in the background.
//
// # What it must not do
//
// Know of connections or processes: it has Go interfaces and descriptors. Open,
// name or delete files. Know a rule of consensus or policy: node/consensus,
// node/chain and node/mempool do. Import wallet code. Hold a secret.
//
// # Privileges
//
// The process dash-node-core holds the two databases, up to 32 block files, its
// log and its sockets; see policy (role core) for the calls.
//
// # Concurrency
//
// A Core is safe for concurrent use. What Open sets does not change afterwards.
// One goroutine loads in the background, one passes on -blocknotify, and each
// follower has one; Close waits for all of them.
package core

// Package core is the node: the owner of the chain. It implements node.Node for
// the rpc role and node.Chain for the wallet role.
//
//	rpc ─── node.Node ──┐          ┌── blockindex   bbolt, on a passed descriptor
//	                    ├─ Core ───┼── chainstate   bbolt, on a passed descriptor
//	wallet ─ node.Chain ┘  │  │    └── blk?????.dat through broker.Core.OpenBlockFile
//	   ▲                   │  └─ broker.Core (supervisor)
//	   └ node.Notifications┘
//
// In this build the chain is its genesis block (and, on a devnet, the second
// one that Dash Core keeps in its index at height 1 but not in the chain).
//
// # Invariants
//
//   - The genesis header hashes, by X11, to the hash this package knows for the
//     network; otherwise it does not start.
//   - On disk a block precedes the index entry that names it, and the index
//     entry the chain state that rests on it. A crash at any point leaves a
//     state from which the next start goes on.
//   - What a block file holds is never overwritten, except by the same bytes or
//     where it holds only zeros.
//   - A block that is read back is checked: magic, length, X11 of its header.
//   - Damaged files end the start, or the call, with Dash Core's error text;
//     nothing panics.
//   - A follower of the chain hears tips in order, one call at a time, and
//     nothing after its Handler's Disconnect has returned. A slow follower
//     holds up nobody.
//
// # What it must not do
//
// Know of connections or processes: it has Go interfaces and descriptors. Open,
// name or delete files. Import wallet code. Hold a secret.
//
// # Privileges
//
// The process dash-node-core holds the two databases, up to maxOpenFiles block
// files, its log and its sockets; see policy (role core) for the calls.
//
// # Concurrency
//
// A Core is safe for concurrent use. Its state does not change after Open in
// this build, except for the latch of the initial download, which is atomic;
// the set of followers has a mutex of its own. Each follower has one goroutine,
// which Close waits for.
package core

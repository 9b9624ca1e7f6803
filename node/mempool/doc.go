// Package mempool holds the transactions that may be in the next block: it
// judges them, keeps them within limits, follows the chain, and remembers them
// over a restart.
//
//	peers, RPCs, mempool.dat         chain events
//	      │ Accept, AcceptPackage       │ block connected, disconnected
//	      ▼                             ▼
//	    judge ── policy, consensus    follow ── remove, add back
//	      └──────────────┬──────────────┘
//	                     ▼  mu
//	                   graph ── entries, spends, sums over ancestors and
//	                     │      descendants, heaps by fee rate and age
//	                   events ──► subscribers, in order
//
// The behaviour is that of Dash Core's src/txmempool.cpp and the mempool's part
// of src/validation.cpp; functions name their counterparts there.
//
// # Invariants
//
//   - No two entries spend the same output, and what an entry spends is an
//     output of another entry or an unspent coin at the pool's tip.
//   - The pool's tip is the chain's whenever no chain event is on its way. A
//     transaction is judged at the pool's tip; while the two differ Accept waits.
//   - The sums that an entry carries are those over its ancestors and over its
//     descendants, itself included. Check verifies all of this.
//   - What this build cannot verify (masternodes, quorums) never enters, so that
//     no two entries can conflict through the payloads of special transactions.
//   - There is no replacement: the first of two conflicting transactions stays
//     until a block decides.
//
// # What it must not do
//
// Know of connections or of wallets, relay anything, open files by name.
//
// # Concurrency
//
// A Pool is safe for concurrent use. Its lock mu is taken before the chain's and
// is held while a transaction is judged, scripts included, but not the chain's:
// the chain may move meanwhile, and its events are heard afterwards. Nobody may
// call a Pool from within chain.Manager.With. Subscribers run without mu; they
// may ask the Pool, but must not change it.
package mempool

// Package supervisor is the trusted base of the tree: it starts the roles, hands
// them what they may use, watches them, and stops them in order. It reads no
// byte from a peer, no RPC body and no secret of a wallet; what it reads of its
// roles is their log records (package logd), their ready reports and their
// typed requests.
//
//	Tree ── member "core"   ── instance: process, its observation, its link ─┐ one pair of
//	     ├─ member "signer" ── …                                             ├ sockets per
//	     ├─ member "wallet" ── …                                             │ edge of the
//	     ├─ member "rpc"    ── …                                             ┘ process graph
//	     └─ echoes          ── one process per echoipc call
//
// A member is a role for the life of the tree; an instance is one process of
// it. Each member has one goroutine that brings an instance up, waits for its
// end and brings up the next, after a delay that grows while it keeps failing.
// An instance is up once it has been granted its descriptors, has reported
// ready, and has been seen from outside to be confined on every thread; only
// then does it get its siblings. For each edge between two roles the tree makes
// a socket pair when the later of the two comes up and gives each one end.
//
// Invariants:
//
//   - What a role may ask is the interface of its broker and nothing else; what
//     a broker gives is logged.
//   - A role that dies is reaped, takes no other down, and is started again
//     from the same opened program with a fresh grant.
//   - No descriptor of one role reaches another except the two ends of a pair.
//   - A role that does not answer is noticed, logged, counted and shown; rpc,
//     which holds no state, is replaced (watch.go).
//   - While rpc is down, being started or hung, its clients are told so at once
//     and by its name, without a byte of theirs being read (away.go).
//   - Stop ends rpc first, then wallet, core and signer, each with a deadline
//     after which it is killed.
//
// What it must not do: parse what roles tell each other, keep a path from a
// role, or trust a self-report where the kernel shows the same.
//
// Privileges: those of the user who started it. It is the one process of the
// tree that is not sandboxed, and getisolationinfo says so.
//
// Concurrency: a Tree may be used by any goroutine. Its mutex guards who is up
// and what the status shows; it is never held during a call to a role.
package supervisor

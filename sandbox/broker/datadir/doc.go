// Package datadir is the data directory of the node: its layout, its lock, and
// the openers behind the file verbs of the brokers. Whoever faces the operator
// uses it — the supervisor, or dashd for itself; a sandboxed role only ever
// sees the descriptors.
//
//	DATADIR/                     opened by Open, symlinks followed
//	└─ regtest/                  "" for main; .lock, debug.log, .cookie
//	   ├─ blocks/                blk?????.dat, rev?????.dat   (Dash Core's format)
//	   │  └─ index/              blockindex.bolt
//	   ├─ chainstate/            chainstate.bolt
//	   ├─ indexes/ evodb/ llmq/  for later databases
//	   └─ wallets/[NAME/]        wallet.bolt, keys.bolt
//
// Invariants:
//
//   - Nothing is created or changed before Open holds the lock on .lock, which
//     excludes Dash Core too (a POSIX record lock on the whole file).
//   - The directories above are opened once. Links that the operator made at
//     their level are followed then; whatever is opened later is resolved
//     beneath them by openat2 without following any link, so renaming or
//     linking inside the tree cannot lead an opener astray.
//   - No file name of ours is one that LevelDB, Berkeley DB or SQLite uses
//     there, and a directory that holds a LevelDB is refused: a database of
//     Dash Core is never overwritten.
//   - A database is opened only if nobody holds its lock (flock, as bbolt
//     takes it), so a restarted role cannot write beside one that still lives.
//   - What is removed is a regular file of the block directory whose name is blk
//     or rev and five digits.
//
// What the package must not do: take a path from a role. Its verbs take block
// file numbers and wallet names, and a wallet name is a list of components,
// each checked.
//
// Concurrency: a Dir may be used by any goroutine; it holds no state but its
// descriptors.
package datadir

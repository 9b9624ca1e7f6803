// Package blockchain holds the RPCs about the block chain: blocks, headers,
// statistics, proofs, the set of unspent outputs, and what moves the tip.
//
//	rpc ── Methods() ── RPCs ──┬── chain.Manager      blocks, undo data, coins
//	                           ├── Mempool, Locks     consumer interfaces, which
//	                           └── TxIndex, …         may be absent
//
// # Invariants
//
// Names and order of fields, formats of numbers, codes and texts of errors are
// those of Dash Core v23.1 (src/rpc/blockchain.cpp, src/rpc/txoutproof.cpp,
// getrawtransaction and its kin of src/rpc/rawtransaction.cpp). Arguments are
// checked in its order.
//
// Scanning and dumping see the set of one block, whose hash they report. One
// scan of the set runs at a time.
//
// A call that waits for a block ends with its context, with RPCs.Close, or when
// the time that it names is over; none keeps a goroutine.
//
// # What it must not do
//
// Judge blocks, know of connections, open files: a snapshot of the coins is
// written to a descriptor that Exports hands out. It holds no private key;
// descriptors with private keys reach it as the scripts they stand for.
//
// # Concurrency
//
// An RPCs is safe for concurrent use. Its mutex guards the latest block that
// waiting calls compare with; subscribers of the chain take it, so no call to
// the chain is made under it.
package blockchain

// Package account is one wallet: its descriptors and addresses, the transactions
// that concern it, what it owns, and how it spends that.
//
//	core ── blocks, mempool ──► Account ──► bbolt (package storage)
//	                              │
//	                              └─ wallet.Signer: signatures, keys behind
//	                                 hardened steps; never a private key
//
// The behaviour is that of Dash Core's src/wallet (wallet.cpp, receive.cpp,
// spend.cpp) for descriptor wallets.
//
// # Invariants
//
//   - What an RPC answered is on disk: an address is not given out before its
//     number is, a transaction not broadcast before it is stored.
//   - The block up to which the wallet has followed the chain is written with
//     the changes that the block made, in one commit.
//   - Every position of a descriptor below its next one, and keypool many above,
//     is watched.
//   - A coin that a stored transaction spends is not chosen again, unless that
//     transaction was abandoned or conflicts with the chain.
//
// # What it must not do
//
// Hold a private key, know of connections or processes, open files, or decide
// what is signed: the signer has its own policy, and is told which outputs are
// ours so that it can check.
//
// # Concurrency
//
// An Account is safe for concurrent use; one lock guards it, and is not held
// while the signer or the core is asked.
package account

// Package loader is the wallet process: it makes, opens and closes wallets,
// lets each follow the chain, and executes the wallet RPCs of this build.
//
//	rpc ─ wallet.Loader ─ Loader ─┬─ wallet "a" ── bbolt, descriptor from broker.Wallet
//	                              ├─ wallet "b" ── …
//	core ─ node.Chain ─ follow ───┘   (tips, one at a time)
//
// A wallet is its name, its flags, the time it was made and the block up to
// which it has followed the chain. It has no keys and no addresses yet: only
// wallets that are blank or without private keys can be made, and what cannot
// be done is refused with Dash Core's code rather than done by half.
//
// # Invariants
//
//   - An RPC that was answered is on disk.
//   - Every record carries a checksum; a damaged wallet is refused, not shown.
//   - A wallet of another network is refused.
//   - A file that a crash left between its creation and its first record can be
//     created again under its name.
//   - A tip of a connection that has ended changes nothing.
//
// # What it must not do
//
// Hold a private key, a seed or a passphrase: secrets reach it only as the
// handles "secret:N", which it cannot open. Open or name files: the broker
// does. Know of connections or processes.
//
// # Privileges
//
// The process dash-wallet holds one database per loaded wallet, its log and its
// sockets; see policy (role wallet).
//
// # Concurrency
//
// A Loader is safe for concurrent use. Making, loading and unloading go one at a
// time; reading does not wait for them. Tips are written by the goroutine that
// tells them.
package loader

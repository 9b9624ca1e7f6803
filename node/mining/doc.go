// Package mining makes blocks: it chooses transactions, composes the coinbase
// and what else consensus demands of the next block, and on request looks for
// the nonce.
//
//	mempool ── Pool ──► select ──┐
//	chain   ── tip ────────────► assemble ──► Template ──┬─ getblocktemplate
//	consensus rules ─────────────┘                       └─ nonce search ─► chain.ProcessBlock
//
// The behaviour is that of Dash Core's src/node/miner.cpp and src/rpc/mining.cpp.
//
// # Invariants
//
//   - For the same chain, mempool, clock and output script a template is byte
//     for byte Dash Core's: the order of transactions, the coinbase's input
//     script and payload, version, time, target, and the first nonce that fits.
//   - A template has passed the chain's own judgement of a block on its tip;
//     one that has not is an error, never a result.
//   - A search for a nonce ends soon after Interrupt or the end of its context,
//     and what it had found by then is its result.
//
// # What it must not do
//
// Know of a wallet, or of a private key: it is given output scripts, and refuses
// descriptors with private keys. Pay masternodes: a chain on which there is one
// to pay is not one this build connects (package consensus).
//
// # Concurrency
//
// A Miner is safe for concurrent use. Its lock guards only the template that
// getblocktemplate keeps between calls and the figures of the last block.
package mining

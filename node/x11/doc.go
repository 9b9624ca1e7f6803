// Package x11 computes X11, the proof-of-work hash of Dash: eleven 512-bit
// hash functions of the SHA-3 competition, each fed with the digest of the one
// before.
//
//	header ─ blake ─ bmw ─ groestl ─ skein ─ jh ─ keccak ─ luffa ─ cubehash ─ shavite ─ simd ─ echo ─ first 32 bytes
//
// A block's hash is X11 of its 80-byte header and nothing else in Dash is:
// transaction ids and the merkle tree use double SHA-256.
//
// # Invariants
//
// Every stage has a portable Go form; on amd64 some have an assembly form,
// chosen once by what the processor offers. Both give the same digest for
// every input; a test compares them on random inputs, and the build tag purego
// leaves the portable form only. No call allocates.
//
// # Speed
//
// An 80-byte header takes 4.2 µs on one core of a 2.6 GHz Xeon with AES and
// AVX2, where Dash Core v23.1's portable C takes 12.6 µs and its AES code
// 9.8 µs, and 23 µs with purego (go test -bench Sum; the C was timed in the
// same minute). SIMD and CubeHash were nearly all of the portable time.
//
// # What it must not do
//
// It hashes public data only. The portable forms look up tables by data, so
// their time depends on the input: never feed it a secret.
//
// # Concurrency
//
// All functions are pure and may be called from any goroutine. The package's
// tables are filled before main and never written again. [SumHeaders] starts
// goroutines and waits for them before it returns.
package x11

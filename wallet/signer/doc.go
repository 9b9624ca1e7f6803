// Package signer is the signer process: the one place where secrets exist in
// clear.
//
//	rpc ──── wallet.SecretBox ─── Box ─┐      one Box per connection
//	rpc' ─── wallet.SecretBox ─── Box ─┼─ Signer
//	wallet ─ wallet.Signer ────────────┘
//
// A secret of an RPC is deposited in the connection's Box, which answers with a
// handle; the RPC then names the handle. In this build the signer keeps no keys
// of its own: it signs messages with a key that the request brings.
//
// # Invariants
//
//   - A secret lies in memory of its own (package lockbox): outside the heap,
//     locked, not dumped, without a descriptor.
//   - A handle is good once. It is consumed by the RPC that names it, whatever
//     becomes of that, and only where the method has a secret.
//   - Handles of one connection mean nothing on another. When a connection ends
//     its Box is wiped.
//   - How many secrets a Box holds, and how large, is bounded.
//   - No result, error or log line holds a secret or a part of one.
//   - A key that arrives in clear instead of as a handle is refused.
//
// While a signature is made copies of the key arise on the stack and the heap:
// btcec, which signs, does not clear its own. Built with
// GOEXPERIMENT=runtimesecret all of that runs inside runtime/secret.Do, which
// erases it; a test searches the process for the key afterwards. Built without,
// copies remain until the memory is used again, and Status says which build it
// is. btcec's arithmetic on the secret is not constant-time; whoever can time a
// signature closely learns of the key.
//
// # What it must not do
//
// Import net beyond what package ipc needs, open or name files, log a message
// that is signed, or answer the wallet with anything but a Status.
//
// # Privileges
//
// The process dash-signer holds its log and its sockets; see policy (role
// signer) for the calls, and for the limit on locked memory.
//
// # Concurrency
//
// A Signer and its Boxes are safe for concurrent use. Each Box has a mutex for
// its table of secrets, which is not held while one is used.
package signer

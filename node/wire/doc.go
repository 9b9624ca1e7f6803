// Package wire holds the primitives of the Dash block chain and their byte
// encodings: hashes, compact sizes, block headers, transactions with the
// special types of DIP2, their payloads, blocks and merkle roots.
//
// # Invariants
//
// A decoder never allocates by a number a stranger wrote before it has checked
// that the bytes for that many elements are there. Decoding what an encoder
// wrote gives the same value, and encoding what a decoder accepted gives the
// same bytes. There are three exceptions, in which Dash Core itself does not
// write back what it read, and the package does exactly as it does:
//
//   - A transaction whose 16-bit version is negative ([Tx.Version]).
//   - The payload of a commitment or ProTx whose version is unknown.
//   - Extended network information of a ProTx with invalid, unordered or
//     repeated entries ([NetInfo]).
//
// Hashes are kept in wire order, as hashed; String gives display order, which
// is the reverse.
//
// # What it must not do
//
// It judges no rule of consensus: amounts, heights, signatures and points of
// curves pass through unchecked. BLS keys and signatures are raw bytes here;
// where Dash Core refuses a malformed point while it decodes, whoever verifies
// the payload must do so.
//
// # Aliasing
//
// Scripts and payloads of a decoded value are slices of the input. Do not write
// to the input afterwards; [Tx.Clone] copies a transaction out of it.
//
// # Concurrency
//
// Values are plain data. A decoded value may be read by any number of
// goroutines as long as none writes to it.
package wire

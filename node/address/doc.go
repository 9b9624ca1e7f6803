// Package address turns keys and destinations into text and back: base58 with
// checksum, P2PKH and P2SH addresses, and the wallet import format of private
// keys. There are no other address forms in Dash.
//
// # Invariants
//
// What decodes is what Dash Core decodes, surrounding white space included, and
// the error texts are its. A text is refused as soon as it cannot fit the
// longest value its caller accepts, so that time does not grow with the square
// of a stranger's input.
//
// # What it must not do
//
// It knows networks only by the version bytes it is given, and holds no key
// longer than a call: the functions for private keys wipe their own copies,
// and callers wipe what they pass and get. Its arithmetic is not constant-time;
// a text form of a key has been outside the signer anyway.
//
// # Concurrency
//
// All functions are pure.
package address

// Package wire encodes and decodes the frames that a supervisor and a fresh
// child exchange on the IPC socket before Cap'n Proto: the grant, and the
// child's answer.
//
// # Format
//
// All numbers are little-endian.
//
//	offset  size  header, 16 bytes
//	0       4     0x44 0x47 0xff 0xff
//	4       2     0x4d 0x50
//	6       1     version
//	7       1     kind
//	8       4     length of the body in bytes
//	12      2     number of descriptors that travel with the header
//	14      2     zero
//
// The first four bytes, read as Cap'n Proto reads them, announce more than four
// thousand million segments; every implementation refuses a frame of more than
// 512, so no Cap'n Proto stream can begin like this and a reader can tell the
// two apart by peeking.
//
// # Invariants
//
//   - A length is checked against its bound before anything is allocated.
//   - Decoding is strict: no unknown kind, no byte left over, no name twice.
//   - A descriptor that arrives is returned to the caller or closed; a reader
//     asks for exactly the bytes it needs, so that what follows the frame stays
//     in the socket.
//
// # What it must not do
//
// It gives no meaning to what it carries: names, roles and limits are checked
// by package sandbox.
package wire

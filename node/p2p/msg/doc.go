// Package msg holds the payloads of the messages that Dash nodes exchange, and
// their byte encodings: the handshake, addresses, inventory, headers plain and
// compressed (DIP25), blocks whole and compact (BIP152), filters (BIP37,
// BIP157), and what a node without a masternode sees of sporks, governance,
// quorums, locks and mixing.
//
// # Invariants
//
// A decoder allocates nothing by a number a stranger wrote before it has checked
// that the bytes for that many elements are there; what a message decodes into
// takes at most a small multiple of its own size. Limits that Dash Core punishes
// (entries of inv, addr, headers) are for the caller to apply: a decoder accepts
// what fits the bytes.
//
// Dash Core ignores bytes after a message it has understood, so decoders do.
// Encoding what was decoded gives the input without such bytes. Exceptions are
// those of package wire, addresses of networks that this version does not know
// (DecodeAddr), booleans above 1, and compressed headers, which have several
// encodings.
//
// # What it must not do
//
// Judge: neither limits nor signatures, nor whether a message was asked for. Do
// any input or output: it imports neither net nor os.
//
// # Aliasing and concurrency
//
// As in package wire decoded values share the payload, and are plain data.
//
// Source: Dash Core's src/protocol.h, src/net_processing.cpp,
// src/blockencodings.h and src/primitives/block.h.
package msg

// Package blockfile reads and writes the flat files in which Dash Core keeps
// blocks and what they spent: blk?????.dat and rev?????.dat.
//
//	blk: magic (4) | length (4, little-endian) | block
//	rev: magic (4) | length (4, little-endian) | undo data | checksum (32)
//
// The checksum is double SHA-256 of the hash of the previous block and the undo
// data. A position names the first byte behind the length. Files grow by chunks
// of zeros (16 MiB and 1 MiB) to at most 128 MiB of blocks; the undo data of a
// block is in the rev file with the number of its blk file. Source: Dash Core's
// src/node/blockstorage.cpp and src/flatfile.cpp.
//
// # Invariants
//
//   - Either side's files are readable by the other, byte for byte.
//   - What is read is checked: magic, length, bounds, and for undo data the
//     checksum. A block's own hash is for the caller to check.
//   - No length that is read from a file leads to an allocation beyond the
//     largest record.
//   - Sync returns when everything that was written before is on disk.
//
// # What it must not do
//
// Open, name or delete files: an Opener does. Judge blocks.
//
// # Concurrency
//
// A Store is safe for concurrent use: readers run beside each other and beside
// one writer; writers take turns. A Scanner belongs to one goroutine.
package blockfile

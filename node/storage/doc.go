// Package storage keeps records in a bbolt database that lies on a descriptor
// its holder was passed: it opens no path.
//
// # Invariants
//
//   - What is read is what was written, or the answer is ErrCorrupt. bbolt
//     checks only its meta pages, so each value carries a checksum over bucket,
//     key and value, and Open walks the whole tree once: page numbers, types,
//     bounds, order of keys, checksums, and that each bucket has the records that
//     were written last (a total of their checksums), since a page of an earlier
//     commit is whole in itself. One exception is in the format: damage to the
//     newer of bbolt's two meta pages cannot be told from a crash in the last
//     commit, and shows the state before it, whole.
//   - A damaged or shrinking file never ends the process: faults on the mapped
//     view and bbolt's own panics become ErrCorrupt, after which the database
//     answers nothing else.
//   - A file that a crash left between creation and its first commit is made
//     anew. A file that has held data is never taken for an empty one.
//   - bbolt's list of free pages is not stored but found again at Open, so a
//     wrong one cannot lead to a live page being overwritten.
//
// # What it must not do
//
// Open, name or delete files; keep a transaction open between calls; hand out
// memory of the mapped view: every value is a copy.
//
// # Concurrency
//
// A DB is safe for concurrent use: many readers, one writer at a time. bbolt
// locks the open file description, so one description is opened once; who
// passes the descriptor must not open it too (facts: flock does not exclude a
// second opening through the same description).
package storage

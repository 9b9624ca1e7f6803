// Package logd is the log service: roles send records, the supervisor alone
// holds debug.log.
//
//	role process                         supervisor
//	  slog.Logger ─ Handler ─ Sender ══ socket pair ══ reader (one per role) ┐
//	                 queue, drops        (seqpacket)    parse, rate-limit    ├─ queue ─ writer ─ debug.log
//	  stderr ═══════════ pipe ═════════════════════════ Stderr, bounded      ┘           └───── console
//	                                     supervisor's own Handler ───────────┘
//
// Invariants:
//
//   - A role never waits for the log. Its Sender writes without blocking,
//     queues a bounded number of bytes, and beyond that counts what it drops;
//     the count travels with the next record.
//   - The supervisor never waits for the log either: its own records are
//     dropped and counted when the writer is stuck. Readers of roles do wait,
//     which is how a stuck disk becomes the roles' own back-pressure.
//   - One record is one line. Who sent it is written by the supervisor from
//     the socket it came through, so a role cannot speak in another's name,
//     nor forge a line: control characters, invalid UTF-8 and characters that
//     do not print are escaped whatever their source.
//   - Every length is checked before anything is copied; see ParseRecord.
//
// The line format is that of Dash Core (src/logging.cpp, Logger::LogPrintStr),
// with the role's name and a colon before the text of a role's record.
// Categories, levels and the options that choose them are Dash Core's too.
//
// What the package must not do: open anything but the log file it is given,
// parse what records say, or keep more than its queue in memory.
//
// Concurrency: Handler, Sender and Service may be used by any goroutine.
// A Service owns its writer and reader goroutines; Close waits for them.
package logd

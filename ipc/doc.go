// Package ipc connects two processes that do not trust each other: objects,
// calls, callbacks, threads, descriptors and secrets over one unix stream
// socket.
//
// The wire is Cap'n Proto RPC, level 1, between two parties, with the
// conventions of libmultiprocess (Init, ThreadMap, Thread, Context), so that
// Dash Core's and Bitcoin Core's processes interoperate with ours unmodified.
// The Cap'n Proto library is used for messages only. The vat is our own,
// because what makes this boundary worth having lives in it: bounds on
// everything that a peer can make us hold, descriptors in-band, one thread here
// for each thread there, and an empty call at about the price of two reads and
// two writes.
//
// # Use
//
// Generated proxies (dashmp/ipc/proxy) are the way to use it. They turn a Go
// interface value into an Object, and a Ref into a Go interface value; nothing
// of Cap'n Proto leaves them. A Conn is made with NewConn on either side of a
// connected socket, and offers Options.Bootstrap to its peer.
//
// # Invariants
//
// A message is checked as a whole before anything reads it (internal/frame):
// every pointer is in bounds, not too deep, not amplifying. Every table index,
// count and size that a peer names is checked before it is used to allocate.
//
// Whatever a peer sends costs it at most its connection, with an Abort that
// says why. ErrLimit is the end for exceeding a bound of Limits, ErrProtocol for
// what no honest peer sends. A panic in a handler fails that one call and is
// logged with its stack; its text does not travel. The dispatcher itself does
// not recover from panics: it reads only checked messages, and one there would
// be a broken invariant, which must not be carried on with.
//
// A received descriptor has one owner at any time, the message, then whoever
// took it, and is closed exactly once on every path. Descriptors that no
// capability of their message carries end the connection.
//
// An Object's release is called exactly once, after the last remote reference
// has gone, also when it goes by a disconnect.
//
// A call that has been sent gets its results, the peer's error, its context's
// error, or ErrDisconnected with the peer's name; never silence.
//
// # What travels of an error
//
// The kind and the text of an *Error, nothing of any other error but that the
// method failed; the rest is logged where it happened. The kind is in
// Exception.trace, which foreign peers ignore. Text from a peer is cut and
// stripped of control characters before it is used.
//
// # Threads and concurrency
//
// Each caller's thread of execution (WithThread) has a thread of its own, a
// goroutine, in every peer that it calls. Calls of one thread are served in
// order; a slow one holds up nobody else. While a goroutine waits for a reply
// it serves the calls that are addressed to its thread, nested as deep as they
// come: so a callback runs on the goroutine that waits for it. A handler's
// context carries the thread that serves it. A method without a Context runs on
// the goroutine that reads the connection and must not block.
//
// Nobody owns the reading of a connection. Whoever waits leads: it reads and
// dispatches, to itself where a message is its own, to others by waking them
// (lead.go). A background goroutine leads when nobody waits.
//
//	caller                                            server thread
//	──────                                            ─────────────
//	Send ── Conn.mu: encode, sendmsg ──── socket ───▶ leads: recvmsg, checks,
//	leads: recvmsg …                                  queues the call to itself,
//	                                                  leaves the lead
//	                                                  Handle
//	… its reply: leaves the lead ◀─────── socket ──── Conn.mu: encode, sendmsg
//	Results                                           leads again
//
// Locks: Conn.mu guards the tables of a connection and the order of its
// messages; nothing blocks under it. thread.mu guards a thread's queue and is
// taken under Conn.mu. callCtx.mu guards one context. No two Conn.mu are held at
// once.
//
// # Privileges
//
// The hot path is recvmsg, sendmsg and what Go's poller needs. Besides: getpid
// (wakes Go's monitor thread), close; fcntl F_DUPFD_CLOEXEC for FromFile and
// for a socket in blocking mode, for the latter also F_GETFL and F_SETFL;
// memfd_secret, memfd_create, ftruncate, fstat, fcntl F_ADD_SEALS and
// F_GET_SEALS, mmap, munmap, madvise, write and pread64 for secrets and bulk
// payloads.
//
// # What it must not do
//
// It knows no role, no schema but the runtime's and no path; it opens no file
// and no socket. It does not retry: a lost connection is its owner's to replace.
package ipc

// Package launch owns the one thread from which children are forked.
//
//	 supervisor (many threads, hundreds of descriptors, perhaps root)
//	┌──────────────────────────────────────────────────────────────┐
//	│ goroutines ──Fork──┐ SCM_RIGHTS over a socket pair           │
//	│                    ▼                                         │
//	│   permanent thread: own descriptor table                     │
//	│   {/dev/null r, /dev/null w, stderr, its socket, the         │
//	│    runtime's poller}, no capability, no_new_privs            │
//	└────────────────────┼─────────────────────────────────────────┘
//	                     │ fork, exec /proc/self/fd/N
//	                     ▼
//	   child: 0 1 on /dev/null, 2 log pipe, 3 IPC socket
//
// # Why the thread is permanent
//
// The kernel sends the parent-death signal when the *thread* that forked ends,
// not when its process does. Go ends and reuses threads as it pleases, so a
// child forked from an ordinary goroutine could be killed at any moment while
// its supervisor is well. The goroutine here is locked to its thread for ever,
// and the thread lives until Stop or until the process dies.
//
// # Why the thread has a descriptor table of its own
//
// A fork copies the table of the thread that forks. Whatever other parts of the
// supervisor hold without close-on-exec is in another table and cannot be
// inherited, not even by a race between opening and marking.
//
// # Invariants
//
//   - The table holds the two /dev/null, descriptor 2, one socket, and the Go
//     runtime's epoll and eventfd; everything in it is close-on-exec. The
//     runtime's two must stay: a garbage collection that this goroutine happens
//     to start polls the network on this very thread (startTheWorldWithSema).
//   - It is not the main thread, whose table and capabilities /proc/self shows
//     as those of the process, and which the runtime never lets end.
//   - What Fork brings is closed before Fork returns.
//   - All capability sets are empty and no_new_privs is set before the first
//     fork; if not, Start fails.
//
// # What it must not do
//
// No os.File and no network poller on the thread: both belong to the process's
// other descriptor table. It does not wait for children and sets no limits; any
// thread of the process can do that.
//
// # Concurrency
//
// Fork may be called from any goroutine; calls take turns. Stop ends the thread
// and thereby kills every child that is still alive.
package launch

// Package sandbox starts the processes of the tree, lets each enter its sandbox,
// and shows from the outside that it did.
//
//	 dash-node (supervisor)                 a role program
//	────────────────────────                ─────────────────────────────────
//	 Spawner ── fork, exec ───────────────▶ main: Enter(ctx, N)
//	   prlimit                                parent, its death signal, environment
//	 Child.Send(Grant) ── descriptors ─────▶  warm-up, grant
//	                                          every open descriptor ↔ manifest
//	                                          limits, not dumpable, no_new_privs,
//	                                          no capabilities      (all threads)
//	                                          Landlock; an act it must refuse
//	                                          seccomp; the canary  (all threads)
//	 Child.AwaitReady ◀── self-report ──────  Boot
//	 Observe(pid), Verify                     …
//	      └── only then ─── Cap'n Proto ────▶ serve
//
// # The spawner's thread
//
// Children are forked from one goroutine that is locked for ever to one thread.
// It must be permanent because the parent-death signal is tied to a thread: when
// the thread that forked a child ends, the kernel sends the child the signal,
// and Go ends threads as it sees fit. The same thread has a descriptor table of
// its own, so that nothing which the supervisor holds can be inherited, and has
// given up all capabilities and taken no_new_privs before it forks anything.
// Package internal/launch has the details.
//
// # What holds when Enter has returned
//
//   - The process holds exactly the descriptors of its role's boot list, each of
//     the right type, access mode and direction, all close-on-exec.
//   - Every thread, and every thread made later, is under the granted filter and
//     Landlock ruleset, has no_new_privs and no capability. The kernel's answers
//     were checked, not only asked for.
//   - The process dies when its supervisor does, leaves no core dump and cannot
//     be read by processes of the same user.
//
// If any of this cannot be had, Enter returns a *LayerError which names the
// layer, what it needs of the kernel, and what the operator can do; the process
// exits with ExitCode(err) and has served nothing. ModeOff leaves out Landlock
// and seccomp, nothing else.
//
// A parent that begins with Cap'n Proto instead of a grant is a stranger. It
// gets the echo role in a sandbox whose filter was compiled at build time.
//
// # Who observed what
//
// A self-report is the word of the process. Observe reads the same from the
// kernel where the kernel shows it: threads, filters, capabilities, limits, and
// as root descriptors and environment. The parent-death signal, the Landlock
// ruleset and the filter's digest can only be told by the process; as root
// LoadedFilters reads the filter back. EvidenceOf marks each line.
//
// # Privileges
//
// The package needs none. As root the spawner also empties the bounding set and
// locks the securebits; without CAP_SETPCAP no_new_privs alone keeps an exec
// from gaining any of it. Decoding violations needs CAP_AUDIT_READ or a readable
// /dev/kmsg, LoadedFilters needs CAP_SYS_ADMIN; both report their absence.
//
// # What it must not do
//
// It decides no policy: rules, limits and manifests are package policy's. It
// opens nothing for a role and knows nothing of what a role does. It links no C,
// since every role links it, and it imports neither net nor os/exec.
//
// # Concurrency
//
// Spawner, Child and ViolationWatcher may be used from any goroutine. Enter is
// called once, before the program starts anything of its own.
package sandbox

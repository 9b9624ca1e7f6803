package policy

const (
	kib = 1 << 10
	mib = 1 << 20
)

// limits returns the resource limits of a role. NOFILE has room for the
// manifest and for descriptors of a message that is about to be refused.
// MEMLOCK of 8 MiB is what an unprivileged supervisor may grant at most (the
// kernel's default hard limit).
//
// Three limits are left alone on purpose: AS, since the Go runtime reserves
// address space in advance and much more than it uses; NPROC, since it counts
// all processes of the user and not those of the role (clone is held to
// threads by seccomp); and CPU, since a node is meant to run for months.
func limits(nofile, memlock uint64, extra ...Limit) []Limit {
	return append([]Limit{
		{"CORE", 4, 0, 0, "a core dump would write the address space to disk"},
		{"NOFILE", 7, nofile, nofile, "a peer that sends descriptors cannot exhaust the system's table"},
		{"MEMLOCK", 8, memlock, memlock, "locked memory holds secrets and nothing else"},
		{"MSGQUEUE", 12, 0, 0, "no role uses POSIX message queues"},
	}, extra...)
}

// fileSize limits what one file of the process can grow to.
func fileSize(bytes uint64, reason string) Limit {
	return Limit{"FSIZE", 1, bytes, bytes, reason}
}

package policy

// fixed returns the descriptors that every role has at exec, and those that
// the Go runtime opens for itself before the sandbox is on.
func fixed() []FDClass {
	return []FDClass{
		{Name: "stdin", Kind: KindNull, Access: ReadOnly, Min: 1, Max: 1, Source: "exec",
			Reason: "descriptor 0 must not be free to be taken by another file"},
		{Name: "stdout", Kind: KindNull, Access: WriteOnly, Min: 1, Max: 1, Source: "exec",
			Reason: "descriptor 1, likewise"},
		{Name: "stderr", Kind: KindPipe, Access: WriteOnly, Min: 1, Max: 1, Source: "exec",
			Reason: "descriptor 2: panics and stacks, read by the supervisor"},
		{Name: "ipc", Kind: KindUnixStream, Access: ReadWrite, Min: 1, Max: 1, Source: "exec",
			Reason: "the grant, then Cap'n Proto with the supervisor"},
		{Name: "epoll", Kind: KindEpoll, Access: ReadWrite, Min: 1, Max: 1, Source: "runtime",
			Reason: "network poller of the Go runtime, made in the warm-up"},
		{Name: "eventfd", Kind: KindEventfd, Access: ReadWrite, Min: 1, Max: 1, Source: "runtime",
			Reason: "wakes the network poller"},
		{Name: "cgroup", Kind: KindCgroup, Access: ReadOnly, Min: 0, Max: 2, Source: "runtime",
			Reason: "CPU limit that GOMAXPROCS follows; opened by the runtime at start where there is one"},
	}
}

// log is the socket to the supervisor's log service. It is connected and
// keeps record boundaries; a datagram socket would do the same and could be
// pointed at another address by sendmsg.
func log() FDClass {
	return FDClass{Name: "log", Kind: KindUnixSeqpacket, Access: ReadWrite, Min: 1, Max: 1, Source: "grant",
		Reason: "log records to the supervisor, which writes debug.log"}
}

// sibling is one connection to another role. Two may be held while a restarted
// sibling's new socket arrives before the old one is closed.
func sibling(role Role) FDClass {
	return FDClass{Name: "sibling/" + string(role), Kind: KindUnixStream, Access: ReadWrite, Min: 0, Max: 2,
		Source: "supervisor:Role.connect", Reason: "Cap'n Proto with " + string(role)}
}

func secrets(max int, source, reason string) FDClass {
	return FDClass{Name: "secret", Kind: KindSecretMem, Access: ReadWrite, Min: 0, Max: max, Seals: SealResize,
		Source: source, Reason: reason}
}

func database(name, source string, min, max int, reason string) FDClass {
	return FDClass{Name: name, Kind: KindRegular, Access: ReadWrite, Min: min, Max: max, Source: source, Reason: reason}
}

// commonOptions are told to every role that runs for long.
func commonOptions(extra ...Option) []Option {
	return append([]Option{
		{Name: "chain", Reason: "which network's rules and prefixes apply"},
		{Name: "debug", Reason: "log categories"},
		{Name: "debugexclude", Reason: "log categories left out"},
		{Name: "loglevel", Reason: "log threshold"},
		{Name: "mocktime", Reason: "all clocks follow it on regtest"},
	}, extra...)
}

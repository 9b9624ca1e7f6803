package policy

// Numbers of the kernel's interface, the same on amd64 and arm64.
const (
	msgDontWait    = 0x40
	msgNoSignal    = 0x4000
	msgCmsgCloexec = 0x40000000

	fGetFL    = 3
	fAddSeals = 1033
	fGetSeals = 1034

	oNonblock = 0x800
	oCloexec  = 0x80000

	// SealResize is F_SEAL_SEAL|F_SEAL_SHRINK|F_SEAL_GROW: a view of the memory
	// cannot fault, and the seals stay.
	SealResize = 0x7

	mfdSealable       = 0x3
	mfdNoExecSealable = 0xb

	solSocket    = 1
	soType       = 3
	soAcceptConn = 30
	soDomain     = 39

	shutWrite = 1

	lockExNonblock = 6
	lockUn         = 8
)

// ipcPart is Cap'n Proto over a unix socket. It receives descriptors too, since
// a peer can send some at any time; it closes them.
func ipcPart() Part {
	return Part{
		Name:   "ipc",
		Reason: "Cap'n Proto over a unix socket",
		Rules: []Rule{
			allow("ipc.Conn receives; a descriptor is never inherited", "recvmsg",
				onlyBits(2, msgCmsgCloexec, msgCmsgCloexec|msgDontWait, "MSG_CMSG_CLOEXEC, perhaps MSG_DONTWAIT")),
			allow("ipc.Conn sends; in particular never MSG_FASTOPEN, which connects", "sendmsg",
				onlyBits(2, 0, msgNoSignal|msgDontWait, "at most MSG_NOSIGNAL|MSG_DONTWAIT")),
		},
	}
}

// descriptorsPart is taking a received socket into use. Sockets arrive in
// non-blocking mode, so none has to be changed.
func descriptorsPart() Part {
	return Part{
		Name:   "receive-descriptors",
		Reason: "the checks on every descriptor that arrives",
		Rules: []Rule{
			allow("os.NewFile and sandbox.CheckFD: access mode, blocking or not", "fcntl", eq(1, fGetFL, "F_GETFL")),
			allow("sandbox.CheckFD: type and size", "fstat"),
			allow("sandbox.CheckFD: stream or records", "getsockopt",
				eq(1, solSocket, "SOL_SOCKET"), eq(2, soType, "SO_TYPE")),
			allow("sandbox.CheckFD: unix or internet", "getsockopt",
				eq(1, solSocket, "SOL_SOCKET"), eq(2, soDomain, "SO_DOMAIN")),
			allow("sandbox.CheckFD: listening or connected", "getsockopt",
				eq(1, solSocket, "SOL_SOCKET"), eq(2, soAcceptConn, "SO_ACCEPTCONN")),
		},
	}
}

// filesPart is taking a received file or memory file into use.
func filesPart() Part {
	return Part{
		Name:   "receive-files",
		Reason: "the checks on every file that arrives",
		Rules: []Rule{
			allow("sandbox.CheckFD: the memory cannot shrink under a view", "fcntl", eq(1, fGetSeals, "F_GET_SEALS")),
			allow("sandbox.CheckFD: secret memory refuses it", "pread64"),
		},
	}
}

// memfdRules make a sealable memory file of a given size.
func memfdRules(who string) []Rule {
	return []Rule{
		allow(who+": a memory file that cannot become executable", "memfd_create",
			eq(1, mfdNoExecSealable, "MFD_CLOEXEC|MFD_ALLOW_SEALING|MFD_NOEXEC_SEAL")),
		allow(who+" before Linux 6.3, which lacks MFD_NOEXEC_SEAL", "memfd_create",
			eq(1, mfdSealable, "MFD_CLOEXEC|MFD_ALLOW_SEALING")),
		allow(who+": its size", "ftruncate"),
	}
}

// makeSecretPart is secrets on their way to another process.
func makeSecretPart() Part {
	return Part{
		Name:   "make-secret",
		Reason: "a secret is put into memory of its own and passed as a descriptor",
		Rules: append(memfdRules("ipc.NewSecret of nothing, or without memfd_secret"),
			allow("ipc.NewSecret: memory that only its mappings show", "memfd_secret", eq(0, oCloexec, "O_CLOEXEC")),
			allow("ipc.NewSecret without memfd_secret: its size is fixed, it can be wiped", "fcntl",
				eq(1, fAddSeals, "F_ADD_SEALS"), eq(2, SealResize, "SEAL|SHRINK|GROW")),
			allow("ipc.NewSecret: fill; ipc.Secret.Close: wipe", "mmap",
				eq(2, protReadWrite, "PROT_READ|PROT_WRITE"), eq(3, mapShared, "MAP_SHARED")),
			allow("ipc.Secret: the mapping goes", "munmap"),
		),
	}
}

// openSecretPart is secrets that arrive, and keys in memory of their own.
func openSecretPart() Part {
	return Part{
		Name:   "open-secret",
		Reason: "secrets arrive as a descriptor and are kept in memory of their own",
		Rules: []Rule{
			allow("signer: memory that only its mappings show; ipc.Secret received: to compare with", "memfd_secret",
				eq(0, oCloexec, "O_CLOEXEC")),
			allow("signer: its size", "ftruncate"),
			allow("signer: keys; ipc.Secret.Close: wipe", "mmap",
				eq(2, protReadWrite, "PROT_READ|PROT_WRITE"), eq(3, mapShared, "MAP_SHARED")),
			allow("ipc.Secret.Open: a view", "mmap", eq(2, protRead, "PROT_READ"), eq(3, mapShared, "MAP_SHARED")),
			allow("ipc.Secret: the mapping goes", "munmap"),
			allow("ipc.Secret.Open: the view is not dumped", "madvise", eq(2, madvDontDump, "MADV_DONTDUMP")),
		},
	}
}

// lockedMemoryPart is keys in anonymous memory, where there is no memfd_secret.
func lockedMemoryPart() Part {
	return Part{
		Name:   "locked-memory",
		Reason: "keys stay out of swap and dumps",
		Rules: []Rule{
			allow("signer: keys stay out of swap", "mlock"),
			allow("signer: after wiping", "munlock"),
			allow("signer: keys stay out of dumps", "madvise", eq(2, madvDontDump, "MADV_DONTDUMP")),
			allow("signer: the memory goes", "munmap"),
		},
	}
}

// databasePart is bbolt on a passed descriptor (Options.OpenFile).
func databasePart() Part {
	return Part{
		Name:   "database",
		Reason: "bbolt on a passed descriptor",
		Rules: []Rule{
			allow("bbolt: one owner per file", "flock", eq(1, lockExNonblock, "LOCK_EX|LOCK_NB")),
			allow("bbolt: close", "flock", eq(1, lockUn, "LOCK_UN")),
			allow("bbolt: size", "fstat"),
			allow("bbolt: meta pages", "pread64"),
			allow("bbolt: pages of a transaction", "pwrite64"),
			allow("bbolt: commit", "fdatasync"),
			allow("bbolt: after growing", "fsync"),
			allow("bbolt: grow", "ftruncate"),
			allow("bbolt: the view, never writable", "mmap", eq(2, protRead, "PROT_READ"), eq(3, mapShared, "MAP_SHARED")),
			allow("bbolt: the view moves when the file grows", "munmap"),
			allow("bbolt: access pattern of the view", "madvise", eq(2, madvRandom, "MADV_RANDOM")),
		},
	}
}

// blockFilesPart is Dash Core's flat files on passed descriptors.
func blockFilesPart() Part {
	return Part{
		Name:   "block-files",
		Reason: "blk and rev files on passed descriptors",
		Rules: []Rule{
			allow("read a block or its undo data", "pread64"),
			allow("write a block or its undo data", "pwrite64"),
			allow("before the index names a block", "fdatasync"),
		},
	}
}

// acceptPart is serving TCP on a passed listener, without package net: an
// accepted socket has the listener's options, so that none has to be set, and
// its peer's address comes with it.
func acceptPart() Part {
	return Part{
		Name:   "accept",
		Reason: "TCP connections accepted on a passed listener",
		Rules: []Rule{
			allow("rpc listener: a client; never inherited, never blocking", "accept4",
				eq(3, oCloexec|oNonblock, "SOCK_CLOEXEC|SOCK_NONBLOCK")),
			allow("rpc server: end of a reply after which the connection closes", "shutdown", eq(1, shutWrite, "SHUT_WR")),
		},
	}
}

// peersPart is peers: those accepted on a passed listener, as in acceptPart, and
// those that the supervisor connected to.
func peersPart() Part {
	return Part{
		Name:   "peers",
		Reason: "TCP connections with peers, accepted on a passed listener or passed themselves",
		Rules: []Rule{
			allow("conn.acceptor: a peer; never inherited, never blocking", "accept4",
				eq(3, oCloexec|oNonblock, "SOCK_CLOEXEC|SOCK_NONBLOCK")),
			allow("conn.boundTo: at which own address a peer is connected (getpeerinfo addrbind)", "getsockname"),
			allow("conn.Peer: what was sent before the end gets out", "shutdown", eq(1, shutWrite, "SHUT_WR")),
		},
	}
}

// stateFilesPart is small files that are read and written as a whole.
func stateFilesPart() Part {
	return Part{
		Name:   "state-files",
		Reason: "peers.dat and its like on passed descriptors",
		Rules: []Rule{
			allow("read a state file", "pread64"),
			allow("write its successor", "pwrite64"),
		},
	}
}

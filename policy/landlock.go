package policy

// denyAll is the ruleset of every role: everything the kernel can refuse is
// handled and no exception is made, so nothing can be opened, bound, connected,
// signalled or reached by an abstract socket. What a role uses was opened
// before. The list ends at ABI 7; a kernel that handles less is covered by
// seccomp, which denies the same acts by call.
func denyAll() Landlock {
	return Landlock{
		FS: []LandlockRight{
			{"FS_EXECUTE", 1 << 0, 1},
			{"FS_WRITE_FILE", 1 << 1, 1},
			{"FS_READ_FILE", 1 << 2, 1},
			{"FS_READ_DIR", 1 << 3, 1},
			{"FS_REMOVE_DIR", 1 << 4, 1},
			{"FS_REMOVE_FILE", 1 << 5, 1},
			{"FS_MAKE_CHAR", 1 << 6, 1},
			{"FS_MAKE_DIR", 1 << 7, 1},
			{"FS_MAKE_REG", 1 << 8, 1},
			{"FS_MAKE_SOCK", 1 << 9, 1},
			{"FS_MAKE_FIFO", 1 << 10, 1},
			{"FS_MAKE_BLOCK", 1 << 11, 1},
			{"FS_MAKE_SYM", 1 << 12, 1},
			{"FS_REFER", 1 << 13, 2},
			{"FS_TRUNCATE", 1 << 14, 3},
			{"FS_IOCTL_DEV", 1 << 15, 5},
		},
		Net: []LandlockRight{
			{"NET_BIND_TCP", 1 << 0, 4},
			{"NET_CONNECT_TCP", 1 << 1, 4},
		},
		Scoped: []LandlockRight{
			{"SCOPE_ABSTRACT_UNIX_SOCKET", 1 << 0, 6},
			{"SCOPE_SIGNAL", 1 << 1, 6},
		},
		Reason: "a role opens nothing itself; what it uses arrives as a descriptor",
	}
}

// Package memfile makes and judges files that exist only in memory: for
// secrets, and for payloads too large for a message.
//
// A secret lies in a memfd_secret, which no other process and not even the
// kernel's own read paths can reach, or, where the kernel has none, in a memfd
// that cannot be executed or resized. A payload lies in a memfd that cannot be
// written or resized.
//
// The receiver of such a file maps it, and a mapping that reaches beyond the
// end of its file raises SIGBUS. So what is mapped must be unable to shrink:
// either the seals say so, or the file is a memfd_secret, whose size the kernel
// fixes when it is first set. The file system tells a memfd_secret from other
// files without seals: its device number is that of a memfd_secret made here.
//
// Calls used: memfd_secret, memfd_create, ftruncate, fstat, fcntl F_ADD_SEALS
// and F_GET_SEALS, mmap, munmap, madvise, write, pread64, close.
package memfile

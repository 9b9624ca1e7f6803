// Package compile turns the data of package policy into seccomp programs with
// libseccomp. Only the supervisor and the tools link it (it needs cgo); a role
// receives its program as bytes.
//
// # Invariants
//
//   - The same spec, architecture and mode always give the same bytes for the
//     same version of libseccomp.
//   - A program for a pid is byte for byte what compiling with that pid in the
//     rules would give: the placeholder is put in and found by compiling twice.
//   - Calls of a foreign architecture kill the process in every mode.
//
// # Programs with cgo
//
// Roles are pure Go. A role that were linked with cgo would need more, since
// glibc makes its threads and its locks: clone with 0x3d0f00 (that is the
// runtime's 0xd0f00 plus CLONE_PARENT_SETTID and CLONE_CHILD_CLEARTID of
// pthread_create) in place of 0xd0f00, clone3 answered with ENOSYS so that
// glibc falls back to clone (its flags lie in memory, where a filter cannot
// see them), set_robust_list, rseq, and mprotect without PROT_EXEC for thread
// stacks. No role is, so no rule here allows any of these.
//
// # Concurrency
//
// Functions are safe for concurrent use; libseccomp's own calls are serialised
// by its binding.
package compile

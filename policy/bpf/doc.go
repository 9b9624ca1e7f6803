// Package bpf runs seccomp programs without a kernel: a validator and an
// interpreter for classic BPF as seccomp(2) accepts it, the question "by which
// rule", and the difference between two programs.
//
// # Invariants
//
//   - A program that Parse accepts ends: jumps go forward only, and the last
//     instruction of every path is a return.
//   - Parse refuses what the kernel's seccomp_check_filter refuses: loads
//     outside struct seccomp_data or not aligned, packet loads, other opcodes,
//     jumps out of the program, more than 4096 instructions.
//   - Explain never guesses: if the program and the data it was compiled from
//     disagree about a call, it says so and is an error.
//
// # What it must not do
//
// It makes no system call and reads no file; it works on bytes of programs that
// may be hostile.
//
// # Concurrency
//
// Everything is safe for concurrent use.
package bpf

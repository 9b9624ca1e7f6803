// Package policy holds the roles of the process tree as reviewed data: for each
// role every system call with its argument conditions and its reason, its
// Landlock rights, resource limits, descriptor manifest, options, and whom it
// may call.
//
//	          policy (this package: data, pure Go, linked by every program)
//	         /        \
//	compile            bpf
//	(cgo, libseccomp:  (pure Go: runs a compiled program
//	 data -> program)   and answers by which rule)
//
// # Invariants
//
//   - A rule without a reason does not exist; the tests refuse it.
//   - What is not listed is denied: the default action of every program is to
//     kill the process (in trace mode to raise SIGSYS).
//   - No role may open a path, create a socket, start a program, signal another
//     process, or map memory executable.
//   - A compiled program differs between two processes of one role in nothing
//     but the pid.
//
// # Changing a role
//
// The parts (parts_base.go, parts_fd.go) and the roles (role_*.go) are the
// data. After a change
//
//	go test ./policy ./policy/compile -update     golden rules and programs
//	go run ./policy/internal/genecho              the built-in echo programs
//	DASHMP_ABLATE=1 go test ./policy/ablate -update    what needs each rule (minutes)
//
// and review the lines that changed under testdata. A rule that nothing needs
// goes; -run 'TestAblation/roles/core' looks at one role only. When a role dies of a
// missing call, the supervisor's log names the call; "dash-policy may ROLE CALL
// ARGS" says what the policy thinks of it.
//
// A part may need a call with the pid as its argument. No other rule of the
// role may then consist of the same comparison with a constant that a pid can
// have, or the compiler shares the two and the program depends on the pid in
// more than a constant; a test finds that.
//
// # What it must not do
//
// It performs no system call and imports neither os nor syscall: entering a
// sandbox is package sandbox's business. It holds no state; every function
// returns fresh values, so that a caller cannot edit the policy of another.
//
// # Concurrency
//
// Everything is safe for concurrent use.
package policy

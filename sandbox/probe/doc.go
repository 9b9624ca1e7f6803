// Package probe acts against the sandbox from inside a role program, to show
// that each weak spot that is known is closed there and not only in a stand-in.
//
// A role program calls Hook right after it has entered its sandbox. In an
// ordinary build Hook does nothing and the acts are not linked. Built with the
// tag dashprobe, a configuration of the form
//
//	{"probe": "socket.mptcp", "args": {…}}
//
// makes it try that one act, report the outcome over the IPC socket and exit.
// Nearly every act ends with the filter killing the process, which is its
// result.
//
// Every probe has a control: the same act in the same program in mode off, or
// where that takes privileges which no role has, in a program that has them.
// The control must succeed, or fail with an errno that only a call which was
// made can return; a probe whose control does neither proves nothing and fails.
//
// # What it must not do
//
// Acts leave the machine as it was when they succeed, since the control runs
// them as root: they name directories and processes made for the purpose.
//
// Package drive starts role programs and compares probe and control.
package probe

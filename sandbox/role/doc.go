// Package role is the child's side of the process tree: what every role program
// does between exec and its component, and between its component and exit.
//
//	exec ─ arguments ─ sandbox.Enter ─ connection ─ Start ─ siblings … Stop ─ exit
//	        "-ipcfd N"   grant, checks,   to the       the      as the supervisor
//	                     lock-down        supervisor   component hands them over
//
// One socket carries everything between role and supervisor. On it the role
// offers Init (Echo) and broker.Role, and gets its broker. Each sibling has a
// socket of its own, which the supervisor makes and hands over by
// broker.Role.Connect; on that the role offers what Service.Bootstrap returns
// for just that sibling, and nothing if policy.Graph has no edge between them.
//
// Invariants:
//
//   - Nothing is served before sandbox.Enter has returned: every layer is on
//     and checked.
//   - A program takes exactly the arguments "-ipcfd N" and no environment.
//   - Under a parent that sends no grant the program is the echo role, whatever
//     it was built to be: Init and Echo, no broker, no siblings, no component.
//   - When the supervisor's socket ends, the role stops. (Its death kills the
//     role anyway; see the parent-death signal in package sandbox.)
//   - Signals that a terminal or a service manager sends to all processes at
//     once are ignored: the supervisor stops its roles in order.
//
// What it must not do: open, create, connect or spawn anything. It works with
// the descriptors it was given.
//
// Privileges: those of the role; see package policy. Of descriptors it holds the
// IPC socket, the log socket and the siblings' sockets itself; the rest is the
// component's.
//
// Concurrency: Run owns one goroutine per connection and one per log socket and
// waits for all of them. Calls to Service are made one at a time per sibling.
package role

// Package notify runs the operator's notify commands: -startupnotify,
// -blocknotify, -walletnotify, -alertnotify, -shutdownnotify and their like.
//
// Invariants:
//
//   - The text of a command comes from the operator's configuration alone.
//     What an event puts into it is typed: a hash becomes 64 hexadecimal
//     digits, a height a decimal number, a wallet name and an alert one
//     single-quoted word of the shell. No request of a role can add to,
//     end or begin a command.
//   - Commands of one event never wait for those of another event's source:
//     Post returns at once. What runs at a time, what waits and how fast
//     commands start are bounded; beyond that events are dropped and counted
//     in the log.
//
// Commands run as Dash Core's runCommand does, by the user's shell with the
// environment and the output of the node itself — and not in a sandbox: they
// are the operator's programs.
//
// Concurrency: a Runner may be used by any goroutine. It owns one dispatching
// goroutine and one per running command; Close waits for the dispatcher and
// leaves running commands alone, as Dash Core does.
package notify

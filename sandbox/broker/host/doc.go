// Package host is what a node does at start towards the machine and its
// operator: it binds the RPC listeners, writes the cookie and the pid file, and
// keeps a secret in memory of its own. The supervisor uses it for its roles,
// dashd for itself; rules and texts are Dash Core's.
//
// What it must not do: read a byte from a listener it has bound, or write a
// password anywhere but into the cookie file and into secret memory.
//
// Concurrency: plain functions; values belong to their caller.
package host

// Package peers is how the core gets connections: it decides whom the core may
// connect to, connects, and hands out the socket. The supervisor uses it behind
// the broker's verbs, dashd directly.
//
// Invariants: no connection to an address that is not publicly routable, nor to
// the node's own ports, nor to an unspecified, multicast or broadcast address,
// unless the operator named it in an option or an RPC; on regtest, loopback and
// private addresses are as good as routable ones. Only names that the operator
// gave, and the network's DNS seeds, are looked up. Dialling is bounded in rate,
// in number at a time and in time.
//
// What it must not do: read a byte from a connection.
//
// Concurrency: a Guard is for use by any goroutine; its mutex guards what has
// been named, and the rate.
package peers

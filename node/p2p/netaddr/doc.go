// Package netaddr holds network addresses as Dash Core knows them: IPv4, IPv6,
// Tor v3, I2P, CJDNS, and the internal names of the address manager, with or
// without a port, and subnets. It reads and writes their text forms, the
// encoding of addr messages, that of addrv2 messages (BIP155), and what the
// address manager and eviction compare: network classes and groups.
//
// Invariants: an Addr and a Service are comparable values; two of them are ==
// exactly when Dash Core's are. A decoder checks a stranger's length before it
// takes memory for it.
//
// What it must not do: import net or os, look up a name, or open anything.
// Scope ids of link-local IPv6 addresses are not kept: such peers are not
// reachable here.
//
// Concurrency: values only.
package netaddr

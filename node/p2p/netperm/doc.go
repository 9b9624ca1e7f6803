// Package netperm holds the permissions that -whitelist and -whitebind grant to
// peers, and reads those options with Dash Core's error texts. It is a leaf: the
// supervisor, which binds the addresses, needs it without the rest of the
// network.
//
// What it must not do: import net or os. Concurrency: values only.
package netperm

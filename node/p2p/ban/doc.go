// Package ban remembers whom the operator banned, by subnet and until when, and
// whom the node itself discourages because of misbehaviour: the first in
// banlist.json as Dash Core writes it, the second in memory of fixed size only
// (banman.cpp).
//
// What it must not do: open a file. Concurrency: a Manager is for use by any
// goroutine; one mutex guards all.
package ban

// Package httpd is the HTTP/1.1 server of the rpc role: as much of the protocol
// as JSON-RPC and REST clients use, answered as Dash Core's libevent server
// answers (src/httpserver.cpp), for clients that may be hostile.
//
//	listener ─ accept ─┬─ conn ─ read head ─ Admit ─ read body ─ Serve ─ write, wipe ─┐
//	                   │          ▲                   └ refused: body is thrown away  │
//	                   │          └───────────────── keep-alive ──────────────────────┘
//	                   └─ table of connections: at the limit the one goes that has
//	                      been idle or reading a head for longest
//
// It exists beside net/http for three reasons. Request bytes may hold secrets,
// and here they live in one buffer per connection (plus one per large body)
// that is wiped after each reply, while net/http keeps them in pooled buffers.
// The limits and statuses are those of libevent (400 for a head above 8192
// bytes, which net/http answers with 431). And it needs no system call but
// accept4, read, write, shutdown and close.
//
// Invariants:
//   - No byte of a body is stored before Admit has accepted the head.
//   - Memory per connection is one buffer until a body has been admitted, and
//     grows with the bytes that arrive, never with what a header claims.
//   - Every wait ends: an idle connection and a whole head have Timeout, a body
//     has Timeout per 64 KiB, a reply has Timeout per 256 KiB.
//   - A request that two parsers could read differently is refused: obsolete
//     line folding, white space around names, two lengths, a length beside
//     chunks.
//
// What the package must not do: know of RPC, resolve names, set socket options,
// log what clients send.
//
// Concurrency: one goroutine per connection and per listener, owned by Server;
// Shutdown waits for all of them. Handler is called from the connections'
// goroutines.
package httpd

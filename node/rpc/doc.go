// Package rpc is the component of the rpc role: it serves JSON-RPC over HTTP as
// Dash Core v23.1 does (src/httpserver.cpp, src/httprpc.cpp, src/rpc/server.cpp),
// runs the few methods that are its own, and sends every other one to the role
// that owns it.
//
//	client ─ internal/httpd ─ Admit: address, path, password
//	                          Serve: work queue ─ method table ─┬─ own methods
//	                                                            ├─ core    (node.Node)
//	   secrets of a request ─ ipc.Secret ─ signer (SecretBox)   ├─ wallet  (wallet.Loader)
//	   and "secret:N" in their place                            └─ signer  (wallet.SecretBox)
//
// Invariants:
//
//   - A method that is not in the table goes nowhere, nor does a call with a
//     wrong number of arguments or an unknown name.
//   - A parameter that the table marks as secret leaves this role only as an
//     ipc.Secret to the SecretBox. No owner and no log record ever gets its
//     text; an argument of another shape than documented is refused where it
//     could hide one.
//   - What an owner answers is checked to be one JSON value before it becomes
//     part of a reply, so that no role can forge another's part of a batch.
//   - Every call ends: an owner that is not there is an error at once, one that
//     disconnects is an error then, one that hangs is an error after
//     Options.CallTimeout. The error is RPC_MISC_ERROR (-1) and names the
//     program: "dash-wallet is not running: …".
//
// Two roles for one call. A row may name a call that another role answers first
// (method.First): signrawtransactionwithkey asks the core for the outputs that
// the transaction spends and hands them to the signer with the keys, so that
// the signer needs no chain and no key reaches the core; scantxoutset has the
// signer turn descriptors into scripts and hands only those to the core. A
// parameter that names a new file (method.Param.NewFile) reaches the owner as
// a handle: the supervisor has created the file, the owner takes its
// descriptor from there, and it gets its name when the call has succeeded.
//
// Secrets in memory. The request's bytes are in one buffer of httpd and wiped
// after the reply; a decoded secret is in one buffer, wiped as soon as it has
// been copied into secret memory; a password is decoded into a buffer that is
// wiped after the comparison. What cannot be wiped from Go: registers and stack
// frames that SHA-256 used, and the kernel's socket buffers. Passwords that the
// role must know are held as hashes only.
//
// Deliberate differences from Dash Core: a batch of a user with a white list is
// checked call by call (Dash Core checks an empty method name, which refuses
// all batches, or none if the list ends with a comma); a wrong password costs
// its 250 ms without keeping a place in the queue from clients that are logged in; replies
// to a batch are bounded (Options.MaxReply).
//
// What the package must not do: open, listen, dial, resolve or spawn; know of
// ipc.Conn; keep a request's bytes after its reply.
//
// Privileges, as a role: RPC listeners and what they accept; sockets to core,
// wallet, signer and supervisor. System calls for clients: accept4 with
// SOCK_CLOEXEC|SOCK_NONBLOCK, fcntl F_GETFL, read, write, shutdown SHUT_WR,
// close. NewListener needs no socket option and no getsockname.
//
// Concurrency: a Server may be used by any goroutine. It owns the goroutines of
// httpd; Stop waits for all of them.
package rpc

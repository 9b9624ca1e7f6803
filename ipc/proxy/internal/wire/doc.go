// Package wire is what generated proxies have in common: reading and writing
// the members of Cap'n Proto structs, and what becomes of object references.
//
// A Reader and a Writer keep the first error, so that generated code is a
// plain list of members with one check at the end. A Reader takes nothing on
// trust: every pointer must be of its member's kind, and all that is decoded
// from a message, lists above all, is charged against the bytes of that
// message before memory is allocated for it. Decoding therefore allocates at
// most a constant times what the peer had to send, however often pointers in
// the message lead to the same place and however many elements of no size a
// list claims.
//
// Ownership. A reference taken from a message belongs to whoever gets it: its
// proxy gives it up in Close, or when the garbage collector finds the proxy
// unreachable (a function has no other way). What a method returns is the
// caller's until it gives it up, which the object learns if it is a Releaser or
// an ipc.Handler; an object passed as a parameter is only lent. A proxy that is
// passed on to the process it points to becomes the original Go value there. A
// function that was received and is passed back does not: Go cannot tell where
// a function came from, so it is called through both processes.
//
// Generated code is the only user. Reader and Writer belong to one goroutine.
package wire

// Command mpgen generates the proxies that carry a Go interface across
// processes.
//
// It reads Cap'n Proto schemas (through the capnp compiler) and the Go
// packages that the schemas name with $Proxy.wrap, matches interface to
// interface, method to method, parameter and struct field to field by name,
// and writes one Go package per schema file with, for each interface X,
//
//	XClient      implements the Go interface by calls over a connection
//	NewXObject   wraps a Go value as an object that a peer can call
//	BootstrapX   the client for the peer's bootstrap object
//
//	schema (*.capnp) ── capnp compile -o- ──┐
//	                                        ├── match ── plan ── emit ── ipc/proxy/<file>proxy
//	Go interfaces ──── go list -export ─────┘
//
// What has no counterpart on the other side, or another type there, is an
// error that names both places. Nothing is guessed and nothing is skipped, so
// a contract cannot change on one side only.
//
// The mapping:
//
//	bool, intN, uintN, floatN     the type of the same width; int, uint: 64 bit
//	string                        Text
//	[]byte, [N]byte               Data, the latter with exactly N bytes
//	named integer                 the integer, or an enum with the same names
//	struct                        struct, field by field
//	[]T                           List(T); nil is a null pointer
//	*struct, *string, *[N]byte    null pointer when nil
//	*scalar                       the scalar and a Bool field hasX
//	ipc.FD, ipc.Secret, ipc.Bulk  the marker interfaces of common.capnp
//	Go interface                  interface, by reference, in both directions
//	func(context.Context, …) …    interface with the single method call
//	context.Context (first)       Proxy.Context
//	error (last)                  an exception
//
// The methods construct and destroy belong to libmultiprocess's conventions
// and have no Go counterpart.
//
// mpgen runs at build time only. It must not be linked by any program, and it
// writes nothing but its own output directory.
package main

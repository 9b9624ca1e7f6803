// Package rpcdesc answers the RPCs about output descriptors, in the process that
// may see private keys.
//
// # Invariants
//
// Results are public: descriptors without private keys, addresses, scripts.
// Codes and texts of errors are Dash Core's (src/rpc/output_script.cpp,
// EvalDescriptorStringOrObject of src/rpc/util.cpp), except that a part of the
// text which may be a private key is not repeated.
//
// # What it must not do
//
// Keep anything beyond a call, open or log anything.
//
// # Concurrency
//
// All functions are pure.
package rpcdesc

// Package rpcvalue reads the values that parameters of RPCs hold: integers,
// hexadecimal text, hashes, amounts.
//
// What is accepted, in which order it is checked, and the codes and texts of
// errors are those of Dash Core (src/rpc/util.cpp, src/univalue,
// ParseFixedPoint of src/util/strencodings.cpp). Errors repeat the value that
// is wrong, as Dash Core's do: a parameter that may hold a secret is not read
// with it before it has been found to be none.
//
// The package must not keep state or import net or os. Everything is safe for
// concurrent use.
package rpcvalue

// Package rawtx holds the RPCs about transactions, scripts, addresses and PSBTs
// that need no chain, or no more of it than single coins, and the JSON forms of
// transactions and scripts that other RPCs print too.
//
//	Methods(Options)          what the core executes
//	JSON.Tx, Script, Payload  transactions as decoderawtransaction prints them
//
// # Invariants
//
// Names and order of fields, formats of numbers, codes and texts of errors are
// those of Dash Core v23.1 (src/rpc/rawtransaction.cpp, rawtransaction_util.cpp,
// output_script.cpp, signmessage.cpp, src/core_write.cpp, src/evo/core_write.cpp).
// Two differences are known. BLS keys and signatures are printed as they stand
// in a payload, where Dash Core prints zeros for one that is no point of its
// curve, and before v19 is active converts them to the legacy scheme. Only the pushes at the start of an input script take part in
// combinerawtransaction; Dash Core would run the rest.
//
// # What it must not do
//
// It holds no state and no private key beyond a call, and opens nothing.
//
// # Concurrency
//
// Everything is safe for concurrent use.
package rawtx

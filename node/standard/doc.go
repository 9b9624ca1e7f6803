// Package standard knows the standard forms of scripts: which template an output
// script is, whom it pays, how it reads, and how signatures that are at hand
// fulfil it.
//
//	Solve, Destination, Destinations     template, keys and hashes of a script
//	Asm, ParseAsm                        the text form that RPCs and dash-tx use
//	Produce, Extract                     input scripts from signatures, and back
//	IsStandard, DustThreshold            data of relay policy
//
// # Invariants
//
// It recognises what Dash Core's Solver (src/script/standard.cpp) recognises,
// and prints what its core_write.cpp prints. Produce asks for signatures in the
// order of the keys and reports what is missing as Dash Core's
// ProduceSignature (src/script/sign.cpp) does.
//
// # What it must not do
//
// It holds no private key: a Creator makes signatures elsewhere.
//
// # Concurrency
//
// All functions are pure; a SignatureData belongs to one caller.
package standard

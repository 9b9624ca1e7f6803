// Package script is Dash's script language: parsing, the interpreter with all
// of Dash's flags, and the signature hash.
//
// Consensus depends on every corner of it, so it follows Dash Core's
// src/script/interpreter.cpp act for act, the order of checks included: the
// error that comes first is the one the vectors hold. The opcodes of DIP20
// (CAT, SPLIT, AND, OR, XOR, DIV, MOD, NUM2BIN, BIN2NUM, CHECKDATASIG and its
// verifying form) are always on.
//
// A script is a plain []byte and is never changed here. An evaluation has no
// state outside its own stack; Verify may run on any number of goroutines at
// once. The package reads nothing and writes nothing.
package script

// Package method is the table of RPC methods: one row per method, from which
// everything that depends on its shape is derived.
//
//	row ─┬─ help text                                   (Help, Method.Text)
//	     ├─ number of arguments, names to positions     (Table.Resolve)
//	     ├─ strings of a command line to JSON           (Table.Convert…)
//	     ├─ which parameters are secrets                (Param.Secret)
//	     └─ which process executes the method           (Owner)
//
// Adding a method is adding a row to the file of its category. A method without
// a row does not exist for clients, and goes nowhere.
//
// Invariants, checked by NewTable: names are unique; a secret is a string, at
// the top or inside an array or object; no parameter follows a hidden one that
// is not hidden.
//
// The names, types, order and defaults of parameters are the contract of Dash
// Core v23.1, and so is the form of the help text (src/rpc/util.cpp,
// RPCHelpMan::ToString); the describing words are our own.
//
// What the package must not do: execute anything, import net or os, keep
// mutable state. It is linked by dash-node-rpc, dashd and dash-cli.
//
// Concurrency: a Table is read-only after NewTable.
package method

// Package procfs reads the state of a process and of each of its threads from
// /proc.
//
// A line that is missing or malformed is an error, never a zero: a zero would
// read as "no capabilities" or "not confined" without anyone having seen it.
// Parsers take bytes and open nothing.
package procfs

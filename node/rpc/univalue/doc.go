// Package univalue reads and writes JSON the way Dash Core's UniValue does
// (src/univalue): one value per text, at most 512 levels deep, the text of
// numbers and the order of keys kept, the first of equal keys found first.
//
// A Value is a view of the text it was parsed from. Parsing checks the whole
// text once and copies nothing; walking a value scans it again. That has two
// uses here: a small text cannot be blown up into a large tree, and a secret
// inside a request exists in no other place than the buffer that its owner
// wipes, unless somebody asks for it with Text or AppendText.
//
// Invariants: a Value made by Parse or reached from one is well-formed, so
// walking it cannot fail. It must not be used after its buffer was changed.
//
// Stricter than UniValue in one respect: over-long UTF-8 and surrogates that
// are encoded as UTF-8 are refused as well as other malformed UTF-8.
//
// What the package must not do: import anything that can reach outside the
// process; keep state; convert numbers, whose text is the caller's to judge.
//
// Concurrency: Values are read-only and may be shared.
package univalue

// Package frame judges Cap'n Proto messages before anything reads them: how
// long a message in the standard stream framing is, where its segments lie, and
// whether every pointer in it is in bounds, not too deep and not amplifying.
//
// A message that passes Validate can be read without an error and without more
// work than the given number of words, so that whatever reads it later needs no
// limits of its own. Nothing here allocates according to a number that the
// peer chose.
//
// The rules are those of https://capnproto.org/encoding.html. The package must
// not interpret a message: it knows no schema.
package frame

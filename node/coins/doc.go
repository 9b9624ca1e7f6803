// Package coins holds unspent transaction outputs: the compact forms in which
// Dash Core stores them and what is spent, and the digests of the whole set.
//
// The encodings (src/compressor.h, src/undo.h) are those of the rev?????.dat
// files, which must stay readable by Dash Core. Decoders trust nothing: lengths
// are checked before allocation. The package is pure and does no I/O.
package coins

// Package bip39 turns entropy into a mnemonic sentence and a mnemonic sentence
// into the seed of a key tree.
//
// Rules: BIP39 with the English word list (english.txt, that of the BIP), words
// separated by one space. As in Dash Core (src/wallet/bip39.cpp) texts are taken
// as they are, without Unicode normalisation, and the salt is cut at 256 bytes.
// Unlike there the whole checksum counts; Dash Core compares only some of its
// bits, and so takes sentences for valid that no wallet ever made.
//
// # What it must not do
//
// Keep anything. What it works with lies in the caller's slices and on the
// stack; Seed also allocates, so that callers erase the heap after it.
//
// # Concurrency
//
// All functions are pure.
package bip39

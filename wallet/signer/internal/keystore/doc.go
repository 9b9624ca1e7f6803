// Package keystore keeps the secrets of one wallet at rest, and says whether
// they can be read now.
//
//	keys.bolt    bbolt: what is public in clear, each secret sealed with the
//	             store key (XChaCha20-Poly1305, a nonce of its own, bound to its
//	             name, network and wallet)
//	keys.secret  the store key, while there is no passphrase; else empty
//
// With a passphrase the store key is sealed too, under a key that argon2id makes
// of the passphrase, and lies in the database.
//
// # Invariants
//
//   - In memory, secrets and the store key lie in lockbox regions only. The file
//     of the store key is read by pread into one and is never mapped; the mapped
//     database holds ciphertext.
//   - Encrypt and ChangePassphrase replace the store key and seal everything
//     anew, in one commit; then the old key is overwritten in its file, where it
//     was in clear. Free pages of the database keep what was sealed with the old
//     key; with an old passphrase whoever has those pages can still read it. A crash
//     leaves the store as before, or with its passphrase: an old key that is
//     still in its file is overwritten at the next opening.
//   - A wrong passphrase is ErrPassphrase and changes nothing. What does not
//     open with the right key is ErrCorrupt.
//   - Wiping means overwriting in place. A file system or a medium that copies
//     on write can keep the old key; SECURITY.md says so.
//
// # What it must not do
//
// Open or name files, know what a secret means, or log.
//
// # Concurrency
//
// A Store is safe for concurrent use. Deriving a key from a passphrase takes
// about half a second and 128 MiB, one at a time in a process.
package keystore

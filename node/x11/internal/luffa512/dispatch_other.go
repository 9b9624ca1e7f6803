//go:build !amd64 || purego

package luffa512

// Sum writes the 64-byte digest of msg to out. out may overlap msg.
func Sum(out *[64]byte, msg []byte) { sumGeneric(out, msg) }

//go:build !amd64 || purego

package echo512

func compress(v *chain, block *[blockSize]byte, count uint64) { compressGeneric(v, block, count) }

//go:build !amd64 || purego

package shavite512

func compress(h *[16]uint32, block *[blockSize]byte, count uint64) { compressGeneric(h, block, count) }

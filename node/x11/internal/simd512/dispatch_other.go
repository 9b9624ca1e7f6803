//go:build !amd64 || purego

package simd512

func expand(y *expansion, block *[blockSize]byte, add *[points]int16) { expandGeneric(y, block, add) }

func mix(h *[32]uint32, block *[blockSize]byte, y *expansion) { mixGeneric(h, block, y) }

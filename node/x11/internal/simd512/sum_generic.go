package simd512

func compress(h *[32]uint32, block *[blockSize]byte, final bool) { compressGeneric(h, block, final) }

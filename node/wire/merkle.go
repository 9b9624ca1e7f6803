package wire

// MerkleRoot folds leaves into their merkle root, doubling the last node of an
// odd level, and uses leaves as its scratch space. The root of no leaves is
// zero.
//
// mutated is true when two neighbours of a level are equal. Because of the
// doubling, a list with a repeated tail has the same root as the list without
// it (CVE-2012-2459); a block that is mutated must be refused without
// remembering its hash as invalid.
//
// Source of the rule: ComputeMerkleRoot in Dash Core's src/consensus/merkle.cpp.
func MerkleRoot(leaves []Hash) (root Hash, mutated bool) {
	if len(leaves) == 0 {
		return Hash{}, false
	}
	var pair [2 * HashSize]byte
	for level := leaves; len(level) > 1; {
		half := 0
		for i := 0; i < len(level); i += 2 {
			left, right := level[i], level[i]
			if i+1 < len(level) {
				right = level[i+1]
				mutated = mutated || left == right
			}
			copy(pair[:HashSize], left[:])
			copy(pair[HashSize:], right[:])
			level[half] = DoubleSHA256(pair[:])
			half++
		}
		level = level[:half]
	}
	return leaves[0], mutated
}

package wire

import (
	"fmt"
	"testing"
)

// referenceRoot folds recursively, straight from the definition.
func referenceRoot(leaves []Hash) Hash {
	if len(leaves) == 1 {
		return leaves[0]
	}
	var next []Hash
	for i := 0; i < len(leaves); i += 2 {
		j := min(i+1, len(leaves)-1)
		next = append(next, DoubleSHA256(append(leaves[i][:], leaves[j][:]...)))
	}
	return referenceRoot(next)
}

func leavesOf(ids ...byte) []Hash {
	out := make([]Hash, len(ids))
	for i, id := range ids {
		out[i] = DoubleSHA256([]byte{id})
	}
	return out
}

func TestMerkleRoot(t *testing.T) {
	if root, mutated := MerkleRoot(nil); !root.IsZero() || mutated {
		t.Error("the root of nothing")
	}
	for n := 1; n <= 33; n++ {
		ids := make([]byte, n)
		for i := range ids {
			ids[i] = byte(i)
		}
		want := referenceRoot(leavesOf(ids...))
		if root, mutated := MerkleRoot(leavesOf(ids...)); root != want || mutated {
			t.Errorf("%d leaves: %s mutated %v, want %s", n, root, mutated, want)
		}
	}
}

// TestMerkleMutation: lists with a doubled tail share the root of the plain
// list and must be told apart (CVE-2012-2459).
func TestMerkleMutation(t *testing.T) {
	for _, tc := range []struct {
		plain, doubled []byte
	}{
		{[]byte{1, 2, 3}, []byte{1, 2, 3, 3}},
		{[]byte{1, 2, 3, 4, 5, 6}, []byte{1, 2, 3, 4, 5, 6, 5, 6}},
		{[]byte{1, 2, 3, 4, 5, 6, 7}, []byte{1, 2, 3, 4, 5, 6, 7, 7}},
		{[]byte{1, 2, 3, 4, 5}, []byte{1, 2, 3, 4, 5, 5, 5, 5}},
	} {
		t.Run(fmt.Sprint(tc.doubled), func(t *testing.T) {
			plain, m1 := MerkleRoot(leavesOf(tc.plain...))
			doubled, m2 := MerkleRoot(leavesOf(tc.doubled...))
			if plain != doubled {
				t.Fatal("roots differ: not an instance of the attack")
			}
			if m1 || !m2 {
				t.Errorf("mutated %v and %v, want false and true", m1, m2)
			}
		})
	}
	// Equal neighbours in the middle count too; equal leaves apart do not.
	if _, mutated := MerkleRoot(leavesOf(7, 7, 1)); !mutated {
		t.Error("equal first pair not seen")
	}
	if _, mutated := MerkleRoot(leavesOf(1, 7, 7, 2)); mutated {
		t.Error("equal leaves of different pairs reported")
	}
}

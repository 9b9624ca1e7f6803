package policy

import "dashmp/node/wire"

const (
	// MaxPackageCount is how many transactions a package may have.
	MaxPackageCount = 25
	// maxPackageSize is how large they may be together, in bytes.
	maxPackageSize = 101_000
)

// CheckPackage returns why transactions cannot be a package, "" if they can
// (CheckPackage).
func CheckPackage(txs []*wire.Tx) string {
	if len(txs) > MaxPackageCount {
		return "package-too-many-transactions"
	}
	size := 0
	later := make(map[wire.Hash]bool, len(txs))
	for _, tx := range txs {
		size += tx.Size()
		later[tx.ID()] = true
	}
	// Of a single one its own size is the better reason.
	if len(txs) > 1 && size > maxPackageSize {
		return "package-too-large"
	}
	for _, tx := range txs {
		for i := range tx.Inputs {
			if later[tx.Inputs[i].PrevOut.Hash] {
				return "package-not-sorted"
			}
		}
		delete(later, tx.ID())
	}
	if conflicts(txs) {
		return "conflict-in-package"
	}
	return ""
}

// conflicts reports whether two transactions spend the same output. One that
// spends the same twice breaks consensus, which is for that to say.
func conflicts(txs []*wire.Tx) bool {
	by := map[wire.OutPoint]int{}
	for n, tx := range txs {
		for i := range tx.Inputs {
			if first, seen := by[tx.Inputs[i].PrevOut]; seen && first != n {
				return true
			}
			by[tx.Inputs[i].PrevOut] = n
		}
	}
	return false
}

// IsChildWithParents reports whether all transactions but the last are parents
// of the last, and there are some.
func IsChildWithParents(txs []*wire.Tx) bool {
	if len(txs) < 2 {
		return false
	}
	parents := map[wire.Hash]bool{}
	child := txs[len(txs)-1]
	for i := range child.Inputs {
		parents[child.Inputs[i].PrevOut.Hash] = true
	}
	for _, tx := range txs[:len(txs)-1] {
		if !parents[tx.ID()] {
			return false
		}
	}
	return true
}

package mempool

import "dashmp/node/wire"

// The memory that Dash Core's mempool takes on 64-bit Linux. -maxmempool is in
// these bytes: with the same option both keep the same transactions. Sizes of
// structures are those of v23.1; getmempoolinfo of a running dashd tells the same
// (TestRPCsOfCore). Of 20000 transactions of 85 bytes in chains of ten it makes
// 996 bytes each, where our heap grows by 1125.
const (
	sizeEntry       = 304 + 12*8 // CTxMemPoolEntry and its indexes
	sizeTransaction = 112
	sizeCounter     = 24 // of a shared pointer
	sizeInput       = 80
	sizeOutput      = 40
	sizeHashEntry   = 40      // txid and iterator in vTxHashes
	sizeSpendNode   = 32 + 16 // of mapNextTx
	sizeDeltaNode   = 32 + 40 // of mapDeltas
	sizeLinkNode    = 32 + 8  // of a set of parents or children
	directScript    = 28      // bytes of a script that need no allocation
)

// alloc is what n allocated bytes take (MallocUsage).
func alloc(n int) int64 {
	if n == 0 {
		return 0
	}
	return int64((n + 31) >> 4 << 4)
}

// txUsage is what a transaction takes (RecursiveDynamicUsage).
func txUsage(tx *wire.Tx) int64 {
	n := alloc(sizeTransaction) + alloc(sizeCounter) + alloc(len(tx.Inputs)*sizeInput) + alloc(len(tx.Outputs)*sizeOutput)
	for i := range tx.Inputs {
		n += scriptUsage(tx.Inputs[i].ScriptSig)
	}
	for i := range tx.Outputs {
		n += scriptUsage(tx.Outputs[i].ScriptPubKey)
	}
	return n
}

func scriptUsage(s []byte) int64 {
	if len(s) <= directScript {
		return 0
	}
	return alloc(len(s))
}

// hashList is the capacity of a list that doubles when it is full and shrinks
// when it is more than half empty (vTxHashes).
type hashList struct{ length, capacity int }

func (l *hashList) grow() {
	if l.length == l.capacity {
		l.capacity = max(1, 2*l.capacity)
	}
	l.length++
}

func (l *hashList) shrink() {
	l.length--
	if l.length > 0 && l.length*2 < l.capacity {
		l.capacity = l.length
	}
}

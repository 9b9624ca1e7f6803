package main

import (
	"encoding/hex"
	"math"
	"sync"
	"sync/atomic"

	"dashmp/node/arith"
	"dashmp/node/wire"
)

// text is an error whose wording is Dash Core's.
type text string

func (t text) Error() string { return string(t) }

// grind returns the header with a nonce that makes its hash meet its target
// (Grind of src/bitcoin-util.cpp). Tasks is how many look for it.
func grind(args []string, tasks int) (string, error) {
	if len(args) != 1 {
		return "", text("Must specify block header to grind")
	}
	b, err := hex.DecodeString(args[0])
	if err != nil || len(b) < wire.HeaderSize {
		return "", text("Could not decode block header")
	}
	header, err := wire.DecodeHeader(b[:wire.HeaderSize])
	if err != nil {
		return "", text("Could not decode block header")
	}
	target, negative, overflow := arith.FromCompact(header.Bits)
	if target == (arith.Uint256{}) || negative || overflow || !search(&header, target, uint32(tasks)) {
		return "", text("Could not satisfy difficulty target")
	}
	return hex.EncodeToString(header.Append(nil)), nil
}

// search tries all nonces, task i those with the remainder i, and sets the
// header's.
func search(header *wire.Header, target arith.Uint256, tasks uint32) bool {
	const none = math.MaxUint64
	var found atomic.Uint64
	found.Store(none)
	var wg sync.WaitGroup
	for i := range tasks {
		wg.Go(func() {
			h := *header
			for n := uint64(i); n <= math.MaxUint32 && found.Load() == none; n += uint64(tasks) {
				h.Nonce = uint32(n)
				if hash := arith.FromHash(h.Hash()); hash.Cmp(target) <= 0 {
					found.CompareAndSwap(none, n)
					return
				}
			}
		})
	}
	wg.Wait()
	header.Nonce = uint32(found.Load())
	return found.Load() != none
}

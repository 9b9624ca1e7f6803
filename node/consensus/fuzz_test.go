package consensus

import (
	"path/filepath"
	"testing"

	"dashmp/node/params"
	"dashmp/node/wire"
)

// FuzzBlock judges arbitrary blocks on top of one where commitments are due.
// Each refusal must name its reason, and only what was accepted may connect.
func FuzzBlock(f *testing.F) {
	blocks := readBlocks(f, filepath.Join("testdata", "regtest.blocks.gz"))
	const tip = 441
	l := newLedger(network(f, params.Regtest, params.Options{}))
	for _, b := range blocks[:tip] {
		l.add(f, b)
	}
	f.Add(blocks[tip].Append(nil))
	f.Add(blocks[479].Append(nil))
	now := int64(blocks[tip].Header.Time)
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := wire.DecodeBlock(raw)
		if err != nil {
			return
		}
		// Get past the header, whose checks come first.
		b.Header = blocks[tip].Header
		seal(b)
		err = l.test(b, now, false)
		if err == nil {
			return
		}
		e, ok := err.(*Error)
		if !ok || e.Kind == "" || e.Reject == "" {
			t.Errorf("%#v", err)
		}
		for _, tx := range b.Txs {
			c := SpecialContext{Prev: l.chain.tip(), PrevCbTx: l.cb, Lookup: l.chain.lookup}
			_ = l.rules.CheckSpecialTx(tx, c)
		}
	})
}

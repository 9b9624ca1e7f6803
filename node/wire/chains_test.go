package wire

import (
	"bytes"
	"encoding/binary"
	"testing"

	"dashmp/node/internal/realdata"
)

// TestRegtestChains decodes whole chains that Dash Core made, with special
// transactions of all types: links, merkle roots and encodings must hold, and
// every payload must come back as it was.
func TestRegtestChains(t *testing.T) {
	if testing.Short() {
		t.Skip("1,400 blocks: not in short mode")
	}
	blocks := 0
	payloads := map[TxType]int{}
	for _, name := range []string{"asset_locks", "dip3_deterministicmns", "llmq_evo"} {
		raw := realdata.Read(t, realdata.Path(t, "regtest", "chain_feature_"+name+".bin.gz"))
		var tip Hash
		for len(raw) > 0 {
			size := binary.LittleEndian.Uint32(raw)
			p := raw[4 : 4+size]
			raw = raw[4+size:]
			b, err := DecodeBlock(p)
			if err != nil {
				t.Fatalf("%s: block %d: %v", name, blocks, err)
			}
			root, mutated := b.MerkleRoot()
			if b.Header.PrevBlock != tip || root != b.Header.MerkleRoot || mutated || !bytes.Equal(b.Append(nil), p) {
				t.Fatalf("%s: block %s: link %s, root %s, mutated %v", name, b.Header.Hash(), tip, root, mutated)
			}
			tip = b.Header.Hash()
			blocks++
			for _, tx := range b.Txs {
				if !tx.HasExtraPayload() {
					continue
				}
				payload, err := DecodePayload(tx.Type, tx.ExtraPayload)
				if err != nil || !bytes.Equal(payload.Append(nil), tx.ExtraPayload) {
					t.Fatalf("%s: %s of type %d: %v", name, tx.ID(), tx.Type, err)
				}
				payloads[tx.Type]++
			}
		}
	}
	t.Logf("%d blocks, payloads by type %v", blocks, payloads)
	for typ := TxProRegister; typ <= TxAssetUnlock; typ++ {
		if payloads[typ] == 0 && typ != TxProUpRevoke { // no revocation in these chains
			t.Errorf("no payload of type %d", typ)
		}
	}
	if blocks != 815+246+372 {
		t.Errorf("%d blocks", blocks)
	}
}

package params

import (
	"encoding/binary"
	"encoding/hex"

	"dashmp/node/arith"
	"dashmp/node/wire"
)

const (
	// genesisReward is what the unspendable coinbase of a genesis block pays.
	genesisReward = 50 * Coin
	genesisText   = "Wired 09/Jan/2014 The Grand Experiment Goes Live: Overstock.com Is Now Accepting Bitcoins"
	genesisKey    = "040184710fa689ad5023690c80f3a49c8f13f8d45b8c857fbcbc8bc4a8e4d3eb4b" +
		"10f4d4604fa08dce601aaf0f470216fe1b51850b4acf21b179c45070ac7b03a9"

	opReturn   = 0x6a
	opCheckSig = 0xac
)

// genesisBlock makes the genesis block of a network. All share one coinbase.
func genesisBlock(time, nonce, bits uint32) *wire.Block {
	// push(486604799) push(4) push(text): the pushes as Bitcoin's genesis has them.
	sig := []byte{4, 0xff, 0xff, 0x00, 0x1d, 1, 4, 0x4c, byte(len(genesisText))}
	sig = append(sig, genesisText...)
	key, err := hex.DecodeString(genesisKey)
	if err != nil {
		panic("params: genesis key: " + err.Error())
	}
	script := append([]byte{byte(len(key))}, key...)
	tx := coinbase(sig, append(script, opCheckSig))
	return seal(wire.Header{Version: 1, Time: time, Bits: bits, Nonce: nonce}, tx)
}

// devnetGenesis makes the second genesis block of a devnet (height 1), whose
// coinbase holds the full name, "devnet" or "devnet-NAME". Its nonce is the
// first that satisfies the target.
//
// Source of the rule: FindDevNetGenesisBlock in Dash Core's src/chainparams.cpp.
func devnetGenesis(prev *wire.Block, prevHash wire.Hash, name string) (*wire.Block, wire.Hash) {
	sig := append([]byte{0x51}, pushData([]byte(name))...)
	b := seal(wire.Header{
		Version:   4,
		PrevBlock: prevHash,
		Time:      prev.Header.Time + 1,
		Bits:      prev.Header.Bits,
	}, coinbase(sig, []byte{opReturn}))
	target, _, _ := arith.FromCompact(b.Header.Bits)
	for {
		// Every second hash satisfies a devnet's target.
		hash := b.Header.Hash()
		if arith.FromHash(hash).Cmp(target) <= 0 {
			return b, hash
		}
		b.Header.Nonce++
	}
}

// pushData is the shortest push of data by length (a script's << of bytes).
func pushData(data []byte) []byte {
	switch n := len(data); {
	case n < 0x4c:
		return append([]byte{byte(n)}, data...)
	case n <= 0xff:
		return append([]byte{0x4c, byte(n)}, data...)
	case n <= 0xffff:
		return append(binary.LittleEndian.AppendUint16([]byte{0x4d}, uint16(n)), data...)
	default:
		return append(binary.LittleEndian.AppendUint32([]byte{0x4e}, uint32(n)), data...)
	}
}

func coinbase(scriptSig, scriptPubKey []byte) *wire.Tx {
	return &wire.Tx{
		Version: 1,
		Inputs: []wire.TxIn{{
			PrevOut:   wire.OutPoint{Index: wire.NullIndex},
			ScriptSig: scriptSig,
			Sequence:  wire.SequenceFinal,
		}},
		Outputs: []wire.TxOut{{Value: genesisReward, ScriptPubKey: scriptPubKey}},
	}
}

func seal(h wire.Header, tx *wire.Tx) *wire.Block {
	b := &wire.Block{Header: h, Txs: []*wire.Tx{tx}}
	b.Header.MerkleRoot, _ = b.MerkleRoot()
	return b
}

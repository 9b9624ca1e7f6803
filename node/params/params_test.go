package params

import (
	"bytes"
	"testing"

	"dashmp/node/arith"
	"dashmp/node/wire"
)

func mustSelect(t *testing.T, network string, o Options) *Params {
	t.Helper()
	p, err := Select(network, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestGenesis(t *testing.T) {
	const root = "e0028eb9648db56b1ac77cf090b99048a8007e2bb64b68f092c03c7f56a662c7"
	for _, tc := range []struct{ network, hash string }{
		{Main, "00000ffd590b1485b3caadc19b22e6379c733355108f107a430458cdf3407ab6"},
		{Test, "00000bafbc94add76cb75e2ec92894837288a481e5c005f6563d91623bf8bc2c"},
		{Devnet, "000008ca1832a4baf228eb1553c03d3a2c8e02399550dd6ea8d65cec3ef23d2e"},
		{Regtest, "000008ca1832a4baf228eb1553c03d3a2c8e02399550dd6ea8d65cec3ef23d2e"},
	} {
		t.Run(tc.network, func(t *testing.T) {
			p := mustSelect(t, tc.network, Options{})
			if got := p.GenesisHash.String(); got != tc.hash {
				t.Errorf("hash %s, want %s", got, tc.hash)
			}
			if got := p.Genesis.Header.MerkleRoot.String(); got != root {
				t.Errorf("merkle root %s, want %s", got, root)
			}
			if p.GenesisHash != p.Genesis.Header.Hash() {
				t.Error("GenesisHash is not the hash of Genesis")
			}
			b, err := wire.DecodeBlock(p.Genesis.Append(nil))
			if err != nil || b.Txs[0].ID().String() != root {
				t.Errorf("the genesis block does not survive its encoding: %v", err)
			}
			if p.Network != tc.network {
				t.Errorf("Network %q", p.Network)
			}
		})
	}
}

// TestDevnetGenesis checks the derived block's form; its nonce is the first
// that satisfies the target.
func TestDevnetGenesis(t *testing.T) {
	for _, name := range []string{"", "a", "ouzo", string(bytes.Repeat([]byte("x"), 300))} {
		p := mustSelect(t, Devnet, Options{DevnetName: name})
		h := p.DevnetGenesis.Header
		if h.PrevBlock != p.GenesisHash || h.Version != 4 || h.Time != p.Genesis.Header.Time+1 || h.Bits != 0x207fffff {
			t.Errorf("%q: header %+v", name, h)
		}
		if h.Hash() != p.DevnetGenesisHash {
			t.Errorf("%q: hash", name)
		}
		target, _, _ := arith.FromCompact(h.Bits)
		for h.Nonce = 0; arith.FromHash(h.Hash()).Cmp(target) > 0; h.Nonce++ {
		}
		if h.Nonce != p.DevnetGenesis.Header.Nonce {
			t.Errorf("%q: nonce %d, want %d", name, p.DevnetGenesis.Header.Nonce, h.Nonce)
		}
		if p.Checkpoints[1].Hash != p.DevnetGenesisHash || p.DataDir != DevnetFullName(name) {
			t.Errorf("%q: checkpoint or directory", name)
		}
	}
}

func TestSelectMakesFreshValues(t *testing.T) {
	a := mustSelect(t, Regtest, Options{})
	a.Consensus.LLMQs[0].Size = 99
	a.Checkpoints[0].Height = 7
	b := mustSelect(t, Regtest, Options{})
	if b.Consensus.LLMQs[0].Size == 99 || b.Checkpoints[0].Height == 7 {
		t.Error("two selections share memory")
	}
}

func TestUnknownChain(t *testing.T) {
	_, err := Select("signet", Options{})
	if err == nil || err.Error() != "CreateChainParams: Unknown chain signet." {
		t.Errorf("got %v", err)
	}
}

func TestLastCheckpoints(t *testing.T) {
	for network, want := range map[string]Checkpoint{
		Main: {2421800, mustHash("000000000000000718ed026ebd644a8b70b42d4cbd7b25304c066c9bf15f85b7")},
		Test: {1380000, mustHash("000000a98084beaf77ed26a905a7d59979009e23367a55b5d634962d7d65a1f9")},
	} {
		p := mustSelect(t, network, Options{})
		if got := p.Checkpoints[len(p.Checkpoints)-1]; got != want {
			t.Errorf("%s: %v, want %v", network, got, want)
		}
		for i := 1; i < len(p.Checkpoints); i++ {
			if p.Checkpoints[i].Height <= p.Checkpoints[i-1].Height {
				t.Errorf("%s: checkpoints out of order at %d", network, i)
			}
		}
	}
}

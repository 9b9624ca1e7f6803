package mining

import (
	"context"
	"math"

	"dashmp/node/consensus"
	"dashmp/node/pow"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/wire"
)

// DefaultMaxTries is how many nonces generate calls try (DEFAULT_MAX_TRIES).
const DefaultMaxTries = 1_000_000

// interruptEvery is after how many hashes, some microseconds each, a search
// looks whether it should end.
const interruptEvery = 256

// ended reports whether work for a call should stop.
func (m *Miner) ended(ctx context.Context) bool { return ctx.Err() != nil || m.interrupted() }

// solve looks for the nonce of a block whose transactions are final. tries is
// what is left of them. found is false if they, the time or the nonces are used
// up; more tells whether another template may be tried (GenerateBlock).
func (m *Miner) solve(ctx context.Context, b *wire.Block, tries *uint64) (hash wire.Hash, found, more bool) {
	b.Header.MerkleRoot, _ = b.MerkleRoot()
	h := &b.Header
	for n := 0; ; n++ {
		if n%interruptEvery == 0 && m.ended(ctx) || *tries == 0 {
			return hash, false, false
		}
		if h.Nonce == math.MaxUint32 {
			return hash, false, true
		}
		if hash = h.Hash(); pow.Check(hash, h.Bits, m.p.Consensus.PowLimit) {
			return hash, true, true
		}
		h.Nonce++
		*tries--
	}
}

// submit hands a block to the chain.
func (m *Miner) submit(ctx context.Context, b *wire.Block) error {
	if _, err := m.o.Chain.ProcessBlock(ctx, b, true); err != nil {
		m.o.Log.Error("ProcessNewBlock: AcceptBlock FAILED (" + err.Error() + ")")
		return rpcerr.Errorf(rpcerr.Internal, "ProcessNewBlock, block not accepted")
	}
	return nil
}

// Generate makes count blocks that pay scriptPubKey and returns their hashes;
// fewer if maxTries nonces do not suffice or the node stops (generateBlocks).
func (m *Miner) Generate(ctx context.Context, scriptPubKey []byte, count int, maxTries uint64) ([]wire.Hash, error) {
	hashes := []wire.Hash{}
	for count > 0 && !m.ended(ctx) {
		t, err := m.Template(ctx, scriptPubKey, true)
		if err != nil {
			return nil, err
		}
		hash, found, more := m.solve(ctx, t.Block, &maxTries)
		if !more {
			break
		}
		if !found {
			continue
		}
		if err := m.submit(ctx, t.Block); err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
		count--
	}
	return hashes, nil
}

// GenerateWith makes a block that holds txs and none of the pool's (generateblock).
func (m *Miner) GenerateWith(ctx context.Context, scriptPubKey []byte, txs []*wire.Tx) (wire.Hash, error) {
	t, err := m.Template(ctx, scriptPubKey, false)
	if err != nil {
		return wire.Hash{}, err
	}
	t.Block.Txs = append(t.Block.Txs, txs...)
	if err := m.o.Chain.TestBlock(ctx, t.Block, consensus.Checks{}); err != nil {
		return wire.Hash{}, rpcerr.Errorf(rpcerr.Verify, "TestBlockValidity failed: %s", rejectReason(err))
	}
	tries := uint64(DefaultMaxTries)
	hash, found, _ := m.solve(ctx, t.Block, &tries)
	if !found {
		return wire.Hash{}, rpcerr.Errorf(rpcerr.Misc, "Failed to make block.")
	}
	return hash, m.submit(ctx, t.Block)
}

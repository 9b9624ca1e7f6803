package consensus

import (
	"cmp"
	"slices"

	"dashmp/node/params"
	"dashmp/node/wire"
)

const commitmentTxVersion = 1

// checkCommitmentTx checks a transaction that mines the outcome of a key
// generation. Without masternodes every one fails, and the commitment is null.
//
// Source of the rule: CheckLLMQCommitment in Dash Core's src/llmq/commitment.cpp.
func (r *Rules) checkCommitmentTx(tx *wire.Tx, c SpecialContext) *Error {
	payload, err := wire.PayloadOf[*wire.QuorumCommitment](tx)
	if err != nil {
		return invalid(KindConsensus, "bad-qc-payload")
	}
	qc := &payload.Commitment
	if hasPoints(qc) {
		// As for the coinbase's ChainLock, only the curve can tell what it is.
		return unverified("a quorum commitment")
	}
	q, known := r.p.Consensus.LLMQ(params.LLMQType(qc.LLMQType))
	if !known {
		return invalid(KindConsensus, "bad-qc-commitment-type")
	}
	if payload.Version == 0 || payload.Version > commitmentTxVersion {
		return invalid(KindConsensus, "bad-qc-version")
	}
	if int64(payload.Height) != int64(nextHeight(c.Prev)) {
		return invalid(KindConsensus, "bad-qc-height")
	}
	base, known := c.Lookup(qc.QuorumHash)
	if !known || !inChain(base, c.Prev) {
		return invalid(KindConsensus, "bad-qc-quorum-hash")
	}
	if !qc.IsNull() { // members without a key
		return invalid(KindConsensus, "bad-qc-invalid")
	}
	if !rightSizes(qc, &q) {
		return invalid(KindConsensus, "bad-qc-invalid-null")
	}
	return nil
}

func hasPoints(qc *wire.FinalCommitment) bool {
	return qc.QuorumPublicKey != (wire.BLSPublicKey{}) || qc.QuorumSig != (wire.BLSSignature{}) ||
		qc.MembersSig != (wire.BLSSignature{})
}

func rightSizes(qc *wire.FinalCommitment, q *params.LLMQ) bool {
	return qc.Signers.Len() == q.Size && qc.ValidMembers.Len() == q.Size
}

// rotates reports whether the key generation that a block at height falls into
// makes rotated quorums (IsQuorumRotationEnabled in Dash Core's src/llmq/options.cpp).
func (r *Rules) rotates(q *params.LLMQ, height int) bool {
	cycle := height - height%q.DKGInterval
	return q.UseRotation && cycle >= 1 && r.active(params.DIP0024, cycle)
}

// CommitmentSlot is a quorum whose commitment a block must hold.
type CommitmentSlot struct {
	LLMQ       params.LLMQ
	QuorumHash wire.Hash
	// Index is that of a rotated quorum, else 0.
	Index int
	// Rotated quorums' commitments tell their index.
	Rotated bool
}

// CommitmentsDue lists the commitments that the block after prev must hold, as
// long as none but null ones were ever mined: in the order of Dash Core's
// parameters.
//
// Source of the rule: GetNumCommitmentsRequired in Dash Core's
// src/llmq/blockprocessor.cpp.
func (r *Rules) CommitmentsDue(prev Block) (due []CommitmentSlot) {
	height := nextHeight(prev)
	if prev == nil || !r.active(params.DIP0003, height) {
		return nil
	}
	for _, q := range r.enabledLLMQs(prev) {
		due = append(due, r.due(q, prev)...)
	}
	return due
}

func (r *Rules) enabledLLMQs(prev Block) (list []params.LLMQ) {
	dummy := r.bits.Active(params.DeploymentTestDummy, prev)
	for _, q := range r.p.Consensus.LLMQs {
		if r.p.LLMQEnabled(q.Type, prev.Height(), dummy) {
			list = append(list, q)
		}
	}
	return list
}

func (r *Rules) due(q params.LLMQ, prev Block) (due []CommitmentSlot) {
	height := nextHeight(prev)
	phase := height % q.DKGInterval
	if phase < q.DKGMiningWindowStart || phase > q.DKGMiningWindowEnd {
		return nil
	}
	// Asked about for the parent, unlike everything else.
	rotated, n := r.rotates(&q, prev.Height()), 1
	if rotated {
		n = q.SigningActiveQuorumCount
	}
	for i := range n {
		if hash, ok := quorumHash(&q, prev, i); ok {
			due = append(due, CommitmentSlot{LLMQ: q, QuorumHash: hash, Index: i, Rotated: rotated})
		}
	}
	return due
}

// quorumHash is the hash of the block that a quorum is named after in the key
// generation of the block after prev. It is unknown on that block itself.
func quorumHash(q *params.LLMQ, prev Block, index int) (wire.Hash, bool) {
	height := nextHeight(prev)
	base := height - height%q.DKGInterval + index
	if base == -1 { // the tip, to Dash Core's GetBlockHash
		return prev.Hash(), true
	}
	b := prev.Ancestor(base)
	if b == nil {
		return wire.Hash{}, false
	}
	return b.Hash(), true
}

// checkCommitments checks that a block holds the commitments that are due and
// no others.
//
// Source of the rule: CQuorumBlockProcessor::ProcessBlock in Dash Core's
// src/llmq/blockprocessor.cpp.
func (r *Rules) checkCommitments(b *wire.Block, c SpecialContext) *Error {
	height := nextHeight(c.Prev)
	if !r.active(params.DIP0003, height) {
		return nil
	}
	list, err := r.commitments(b, height)
	if err != nil {
		return err
	}
	for _, q := range r.enabledLLMQs(c.Prev) {
		required, found := len(r.due(q, c.Prev)), 0
		for _, qc := range list {
			if params.LLMQType(qc.LLMQType) == q.Type {
				found++
			}
		}
		if found > required {
			return invalid(KindConsensus, "bad-qc-not-allowed")
		}
		if found < required {
			return invalid(KindConsensus, "bad-qc-missing")
		}
	}
	for _, qc := range list {
		q, _ := r.p.Consensus.LLMQ(params.LLMQType(qc.LLMQType))
		if hash, ok := quorumHash(&q, c.Prev, int(qc.QuorumIndex)); !ok || hash != qc.QuorumHash {
			return invalid(KindConsensus, "bad-qc-block")
		}
	}
	return nil
}

// commitments are those of a block, by type. Their transactions have been
// checked, except that Dash Core takes a type without a payload for one here.
func (r *Rules) commitments(b *wire.Block, height int) (list []*wire.FinalCommitment, _ *Error) {
	for _, tx := range b.Txs {
		if tx.Type != wire.TxQuorumCommitment {
			continue
		}
		payload, err := wire.PayloadOf[*wire.QuorumCommitment](tx)
		if err != nil {
			return nil, invalid(KindConsensus, "bad-qc-payload")
		}
		qc := &payload.Commitment
		q, known := r.p.Consensus.LLMQ(params.LLMQType(qc.LLMQType))
		if !known {
			return nil, invalid(KindConsensus, "bad-qc-commitment-type")
		}
		same := func(o *wire.FinalCommitment) bool { return o.LLMQType == qc.LLMQType }
		if !r.rotates(&q, height) && slices.ContainsFunc(list, same) {
			return nil, invalid(KindConsensus, "bad-qc-dup")
		}
		list = append(list, qc)
	}
	slices.SortStableFunc(list, func(a, b *wire.FinalCommitment) int { return cmp.Compare(a.LLMQType, b.LLMQType) })
	return list, nil
}

// NullTx is the transaction that mines a null commitment for s in the block
// after prev: what a miner adds while no key generation has succeeded.
//
// Source of the rule: GetMineableCommitments in Dash Core's
// src/llmq/blockprocessor.cpp.
func (s *CommitmentSlot) NullTx(r *Rules, prev Block) *wire.Tx {
	version := uint16(wire.CommitmentLegacy)
	if s.Rotated {
		version = wire.CommitmentLegacyIndexed
	}
	if r.active(params.V19, nextHeight(prev)) {
		version += wire.CommitmentBasic - wire.CommitmentLegacy
	}
	payload := wire.QuorumCommitment{
		Version: commitmentTxVersion, Height: uint32(nextHeight(prev)),
		Commitment: wire.FinalCommitment{
			Version: version, LLMQType: uint8(s.LLMQ.Type), QuorumHash: s.QuorumHash,
			Signers: wire.NewBitSet(s.LLMQ.Size), ValidMembers: wire.NewBitSet(s.LLMQ.Size),
		},
	}
	if s.Rotated {
		payload.Commitment.QuorumIndex = int16(s.Index)
	}
	return &wire.Tx{
		Version: wire.SpecialTxVersion, Type: wire.TxQuorumCommitment, ExtraPayload: payload.Append(nil),
	}
}

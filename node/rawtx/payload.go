package rawtx

import (
	"encoding/hex"
	"slices"

	"dashmp/node/address"
	"dashmp/node/rpccall"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// Payload is the payload of a special transaction and the key that it stands
// under, "" if there is none or it does not decode (the ToJson functions of
// src/evo/core_write.cpp).
func (j JSON) Payload(tx *wire.Tx) (key string, value rpccall.Object) {
	payload, err := wire.DecodePayload(tx.Type, tx.ExtraPayload)
	if err != nil {
		return "", nil
	}
	switch p := payload.(type) {
	case *wire.ProRegister:
		return "proRegTx", j.proRegister(p)
	case *wire.ProUpService:
		return "proUpServTx", j.proUpService(p)
	case *wire.ProUpRegistrar:
		return "proUpRegTx", j.proUpRegistrar(p)
	case *wire.ProUpRevoke:
		return "proUpRevTx", object{
			{Key: "version", Value: p.Version},
			{Key: "proTxHash", Value: p.ProTxHash.String()},
			{Key: "reason", Value: p.Reason},
			{Key: "inputsHash", Value: p.InputsHash.String()},
		}
	case *wire.CbTx:
		return "cbTx", cbTx(p)
	case *wire.QuorumCommitment:
		return "qcTx", object{
			{Key: "version", Value: p.Version},
			{Key: "height", Value: p.Height},
			{Key: "commitment", Value: Commitment(&p.Commitment)},
		}
	case *wire.MnHfSignal:
		return "mnhfTx", object{
			{Key: "version", Value: p.Version},
			{Key: "signal", Value: object{
				{Key: "versionBit", Value: p.Bit},
				{Key: "quorumHash", Value: p.QuorumHash.String()},
				{Key: "sig", Value: hex.EncodeToString(p.Signature[:])},
			}},
		}
	case *wire.AssetLock:
		return "assetLockTx", j.assetLock(p)
	case *wire.AssetUnlock:
		return "assetUnlockTx", object{
			{Key: "version", Value: p.Version},
			{Key: "index", Value: p.Index},
			{Key: "fee", Value: p.Fee},
			{Key: "requestedHeight", Value: p.RequestedHeight},
			{Key: "quorumHash", Value: p.QuorumHash.String()},
			{Key: "quorumSig", Value: hex.EncodeToString(p.QuorumSig[:])},
		}
	}
	return "", nil
}

func cbTx(p *wire.CbTx) object {
	o := object{
		{Key: "version", Value: p.Version},
		{Key: "height", Value: p.Height},
		{Key: "merkleRootMNList", Value: p.MerkleRootMNList.String()},
	}
	if p.Version >= wire.CbTxMerkleRootQuorums {
		o = append(o, member{Key: "merkleRootQuorums", Value: p.MerkleRootQuorums.String()})
	}
	if p.Version >= wire.CbTxCLSigAndBalance {
		o = append(o,
			member{Key: "bestCLHeightDiff", Value: p.BestCLHeightDiff},
			member{Key: "bestCLSignature", Value: hex.EncodeToString(p.BestCLSignature[:])},
			member{Key: "creditPoolBalance", Value: rpccall.Amount(p.CreditPoolBalance)})
	}
	return o
}

// Commitment is a final commitment (CFinalCommitment::ToJson).
func Commitment(c *wire.FinalCommitment) rpccall.Object {
	return object{
		{Key: "version", Value: c.Version},
		{Key: "llmqType", Value: c.LLMQType},
		{Key: "quorumHash", Value: c.QuorumHash.String()},
		{Key: "quorumIndex", Value: c.QuorumIndex},
		{Key: "signersCount", Value: c.Signers.Count()},
		{Key: "signers", Value: hex.EncodeToString(c.Signers.Bytes())},
		{Key: "validMembersCount", Value: c.ValidMembers.Count()},
		{Key: "validMembers", Value: hex.EncodeToString(c.ValidMembers.Bytes())},
		{Key: "quorumPublicKey", Value: hex.EncodeToString(c.QuorumPublicKey[:])},
		{Key: "quorumVvecHash", Value: c.QuorumVvecHash.String()},
		{Key: "quorumSig", Value: hex.EncodeToString(c.QuorumSig[:])},
		{Key: "membersSig", Value: hex.EncodeToString(c.MembersSig[:])},
	}
}

func (j JSON) assetLock(p *wire.AssetLock) object {
	outs := []any{}
	for _, out := range p.CreditOutputs {
		outs = append(outs, object{
			{Key: "value", Value: rpccall.Amount(out.Value)},
			{Key: "valueSat", Value: out.Value},
			{Key: "scriptPubKey", Value: scriptJSON{j, out.ScriptPubKey, false}},
		})
	}
	return object{{Key: "version", Value: p.Version}, {Key: "creditOutputs", Value: outs}}
}

// keyAddress is the address of a key that a payload names by its hash.
func (j JSON) keyAddress(id wire.KeyID) string {
	return address.Encode(address.Destination{Kind: address.PubKeyHash, Hash: id}, j.Base58)
}

// payee appends the address that a script pays, if it pays one.
func (j JSON) payee(o object, key string, script []byte) object {
	if d, ok := standard.Destination(script); ok {
		o = append(o, member{Key: key, Value: address.Encode(d, j.Base58)})
	}
	return o
}

func (j JSON) proRegister(p *wire.ProRegister) object {
	o := object{
		{Key: "version", Value: p.Version},
		{Key: "type", Value: p.Type},
		{Key: "collateralHash", Value: p.Collateral.Hash.String()},
		{Key: "collateralIndex", Value: p.Collateral.Index},
	}
	o = j.service(o, &p.NetInfo)
	o = append(o,
		member{Key: "addresses", Value: addresses(&p.NetInfo, p.Type, &p.Platform)},
		member{Key: "ownerAddress", Value: j.keyAddress(p.KeyIDOwner)},
		member{Key: "votingAddress", Value: j.keyAddress(p.KeyIDVoting)})
	o = j.payee(o, "payoutAddress", p.ScriptPayout)
	o = append(o,
		member{Key: "pubKeyOperator", Value: hex.EncodeToString(p.PubKeyOperator[:])},
		member{Key: "operatorReward", Value: rpccall.Double(float64(p.OperatorReward) / 100)})
	o = j.platform(o, p.Type, &p.NetInfo, &p.Platform)
	return append(o, member{Key: "inputsHash", Value: p.InputsHash.String()})
}

func (j JSON) proUpService(p *wire.ProUpService) object {
	o := object{
		{Key: "version", Value: p.Version},
		{Key: "type", Value: p.Type},
		{Key: "proTxHash", Value: p.ProTxHash.String()},
	}
	o = j.service(o, &p.NetInfo)
	o = append(o, member{Key: "addresses", Value: addresses(&p.NetInfo, p.Type, &p.Platform)})
	o = j.payee(o, "operatorPayoutAddress", p.ScriptOperatorPayout)
	o = j.platform(o, p.Type, &p.NetInfo, &p.Platform)
	return append(o, member{Key: "inputsHash", Value: p.InputsHash.String()})
}

func (j JSON) proUpRegistrar(p *wire.ProUpRegistrar) object {
	o := object{
		{Key: "version", Value: p.Version},
		{Key: "proTxHash", Value: p.ProTxHash.String()},
		{Key: "votingAddress", Value: j.keyAddress(p.KeyIDVoting)},
	}
	o = j.payee(o, "payoutAddress", p.ScriptPayout)
	return append(o,
		member{Key: "pubKeyOperator", Value: hex.EncodeToString(p.PubKeyOperator[:])},
		member{Key: "inputsHash", Value: p.InputsHash.String()})
}

// service appends the deprecated field of the one address.
func (j JSON) service(o object, n *wire.NetInfo) object {
	if j.ServiceFields {
		o = append(o, member{Key: "service", Value: primary(n)})
	}
	return o
}

// platform appends what evo masternodes have.
func (j JSON) platform(o object, t wire.MnType, n *wire.NetInfo, p *wire.Platform) object {
	if t != wire.MnEvo {
		return o
	}
	id := slices.Clone(p.NodeID[:])
	slices.Reverse(id)
	o = append(o, member{Key: "platformNodeID", Value: hex.EncodeToString(id)})
	if j.ServiceFields {
		o = append(o,
			member{Key: "platformP2PPort", Value: platformPort(n, wire.PurposePlatformP2P, p.P2PPort)},
			member{Key: "platformHTTPPort", Value: platformPort(n, wire.PurposePlatformHTTPS, p.HTTPPort)})
	}
	return o
}

package rawtx

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/btcsuite/btcd/btcec/v2/ecdsa"

	"dashmp/node/address"
	"dashmp/node/descriptor"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

func (r *rpcs) validateAddress(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	s, err := call.String(0)
	if err != nil {
		return nil, err
	}
	d, err := address.Decode(s, r.o.Base58)
	if err != nil {
		return object{{Key: "isvalid", Value: false}, {Key: "error", Value: err.Error()}}, nil
	}
	return object{
		{Key: "isvalid", Value: true},
		{Key: "address", Value: address.Encode(d, r.o.Base58)},
		{Key: "scriptPubKey", Value: hex.EncodeToString(d.Script())},
		{Key: "isscript", Value: d.Kind == address.ScriptHash},
	}, nil
}

func (r *rpcs) createMultisig(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(2, 2); err != nil {
		return nil, err
	}
	n, err := rpcvalue.Integer(call.Value(0), 32)
	if err != nil {
		return nil, err
	}
	if err := rpcvalue.Want(call.Value(1), univalue.Array); err != nil {
		return nil, err
	}
	var keys [][]byte
	for v := range call.Value(1).Elements() {
		key, err := parseKey(v)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	redeem, err := multisig(int(n), keys)
	if err != nil {
		return nil, err
	}
	known := standard.NewPublic()
	known.AddScript(redeem)
	d := address.Destination{Kind: address.ScriptHash, Hash: address.Hash160(redeem)}
	return object{
		{Key: "address", Value: address.Encode(d, r.o.Base58)},
		{Key: "redeemScript", Value: hex.EncodeToString(redeem)},
		{Key: "descriptor", Value: descriptor.Infer(d.Script(), known, r.o.Base58).String()},
	}, nil
}

// parseKey reads a public key in hexadecimal.
func parseKey(v univalue.Value) ([]byte, error) {
	if err := rpcvalue.Want(v, univalue.String); err != nil {
		return nil, err
	}
	s := v.Text()
	if !standard.IsHex(s) || len(s) != 2*standard.CompressedSize && len(s) != 2*standard.UncompressedSize {
		return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Invalid public key: %s\n.", s)
	}
	key, err := hex.DecodeString(s)
	if err != nil || !standard.ValidKey(key) {
		return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Invalid public key: %s", s)
	}
	return key, nil
}

// multisig is the redeem script (AddAndGetMultisigDestination).
func multisig(required int, keys [][]byte) ([]byte, error) {
	switch n := len(keys); {
	case required < 1:
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "a multisignature address must require at least one key to redeem")
	case n < required:
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "not enough keys supplied (got %d keys, but need at least %d to redeem)", n, required)
	case n > standard.MaxMultisigKeys:
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Number of keys involved in the multisignature address creation > %d\nReduce the number", standard.MaxMultisigKeys)
	}
	s := standard.MultisigScript(required, keys)
	if len(s) > script.MaxElementSize {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "redeemScript exceeds size limit: %d > %d", len(s), script.MaxElementSize)
	}
	return s, nil
}

// messageMagic separates signed messages from everything else that is signed
// (MESSAGE_MAGIC, the name of the coin's first weeks).
const messageMagic = "DarkCoin Signed Message:\n"

// decodeBase64 reads base 64 with its padding and nothing else in it
// (DecodeBase64).
func decodeBase64(s string) ([]byte, bool) {
	if strings.ContainsAny(s, "\r\n") { // which package base64 skips
		return nil, false
	}
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	return b, err == nil
}

func (r *rpcs) verifyMessage(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(3, 3); err != nil {
		return nil, err
	}
	var args [3]string
	for i := range args {
		var err error
		if args[i], err = call.String(i); err != nil {
			return nil, err
		}
	}
	d, err := address.Decode(args[0], r.o.Base58)
	if err != nil {
		return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Invalid address")
	}
	if d.Kind != address.PubKeyHash {
		return nil, rpcerr.Errorf(rpcerr.Type, "Address does not refer to key")
	}
	sig, ok := decodeBase64(args[1])
	if !ok {
		return nil, rpcerr.Errorf(rpcerr.Type, "Malformed base64 encoding")
	}
	return signedBy(d, sig, args[2]), nil
}

// signedBy reports whether a compact signature of a message is by the key of d.
func signedBy(d address.Destination, sig []byte, message string) bool {
	const compactSize = 65
	if len(sig) != compactSize {
		return false
	}
	b := wire.AppendVarBytes(wire.AppendVarBytes(nil, []byte(messageMagic)), []byte(message))
	first := sha256.Sum256(b)
	hash := sha256.Sum256(first[:])
	// Of the first byte only three bits count (CPubKey::RecoverCompact).
	header := (sig[0] - 27) & 7
	key, compressed, err := ecdsa.RecoverCompact(append([]byte{header + 27}, sig[1:]...), hash[:])
	if err != nil {
		return false
	}
	pub := key.SerializeUncompressed()
	if compressed {
		pub = key.SerializeCompressed()
	}
	return address.Hash160(pub) == d.Hash
}

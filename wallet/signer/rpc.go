package signer

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math"

	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpccall"
	"dashmp/node/rpcdesc"
	"dashmp/wallet/signer/internal/lockbox"
)

// messageMagic separates signed messages from everything else that is signed
// (Dash Core: MESSAGE_MAGIC, still the name of the coin's first weeks).
const messageMagic = "DarkCoin Signed Message:\n"

// rpcMethods is the table of what the signer executes for the rpc role.
func (b *Box) rpcMethods() rpccall.Methods {
	return rpccall.Methods{
		"deriveaddresses":           b.deriveAddresses,
		"expandaddressordescriptor": b.expandOutput(rpcdesc.AddressOrOutputScript),
		"expanddescriptor":          b.expandOutput(rpcdesc.OutputScript),
		"expandscanobjects":         b.expandScanObjects,
		"getdescriptorinfo":         b.getDescriptorInfo,
		"getmemoryinfo":             b.getMemoryInfo,
		"signmessagewithprivkey":    b.signMessageWithPrivKey,
		"signrawtransactionwithkey": b.signRawTransaction,
	}
}

// secret takes the secret that parameter i names.
func (b *Box) secret(call *rpccall.Call, i int) (*lockbox.Region, error) {
	s, err := call.String(i)
	if err != nil {
		return nil, err
	}
	handle, ok := parseHandle(s)
	if !ok {
		return nil, rpcerr.Errorf(rpcerr.Internal, "a secret was not passed as a handle")
	}
	r, err := b.take(call.Method, handle)
	if err != nil {
		return nil, rpcerr.Errorf(rpcerr.Internal, "%v", err)
	}
	return r, nil
}

// signMessageWithPrivKey signs a message with the key in parameter 0 (Dash
// Core: src/rpc/signmessage.cpp). The handle is used up before anything else is
// looked at.
func (b *Box) signMessageWithPrivKey(_ context.Context, call *rpccall.Call) (any, error) {
	key, err := b.secret(call, 0)
	if err != nil {
		return nil, err
	}
	defer key.Close()
	if err := call.Count(2, 2); err != nil {
		return nil, err
	}
	message, err := call.String(1)
	if err != nil {
		return nil, err
	}
	sig, err := signCompact(key.Bytes(), b.s.o.Base58.SecretKey, messageHash(message))
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.EncodeToString(sig[:]), nil
}

// messageHash is what is signed: the double SHA-256 of magic and message, each
// with its length before it (Dash Core: MessageHash).
func messageHash(message string) [sha256.Size]byte {
	once := sha256.Sum256(appendString(appendString(nil, messageMagic), message))
	return sha256.Sum256(once[:])
}

// appendString appends s with its length as a compact size. It is written out
// here so that the signer need not link the codecs of package wire.
func appendString(b []byte, s string) []byte {
	le := binary.LittleEndian
	switch n := uint64(len(s)); {
	case n < 0xfd:
		b = append(b, byte(n))
	case n <= math.MaxUint16:
		b = le.AppendUint16(append(b, 0xfd), uint16(n))
	case n <= math.MaxUint32:
		b = le.AppendUint32(append(b, 0xfe), uint32(n))
	default:
		b = le.AppendUint64(append(b, 0xff), n)
	}
	return append(b, s...)
}

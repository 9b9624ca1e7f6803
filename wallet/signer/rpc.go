package signer

import (
	"context"
	"encoding/base64"

	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpccall"
	"dashmp/node/wire"
	"dashmp/wallet/signer/internal/lockbox"
)

// messageMagic separates signed messages from everything else that is signed
// (Dash Core: MESSAGE_MAGIC, still the name of the coin's first weeks).
const messageMagic = "DarkCoin Signed Message:\n"

// rpcMethods is the table of what the signer executes for the rpc role.
func (b *Box) rpcMethods() rpccall.Methods {
	return rpccall.Methods{"signmessagewithprivkey": b.signMessageWithPrivKey}
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
	r, err := b.take(handle)
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
	sig, err := signCompact(key.Bytes(), b.s.o.WIFPrefix, messageHash(message))
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.EncodeToString(sig[:]), nil
}

// messageHash is what is signed: the double SHA-256 of magic and message, each
// with its length before it (Dash Core: MessageHash).
func messageHash(message string) wire.Hash {
	b := wire.AppendVarBytes(nil, []byte(messageMagic))
	return wire.DoubleSHA256(wire.AppendVarBytes(b, []byte(message)))
}

package signer

import (
	"context"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"

	"dashmp/ipc"
	"dashmp/node/descriptor"
	"dashmp/wallet"
	"dashmp/wallet/signer/internal/keystore"
	"dashmp/wallet/signer/internal/secretly"
)

// maxMessage bounds a text that is signed, in bytes.
const maxMessage = 1 << 20

// SignMessage signs a text with the only key that a descriptor has at a
// position. The text is hashed with a prefix that no transaction has, so such a
// signature is never one over a transaction.
func (s *Signer) SignMessage(_ context.Context, name string, path wallet.KeyPath, message string) (sig []byte, err error) {
	if len(message) > maxMessage {
		return nil, ipc.Errorf(ErrRequest, "a message has at most %d bytes", maxMessage)
	}
	k, err := s.ring(name)
	if err != nil {
		return nil, err
	}
	hash := messageHash(message)
	defer secretly.Collect()
	secretly.Do(func() { sig, err = k.signMessage(path, hash) })
	if err != nil {
		return nil, s.storeError(name, err)
	}
	return sig, nil
}

func (k *keyring) signMessage(path wallet.KeyPath, hash [32]byte) ([]byte, error) {
	h, err := k.find(path.Descriptor)
	if err != nil {
		return nil, err
	}
	var secrets *descriptor.Secrets
	if secrets, err = k.secrets(h); err != nil {
		return nil, err
	}
	defer secrets.Wipe()
	at := h.desc.PrivateKeys(path.Position, secrets)
	defer at.Wipe()
	ids := at.IDs()
	if len(ids) != 1 {
		return nil, keystore.ErrNotFound
	}
	secret, compressed, _ := at.Key(ids[0])
	defer clear(secret[:])
	key, _ := btcec.PrivKeyFromBytes(secret[:])
	defer key.Zero()
	return ecdsa.SignCompact(key, hash[:], compressed), nil
}

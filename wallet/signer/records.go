package signer

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"dashmp/node/descriptor"
	"dashmp/node/params"
	"dashmp/node/standard"
	"dashmp/wallet"
	"dashmp/wallet/signer/internal/keystore"
	"dashmp/wallet/signer/internal/lockbox"
)

// The records of a key store.
//
//	descriptor  id → flags, keys, canonical form, zero byte, normalized form
//	key         HASH160 of the public key → private key, 1 if compressed (sealed)
//	seed        "mnemonic" → words, "passphrase" → text behind an equals sign (sealed)
const (
	bucketDescriptor = "descriptor"
	bucketKey        = "key"
	bucketSeed       = "seed"

	seedMnemonic   = "mnemonic"
	seedPassphrase = "passphrase"
)

const (
	flagComplete = 1 << iota
	flagFromSeed
)

// keyID names a private key.
type keyID = standard.ID

const storedKeySize = 33

// encode is the record of a descriptor: flags (one byte), number of keys (two,
// little-endian), their IDs, texts.
func (h *held) encode() []byte {
	var flags byte
	if h.complete {
		flags |= flagComplete
	}
	if h.fromSeed {
		flags |= flagFromSeed
	}
	b := binary.LittleEndian.AppendUint16([]byte{flags}, uint16(len(h.keys)))
	for _, id := range h.keys {
		b = append(b, id[:]...)
	}
	b = append(append(b, h.desc.String()...), 0)
	return append(b, h.normalized...)
}

// decodeHeld reads the record of a descriptor.
func decodeHeld(b []byte, b58 params.Base58) (*held, error) {
	bad := func(why string) (*held, error) {
		return nil, fmt.Errorf("%w: a descriptor: %s", keystore.ErrCorrupt, why)
	}
	if len(b) < 3 {
		return bad("too short")
	}
	h := &held{complete: b[0]&flagComplete != 0, fromSeed: b[0]&flagFromSeed != 0}
	n := int(binary.LittleEndian.Uint16(b[1:]))
	if b = b[3:]; len(b) < n*len(keyID{}) {
		return bad("too short")
	}
	for range n {
		h.keys = append(h.keys, keyID(b))
		b = b[len(keyID{}):]
	}
	text, normalized, ok := bytes.Cut(b, []byte{0})
	if !ok {
		return bad("no end")
	}
	var err error
	if h.desc, err = descriptor.ParsePublic(string(text), b58, true); err != nil {
		return bad(err.Error())
	}
	h.normalized = string(normalized)
	return h, nil
}

// load reads the descriptors of a store.
func (k *keyring) load(b58 params.Base58) error {
	return k.store.Public(bucketDescriptor, func(key, value []byte) error {
		h, err := decodeHeld(value, b58)
		if err != nil {
			return err
		}
		id := wallet.DescriptorID(h.desc.ID())
		if !bytes.Equal(key, id[:]) {
			return fmt.Errorf("%w: a descriptor is stored under another's ID", keystore.ErrCorrupt)
		}
		k.add(id, h)
		return nil
	})
}

func (k *keyring) add(id wallet.DescriptorID, h *held) {
	if k.held[id] == nil {
		k.order = append(k.order, id)
	}
	k.held[id] = h
}

// find returns a descriptor of the store.
func (k *keyring) find(id wallet.DescriptorID) (*held, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if h := k.held[id]; h != nil {
		return h, nil
	}
	return nil, fmt.Errorf("%w: the descriptor is not one of the key store", keystore.ErrNotFound)
}

// secrets reads the private keys of a descriptor. They lie on the heap: call it
// inside secretly.Do, and wipe them.
func (k *keyring) secrets(h *held) (*descriptor.Secrets, error) {
	out := &descriptor.Secrets{}
	for _, id := range h.keys {
		r, err := k.store.Secret(bucketKey, id[:])
		if err != nil {
			out.Wipe()
			return nil, err
		}
		if len(r.Bytes()) != storedKeySize {
			r.Close()
			out.Wipe()
			return nil, fmt.Errorf("%w: a private key of %d bytes", keystore.ErrCorrupt, len(r.Bytes()))
		}
		out.Add(id, [32]byte(r.Bytes()), r.Bytes()[32] == 1)
		r.Close()
	}
	return out, nil
}

// keyRecord is the record of a private key.
func keyRecord(id keyID, key *[32]byte, compressed bool) (keystore.Record, error) {
	r, err := lockbox.New(storedKeySize)
	if err != nil {
		return keystore.Record{}, err
	}
	copy(r.Bytes(), key[:])
	if compressed {
		r.Bytes()[32] = 1
	}
	return keystore.Record{Bucket: bucketKey, Key: id[:], Secret: r}, nil
}

// wipeRecords wipes the secrets of records that were written.
func wipeRecords(records []keystore.Record) {
	for _, r := range records {
		if r.Secret != nil {
			r.Secret.Close()
		}
	}
}

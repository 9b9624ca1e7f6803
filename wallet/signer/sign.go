package signer

import (
	"encoding/binary"
	"unsafe"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"

	"dashmp/node/address"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
	"dashmp/wallet/signer/internal/lockbox"
	"dashmp/wallet/signer/internal/secretly"
)

// keySet are the private keys of one call, each in secret memory, and the redeem
// scripts that came with them. It implements standard.Provider.
type keySet struct {
	standard.None
	keys    map[standard.ID]*heldKey
	scripts map[standard.ID][]byte
}

type heldKey struct {
	region *lockbox.Region
	w      *workspace
	pub    []byte
}

func newKeySet() *keySet {
	return &keySet{keys: map[standard.ID]*heldKey{}, scripts: map[standard.ID][]byte{}}
}

// close wipes the keys.
func (s *keySet) close() {
	for _, k := range s.keys {
		k.region.Close()
	}
	s.keys = nil
}

// add takes a key in wallet import format; encoded stays the caller's.
func (s *keySet) add(encoded []byte, prefix byte) error {
	region, err := lockbox.New(int(unsafe.Sizeof(workspace{})))
	if err != nil {
		return rpcerr.Errorf(rpcerr.OutOfMemory, "No memory for secrets is left")
	}
	k := &heldKey{region: region, w: (*workspace)(unsafe.Pointer(unsafe.SliceData(region.Bytes())))}
	ok := false
	secretly.Do(func() {
		if ok = k.w.decode(encoded, prefix); ok {
			k.pub = k.w.pubKey()
		}
	})
	if !ok {
		region.Close()
		return errInvalidKey()
	}
	id := address.Hash160(k.pub)
	if old := s.keys[id]; old != nil {
		old.region.Close()
	}
	s.keys[id] = k
	return nil
}

// pubKey is the public key in the form that the private one asks for.
func (w *workspace) pubKey() []byte {
	pub := w.key.PubKey()
	if w.compressed {
		return pub.SerializeCompressed()
	}
	return pub.SerializeUncompressed()
}

// addScript remembers a redeem script. Dash Core forgets one that no input could
// push (FillableSigningProvider::AddCScript).
func (s *keySet) addScript(redeem []byte) {
	if len(redeem) <= script.MaxElementSize {
		s.scripts[address.Hash160(redeem)] = redeem
	}
}

// Script returns the redeem script with that HASH160.
func (s *keySet) Script(id standard.ID) ([]byte, bool) { r, ok := s.scripts[id]; return r, ok }

// PubKey returns the public key with that HASH160.
func (s *keySet) PubKey(id standard.ID) ([]byte, bool) {
	if k := s.keys[id]; k != nil {
		return k.pub, true
	}
	return nil, false
}

// inputSigner signs one input. It implements standard.Creator.
type inputSigner struct {
	keys     *keySet
	tx       *wire.Tx
	index    int
	hashType byte
}

// Sign makes a signature of the key with that ID.
func (s *inputSigner) Sign(id standard.ID, code []byte) ([]byte, bool) {
	k := s.keys.keys[id]
	if k == nil {
		return nil, false
	}
	hash := script.SigHash(s.tx, s.index, code, uint32(s.hashType))
	var sig []byte
	secretly.Do(func() { sig = signLowR(&k.w.key, hash) })
	return append(sig, s.hashType), true
}

// Checker judges the input.
func (s *inputSigner) Checker() script.Checker { return &script.TxChecker{Tx: s.tx, Index: s.index} }

// signLowR makes the signature that Dash Core makes (CKey::Sign): the nonce is
// RFC 6979's, with a counter as further data until the first byte of R is below
// 0x80, which saves the byte before it in DER.
func signLowR(key *btcec.PrivateKey, hash wire.Hash) []byte {
	d := key.Key.Bytes()
	defer clear(d[:])
	var counter [32]byte
	var extra []byte
	for n := uint32(1); ; n++ {
		if sig, ok := trySign(key, &d, hash, extra); ok {
			return sig
		}
		binary.LittleEndian.PutUint32(counter[:], n)
		extra = counter[:]
	}
}

// trySign signs with the first nonce that RFC 6979 gives; false if R is high.
func trySign(key *btcec.PrivateKey, d *[32]byte, hash wire.Hash, extra []byte) ([]byte, bool) {
	for iteration := uint32(0); ; iteration++ {
		k := btcec.NonceRFC6979(d[:], hash[:], extra, nil, iteration)
		var point btcec.JacobianPoint
		btcec.ScalarBaseMultNonConst(k, &point)
		point.ToAffine()
		x := point.X.Bytes()
		var r, s, e btcec.ModNScalar
		r.SetByteSlice(x[:])
		e.SetByteSlice(hash[:])
		s.Mul2(&key.Key, &r).Add(&e).Mul(k.InverseNonConst())
		k.Zero()
		if r.IsZero() || s.IsZero() {
			continue
		}
		if s.IsOverHalfOrder() {
			s.Negate()
		}
		first := r.Bytes()
		return ecdsa.NewSignature(&r, &s).Serialize(), first[0] < 0x80
	}
}

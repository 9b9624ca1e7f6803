package signer

import (
	"bytes"
	"encoding/binary"
	"unsafe"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"

	"dashmp/node/address"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
	"dashmp/wallet/signer/internal/lockbox"
	"dashmp/wallet/signer/internal/secretly"
)

// keySet are the private keys of one call, in secret memory, and the redeem
// scripts that came with them. It implements standard.Provider.
type keySet struct {
	standard.None
	regions []*lockbox.Region
	// free are workspaces of the last region that hold nothing.
	free    []workspace
	keys    map[standard.ID]*heldKey
	scripts map[standard.ID][]byte
}

type heldKey struct {
	w   *workspace
	pub []byte
}

func newKeySet() *keySet {
	return &keySet{keys: map[standard.ID]*heldKey{}, scripts: map[standard.ID][]byte{}}
}

// close wipes the keys.
func (s *keySet) close() {
	for _, r := range s.regions {
		r.Close()
	}
	s.regions, s.free, s.keys = nil, nil, nil
}

// firstKeys is the size in bytes of the first region, a page; further ones are
// as large as can be.
const firstKeys = 4096

// workspace returns one that holds nothing.
func (s *keySet) workspace() (*workspace, error) {
	if len(s.free) == 0 {
		size := firstKeys
		if len(s.regions) > 0 {
			size = lockbox.MaxSize
		}
		r, err := lockbox.New(size)
		if err != nil {
			return nil, rpcerr.Errorf(rpcerr.OutOfMemory, "No memory for secrets is left")
		}
		s.regions = append(s.regions, r)
		first := (*workspace)(unsafe.Pointer(unsafe.SliceData(r.Bytes())))
		s.free = unsafe.Slice(first, size/int(unsafe.Sizeof(workspace{})))
	}
	w := &s.free[0]
	s.free = s.free[1:]
	return w, nil
}

// addPacked takes keys in wallet import format out of the JSON of an array,
// which stays the caller's.
func (s *keySet) addPacked(list []byte, prefix byte) (err error) {
	v, ok := univalue.Parse(list)
	if !ok || v.Kind() != univalue.Array {
		return rpcerr.Errorf(rpcerr.Internal, "secrets were not passed as an array")
	}
	secretly.Do(func() {
		for e := range v.Elements() {
			raw := e.Raw()
			if e.Kind() != univalue.String || bytes.IndexByte(raw, '\\') >= 0 {
				err = errInvalidKey()
			} else {
				err = s.add(raw[1:len(raw)-1], prefix)
			}
			if err != nil {
				return
			}
		}
	})
	return err
}

// add takes one key.
func (s *keySet) add(encoded []byte, prefix byte) error {
	w, err := s.workspace()
	if err != nil {
		return err
	}
	if !w.decode(encoded, prefix) {
		return errInvalidKey()
	}
	pub := w.pubKey()
	s.keys[address.Hash160(pub)] = &heldKey{w, pub}
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

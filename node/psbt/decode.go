package psbt

import (
	"bytes"
	"errors"

	"dashmp/node/hdkey"
	"dashmp/node/params"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// DecodeError is why bytes are no PSBT, in Dash Core's words.
type DecodeError string

// Error returns the text.
func (e DecodeError) Error() string { return string(e) }

// failure is a DecodeError with what the C++ library adds to such texts.
func failure(text string) error { return DecodeError(text + ": iostream error") }

// Decode decodes a PSBT that takes up all of b (DecodeRawPSBT). The error is a
// DecodeError. The result shares b.
func Decode(b []byte) (*PSBT, error) {
	d := &decoder{r: wire.NewReader(b)}
	p := &PSBT{}
	if !bytes.Equal(d.r.Bytes(len(magic)), []byte(magic)) {
		if d.r.Err() != nil {
			return nil, d.fail()
		}
		return nil, failure("Invalid PSBT magic bytes")
	}
	if err := d.maps(p); err != nil {
		return nil, err
	}
	if d.r.Len() > 0 {
		return nil, DecodeError("extra data after PSBT")
	}
	return p, nil
}

type decoder struct{ r *wire.Reader }

// fail is the reader's error.
func (d *decoder) fail() error { return readFailure(d.r.Err(), "DataStream") }

func readFailure(err error, stream string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, wire.ErrNonCanonical):
		return failure("non-canonical ReadCompactSize()")
	case errors.Is(err, wire.ErrTooLarge):
		return failure("ReadCompactSize(): size too large")
	}
	return failure(stream + "::read(): end of data")
}

func (d *decoder) maps(p *PSBT) error {
	if err := d.walk("the global map", func(t uint64, key []byte) error { return d.global(p, t, key) }); err != nil {
		return err
	}
	if p.Tx == nil {
		return failure("No unsigned transaction was provided")
	}
	for d.r.Len() > 0 && len(p.Inputs) < len(p.Tx.Inputs) {
		var in Input
		if err := d.walk("an input map", func(t uint64, key []byte) error { return d.input(&in, t, key) }); err != nil {
			return err
		}
		if in.UTXO != nil && in.UTXO.ID() != p.Tx.Inputs[len(p.Inputs)].PrevOut.Hash {
			return failure("Non-witness UTXO does not match outpoint hash")
		}
		p.Inputs = append(p.Inputs, in)
	}
	if len(p.Inputs) != len(p.Tx.Inputs) {
		return failure("Inputs provided does not match the number of inputs in transaction.")
	}
	for d.r.Len() > 0 && len(p.Outputs) < len(p.Tx.Outputs) {
		var out Output
		if err := d.walk("an output map", func(t uint64, key []byte) error { return d.output(&out, t, key) }); err != nil {
			return err
		}
		p.Outputs = append(p.Outputs, out)
	}
	if len(p.Outputs) != len(p.Tx.Outputs) {
		return failure("Outputs provided does not match the number of outputs in transaction.")
	}
	return nil
}

// walk reads the entries of one map: take reads the value of each.
func (d *decoder) walk(name string, take func(t uint64, key []byte) error) error {
	for d.r.Len() > 0 {
		key := d.r.VarBytes()
		if d.r.Err() != nil {
			return d.fail()
		}
		if len(key) == 0 {
			return nil
		}
		k := wire.NewReader(key)
		t := k.CompactSize()
		if err := k.Err(); err != nil {
			return readFailure(err, "SpanReader")
		}
		if err := take(t, key); err != nil {
			return err
		}
		if d.r.Err() != nil {
			return d.fail()
		}
	}
	return failure("Separator is missing at the end of " + name)
}

// sized reads a value whose length is given and must be what read takes.
func (d *decoder) sized(read func()) error {
	size := d.r.CompactSize()
	before := d.r.Len()
	read()
	if d.r.Err() != nil {
		return d.fail()
	}
	if uint64(before-d.r.Len()) != size {
		return failure("Size of value was not the stated size")
	}
	return nil
}

// once refuses a second entry of a type that has no key data, or key data.
func once(given bool, key []byte, duplicate, name string) error {
	if given && len(key) == 1 {
		return failure("Duplicate Key, " + duplicate + " already provided")
	}
	if len(key) != 1 {
		return failure(name + " key is more than one byte type")
	}
	return nil
}

func (d *decoder) global(p *PSBT, t uint64, key []byte) error {
	switch t {
	case globalTx:
		if err := once(p.Tx != nil, key, "unsigned tx", "Global unsigned tx"); err != nil {
			return err
		}
		if err := d.sized(func() { p.Tx = wire.ReadTx(d.r) }); err != nil {
			return err
		}
		for _, in := range p.Tx.Inputs {
			if len(in.ScriptSig) > 0 {
				return failure("Unsigned tx does not have empty scriptSigs.")
			}
		}
		return nil
	case globalExtKey:
		return d.extKey(p, key)
	case globalVersion:
		if p.Version != nil {
			return failure("Duplicate Key, version already provided")
		}
		if len(key) != 1 {
			return failure("Global version key is more than one byte type")
		}
		var v uint32
		if err := d.sized(func() { v = d.r.Uint32() }); err != nil {
			return err
		}
		p.Version = &v
		if v > HighestVersion {
			return failure("Unsupported version number")
		}
		return nil
	}
	return d.rest(t, key, &p.Common.Proprietary, &p.Common.Unknown)
}

func (d *decoder) extKey(p *PSBT, key []byte) error {
	if len(key) != hdkey.Size+1 {
		return failure("Size of key was not the expected size for the type global xpub")
	}
	k := ExtKey{Version: [4]byte(key[1:5])}
	pub, err := hdkey.DecodePublic(key[1:], params.Base58{ExtPublic: k.Version})
	if err != nil {
		return failure("Invalid pubkey")
	}
	k.Key = *pub
	for _, e := range p.ExtKeys {
		if byExtKey(e, k) == 0 {
			return failure("Duplicate key, global xpub already provided")
		}
	}
	if k.Origin, err = d.path(); err != nil {
		return err
	}
	p.ExtKeys, _ = insert(p.ExtKeys, k, byOrigin)
	return nil
}

// path reads the value of a key path (DeserializeHDKeypath).
func (d *decoder) path() (o standard.Origin, err error) {
	const step = 4
	n := d.r.CompactSize()
	if d.r.Err() != nil {
		return o, d.fail()
	}
	if n%step != 0 || n == 0 {
		return o, failure("Invalid length for HD key path")
	}
	if n > uint64(d.r.Len()) {
		d.r.Bytes(d.r.Len() + 1)
		return o, d.fail()
	}
	copy(o.Fingerprint[:], d.r.Bytes(len(o.Fingerprint)))
	o.Path = make([]uint32, 0, n/step-1)
	for i := uint64(step); i < n; i += step {
		o.Path = append(o.Path, d.r.Uint32())
	}
	return o, nil
}

// keyOf is the public key that follows the type in an entry's key.
func keyOf(key []byte, name string) ([]byte, error) {
	if len(key) != standard.UncompressedSize+1 && len(key) != standard.CompressedSize+1 {
		return nil, failure("Size of key was not the expected size for the type " + name)
	}
	if !standard.ValidKey(key[1:]) {
		return nil, failure("Invalid pubkey")
	}
	return key[1:], nil
}

func (d *decoder) keyPath(list *[]KeyPath, key []byte) error {
	pub, err := keyOf(key, "BIP32 keypath")
	if err != nil {
		return err
	}
	k := KeyPath{Key: pub}
	next, ok := insert(*list, k, byPub)
	if !ok {
		return failure("Duplicate Key, pubkey derivation path already provided")
	}
	if k.Origin, err = d.path(); err != nil {
		return err
	}
	for i := range next {
		if bytes.Equal(next[i].Key, pub) {
			next[i] = k
		}
	}
	*list = next
	return nil
}

func (d *decoder) input(in *Input, t uint64, key []byte) error {
	switch t {
	case inUTXO:
		if err := once(in.UTXO != nil, key, "input non-witness utxo", "Non-witness utxo"); err != nil {
			return err
		}
		return d.sized(func() { in.UTXO = wire.ReadTx(d.r) })
	case inSig:
		return d.sig(in, key)
	case inSigHash:
		if err := once(in.SigHash != nil, key, "input sighash type", "Sighash type"); err != nil {
			return err
		}
		return d.sized(func() { v := d.r.Uint32(); in.SigHash = &v })
	case inRedeem:
		if err := once(in.Redeem != nil, key, "input redeemScript", "Input redeemScript"); err != nil {
			return err
		}
		in.Redeem = d.script()
		return nil
	case inKeyPath:
		return d.keyPath(&in.KeyPaths, key)
	case inScriptSig:
		if err := once(in.ScriptSig != nil, key, "input final scriptSig", "Final scriptSig"); err != nil {
			return err
		}
		in.ScriptSig = d.script()
		return nil
	case inPreimage, inPreimage + 1, inPreimage + 2, inPreimage + 3:
		return d.preimage(in, HashKind(t-inPreimage), key)
	}
	return d.rest(t, key, &in.Proprietary, &in.Unknown)
}

// script reads a script; the empty one is not nil, so that once sees it.
func (d *decoder) script() []byte {
	if b := d.r.VarBytes(); b != nil {
		return b
	}
	return []byte{}
}

func (d *decoder) sig(in *Input, key []byte) error {
	pub, err := keyOf(key, "partial signature pubkey")
	if err != nil {
		return err
	}
	s := standard.KeySig{Key: pub}
	if _, found := insert(in.Sigs, s, bySigner); !found {
		return failure("Duplicate Key, input partial signature for pubkey already provided")
	}
	s.Sig = d.r.VarBytes()
	in.Sigs, _ = insert(in.Sigs, s, bySigner)
	return nil
}

func (d *decoder) preimage(in *Input, kind HashKind, key []byte) error {
	name := [hashKinds]string{"ripemd160", "sha256", "hash160", "hash256"}[kind]
	size := [hashKinds]int{20, 32, 20, 32}[kind]
	if len(key) != size+1 {
		return failure("Size of key was not the expected size for the type " + name + " preimage")
	}
	e := Pair{Key: key[1:]}
	if _, isNew := insert(in.Preimages[kind], e, byKey); !isNew {
		return failure("Duplicate Key, input " + name + " preimage already provided")
	}
	e.Value = d.r.VarBytes()
	in.Preimages[kind], _ = insert(in.Preimages[kind], e, byKey)
	return nil
}

func (d *decoder) output(out *Output, t uint64, key []byte) error {
	switch t {
	case outRedeem:
		if err := once(out.Redeem != nil, key, "output redeemScript", "Output redeemScript"); err != nil {
			return err
		}
		out.Redeem = d.script()
		return nil
	case outKeyPath:
		return d.keyPath(&out.KeyPaths, key)
	}
	return d.rest(t, key, &out.Proprietary, &out.Unknown)
}

// rest reads an entry that is passed on as it came.
func (d *decoder) rest(t uint64, key []byte, props *[]Proprietary, unknown *[]Pair) error {
	if t == proprietary {
		k := wire.NewReader(key)
		k.CompactSize()
		p := Proprietary{Pair: Pair{Key: key}, Identifier: k.VarBytes()}
		p.Subtype = k.CompactSize()
		if err := k.Err(); err != nil {
			return readFailure(err, "SpanReader")
		}
		if _, isNew := insert(*props, p, byPropKey); !isNew {
			return failure("Duplicate Key, proprietary key already found")
		}
		p.Value = d.r.VarBytes()
		*props, _ = insert(*props, p, byPropKey)
		return nil
	}
	e := Pair{Key: key}
	if _, isNew := insert(*unknown, e, byKey); !isNew {
		return failure("Duplicate Key, key for unknown value already provided")
	}
	e.Value = d.r.VarBytes()
	*unknown, _ = insert(*unknown, e, byKey)
	return nil
}

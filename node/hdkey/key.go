package hdkey

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math"

	"github.com/btcsuite/btcd/btcec/v2"

	"dashmp/node/address"
)

// ErrorKind is a class of error; compare with errors.Is.
type ErrorKind string

// Error returns the kind itself.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrSeed: a seed is shorter than 16 or longer than 64 bytes.
	ErrSeed ErrorKind = "hdkey.seed"
	// ErrHardened: a hardened child was asked of a public key.
	ErrHardened ErrorKind = "hdkey.hardened"
	// ErrDepth: a key at depth 255 has no children.
	ErrDepth ErrorKind = "hdkey.depth"
	// ErrInvalid: the child does not exist; its number's probability is below 2^-127.
	ErrInvalid ErrorKind = "hdkey.invalid"
	// ErrFormat: not an extended key of this network and kind.
	ErrFormat ErrorKind = "hdkey.format"
)

// Hardened marks the number of a hardened child.
const Hardened = 1 << 31

// Sizes in bytes.
const (
	KeySize  = 33 // a compressed public key
	HashSize = 32 // a chain code, a private key, a 256-bit number
)

// position is where a key is in its tree.
type position struct {
	// Depth is 0 for a master key.
	Depth byte
	// Parent is the start of the HASH160 of the parent's public key.
	Parent [4]byte
	// Number of the child, zero for a wide one.
	Number uint32
	// Wide and WideHardened say that the key is a child with a 256-bit number,
	// most significant byte first (DIP14).
	Wide         bool
	WideHardened bool
	WideNumber   [HashSize]byte
	// Chain is the chain code.
	Chain [HashSize]byte
}

// Public is an extended public key.
type Public struct {
	position
	// Key is the compressed public key.
	Key [KeySize]byte
}

// Secret is an extended private key.
type Secret struct {
	position
	key [HashSize]byte
}

// String hides the key.
func (Secret) String() string { return "[redacted]" }

// GoString hides the key.
func (Secret) GoString() string { return "[redacted]" }

// Format hides the key.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[redacted]")) }

// LogValue hides the key.
func (Secret) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// MarshalJSON hides the key.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"[redacted]"`), nil }

// Wipe clears the key.
func (s *Secret) Wipe() { *s = Secret{} }

// Bytes copies the private key out; the caller wipes the copy.
func (s *Secret) Bytes() [HashSize]byte { return s.key }

// Master is the root of the tree of a seed of 16 to 64 bytes.
func Master(seed []byte) (*Secret, error) {
	if len(seed) < 16 || len(seed) > 64 {
		return nil, ErrSeed
	}
	m := hmac.New(sha512.New, []byte("Bitcoin seed"))
	m.Write(seed)
	sum := m.Sum(nil)
	defer clear(sum)
	s := &Secret{}
	copy(s.key[:], sum)
	copy(s.Chain[:], sum[HashSize:])
	if !address.ValidSecret(&s.key) {
		s.Wipe()
		return nil, ErrInvalid
	}
	return s, nil
}

// FromParts is the extended private key that belongs to p, when key is its
// private key.
func FromParts(p *Public, key *[HashSize]byte) (*Secret, bool) {
	s := &Secret{position: p.position, key: *key}
	if !address.ValidSecret(key) || s.Public().Key != p.Key {
		s.Wipe()
		return nil, false
	}
	return s, true
}

// Public is the extended public key of s.
func (s *Secret) Public() *Public {
	priv, pub := btcec.PrivKeyFromBytes(s.key[:])
	defer priv.Zero()
	return &Public{position: s.position, Key: [KeySize]byte(pub.SerializeCompressed())}
}

// ID is the HASH160 of the public key.
func (p *Public) ID() [address.HashSize]byte { return address.Hash160(p.Key[:]) }

// Fingerprint is the start of the ID, as in Parent.
func (p *Public) Fingerprint() [4]byte { id := p.ID(); return [4]byte(id[:4]) }

// below is the position of a child, without its number and chain code.
func (p *Public) below() position { return position{Depth: p.Depth + 1, Parent: p.Fingerprint()} }

// step is HMAC-SHA512 over the key and the child's number: the tweak of the key
// and the chain code of the child.
func (p *position) step(key, number []byte) (tweak, chain [HashSize]byte) {
	m := hmac.New(sha512.New, p.Chain[:])
	m.Write(key)
	m.Write(number)
	sum := m.Sum(nil)
	copy(tweak[:], sum)
	copy(chain[:], sum[HashSize:])
	clear(sum)
	return tweak, chain
}

// Child is the child with that number; numbers from Hardened on are hardened.
func (s *Secret) Child(number uint32) (*Secret, error) {
	pub := s.Public()
	c := &Secret{position: pub.below()}
	c.Number = number
	return s.derive(c, pub, binary.BigEndian.AppendUint32(nil, number), number >= Hardened)
}

// Child256 is the child with a 256-bit number, most significant byte first
// (DIP14). A number below 2^32 gives BIP32's child of that number.
func (s *Secret) Child256(number [HashSize]byte, hardened bool) (*Secret, error) {
	pub := s.Public()
	c := &Secret{position: pub.below()}
	return s.derive(c, pub, c.wide(number, hardened), hardened)
}

func (s *Secret) derive(c *Secret, pub *Public, number []byte, hardened bool) (*Secret, error) {
	if s.Depth == math.MaxUint8 {
		return nil, ErrDepth
	}
	data := pub.Key[:]
	if hardened {
		data = append([]byte{0}, s.key[:]...)
		defer clear(data)
	}
	tweak, chain := s.step(data, number)
	defer clear(tweak[:])
	c.Chain = chain
	var sum, own btcec.ModNScalar
	defer sum.Zero()
	defer own.Zero()
	own.SetBytes(&s.key)
	if over := sum.SetBytes(&tweak); over != 0 || sum.Add(&own).IsZero() {
		return nil, ErrInvalid
	}
	sum.PutBytes(&c.key)
	return c, nil
}

// wide notes a 256-bit number and returns what is hashed of it.
func (p *position) wide(number [HashSize]byte, hardened bool) []byte {
	if [HashSize - 4]byte(number[:HashSize-4]) == [HashSize - 4]byte{} {
		p.Number = binary.BigEndian.Uint32(number[HashSize-4:])
		if hardened {
			p.Number |= Hardened
		}
		return binary.BigEndian.AppendUint32(nil, p.Number)
	}
	p.Wide, p.WideHardened, p.WideNumber = true, hardened, number
	return number[:]
}

// Child is the child with that number, which must not be hardened.
func (p *Public) Child(number uint32) (*Public, error) {
	if number >= Hardened {
		return nil, ErrHardened
	}
	c := &Public{position: p.below()}
	c.Number = number
	return p.derive(c, binary.BigEndian.AppendUint32(nil, number))
}

// Child256 is the child with a 256-bit number (DIP14), not hardened.
func (p *Public) Child256(number [HashSize]byte) (*Public, error) {
	c := &Public{position: p.below()}
	n := c.wide(number, false)
	if !c.Wide && c.Number >= Hardened {
		return nil, ErrHardened
	}
	return p.derive(c, n)
}

func (p *Public) derive(c *Public, number []byte) (*Public, error) {
	if p.Depth == math.MaxUint8 {
		return nil, ErrDepth
	}
	own, err := btcec.ParsePubKey(p.Key[:])
	if err != nil {
		return nil, ErrInvalid
	}
	tweak, chain := p.step(p.Key[:], number)
	c.Chain = chain
	var t btcec.ModNScalar
	if t.SetBytes(&tweak) != 0 {
		return nil, ErrInvalid
	}
	var point, base, sum btcec.JacobianPoint
	btcec.ScalarBaseMultNonConst(&t, &point)
	own.AsJacobian(&base)
	btcec.AddNonConst(&point, &base, &sum)
	if sum.Z.IsZero() {
		return nil, ErrInvalid
	}
	sum.ToAffine()
	c.Key = [KeySize]byte(btcec.NewPublicKey(&sum.X, &sum.Y).SerializeCompressed())
	return c, nil
}

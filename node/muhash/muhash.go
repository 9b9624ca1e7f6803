// Package muhash is the hash of a set that Bitcoin Core and Dash Core call
// MuHash3072: elements can be added and removed in any order and at any time,
// and equal sets have equal hashes.
//
// Each element becomes a number below 2^3072 − 1103717, the largest safe prime
// of that length: SHA256 of the element keys ChaCha20, whose first 384 bytes
// are the number in little endian. The hash of the set is SHA256 of the product
// of its elements. Removing multiplies a second number, by which the first is
// divided once, when the hash is asked for.
package muhash

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"math/bits"

	"golang.org/x/crypto/chacha20"
)

const (
	limbs = 48
	// Size is the length of an encoded number in bytes.
	Size = limbs * 8
	// gap is the distance of the modulus from 2^3072.
	gap = 1103717
)

// number is a residue in 64-bit limbs, the lowest first. It may lie in the gap
// above the modulus; reduce takes it out.
type number [limbs]uint64

var one = number{1}

// Set is the running hash of a set. The zero value is not usable; New makes an
// empty one. It may be copied.
type Set struct {
	numerator, denominator number
}

// New returns the hash of the empty set.
func New() *Set { return &Set{one, one} }

// Insert adds an element. A set does not remember its elements: one inserted
// twice counts twice.
func (s *Set) Insert(element []byte) {
	n := fromElement(element)
	s.numerator.mul(&n)
}

// Remove takes an element out.
func (s *Set) Remove(element []byte) {
	n := fromElement(element)
	s.denominator.mul(&n)
}

// Union adds all of o's elements.
func (s *Set) Union(o *Set) {
	s.numerator.mul(&o.numerator)
	s.denominator.mul(&o.denominator)
}

// Sum is the hash of the set as it stands, in the byte order of a hash.
func (s *Set) Sum() [32]byte {
	p := modulus()
	q := new(big.Int).ModInverse(s.denominator.big(), p)
	if q == nil { // 0 has no inverse; Dash Core's exponentiation makes it 0
		q = new(big.Int)
	}
	q.Mul(q, s.numerator.big()).Mod(q, p)
	var le [Size]byte
	q.FillBytes(le[:])
	for i, j := 0, Size-1; i < j; i, j = i+1, j-1 {
		le[i], le[j] = le[j], le[i]
	}
	return sha256.Sum256(le[:])
}

// AppendBinary appends numerator and denominator, as Dash Core stores them.
func (s *Set) AppendBinary(b []byte) ([]byte, error) {
	for _, n := range []*number{&s.numerator, &s.denominator} {
		for _, limb := range n {
			b = binary.LittleEndian.AppendUint64(b, limb)
		}
	}
	return b, nil
}

// UnmarshalBinary reads what AppendBinary wrote.
func (s *Set) UnmarshalBinary(b []byte) error {
	if len(b) != 2*Size {
		return fmt.Errorf("muhash: %d bytes, want %d", len(b), 2*Size)
	}
	for _, n := range []*number{&s.numerator, &s.denominator} {
		for i := range n {
			n[i] = binary.LittleEndian.Uint64(b[8*i:])
		}
		b = b[Size:]
	}
	return nil
}

func fromElement(element []byte) (n number) {
	key := sha256.Sum256(element)
	var nonce [chacha20.NonceSize]byte
	c, err := chacha20.NewUnauthenticatedCipher(key[:], nonce[:])
	if err != nil {
		panic(err) // key and nonce have the right lengths
	}
	var b [Size]byte
	c.XORKeyStream(b[:], b[:])
	for i := range n {
		n[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return n
}

// mul sets a to a·b: the product of 96 limbs, whose upper half counts gap times.
func (a *number) mul(b *number) {
	var wide [2 * limbs]uint64
	for i, x := range a {
		carry := uint64(0)
		row := wide[i : i+limbs+1]
		for j, y := range b {
			hi, lo := bits.Mul64(x, y)
			var c uint64
			lo, c = bits.Add64(lo, row[j], 0)
			hi += c
			row[j], c = bits.Add64(lo, carry, 0)
			carry = hi + c
		}
		row[limbs] = carry
	}
	carry := uint64(0)
	for i := range a {
		hi, lo := bits.Mul64(wide[limbs+i], gap)
		var c uint64
		lo, c = bits.Add64(lo, wide[i], 0)
		hi += c
		a[i], c = bits.Add64(lo, carry, 0)
		carry = hi + c
	}
	// What is left over is below gap, so that one more round nearly always ends it.
	for carry != 0 {
		carry = a.add(carry * gap)
	}
}

// add adds v and returns the carry, which again stands for gap.
func (a *number) add(v uint64) (carry uint64) {
	a[0], carry = bits.Add64(a[0], v, 0)
	for i := 1; i < limbs && carry != 0; i++ {
		a[i], carry = bits.Add64(a[i], 0, carry)
	}
	return carry
}

func (a *number) big() *big.Int {
	var be [Size]byte
	for i, limb := range a {
		binary.BigEndian.PutUint64(be[Size-8*(i+1):], limb)
	}
	return new(big.Int).SetBytes(be[:])
}

func modulus() *big.Int {
	p := new(big.Int).Lsh(big.NewInt(1), Size*8)
	return p.Sub(p, big.NewInt(gap))
}

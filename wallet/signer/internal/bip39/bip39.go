package bip39

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	_ "embed" // the word list
	"sort"
)

// Sizes in bytes.
const (
	MinEntropy = 16
	MaxEntropy = 32
	SeedSize   = 64
	// MaxSentence is 24 words of eight letters and the spaces between them.
	MaxSentence = 24*8 + 23
)

const (
	wordBits  = 11
	maxWord   = 8
	rounds    = 2048
	maxSalt   = 256
	saltBegin = "mnemonic"
)

//go:embed english.txt
var list []byte

// word is number i of the list, 0 to 2047.
func word(i int) []byte {
	start, _ := span(i)
	rest := list[start:]
	return rest[:bytes.IndexByte(rest, '\n')]
}

// span finds where line i begins. The list is short and this is no hot path.
func span(i int) (start, line int) {
	for line < i {
		start += bytes.IndexByte(list[start:], '\n') + 1
		line++
	}
	return start, line
}

// find is the number of a word. The list is sorted.
func find(w []byte) (int, bool) {
	i := sort.Search(1<<wordBits, func(i int) bool { return bytes.Compare(word(i), w) >= 0 })
	return i, i < 1<<wordBits && bytes.Equal(word(i), w)
}

// ValidEntropy reports whether entropy of n bytes has a sentence: 16 to 32 in
// steps of 4.
func ValidEntropy(n int) bool { return n >= MinEntropy && n <= MaxEntropy && n%4 == 0 }

// Append appends the sentence of entropy, whose length is valid. dst should have
// room for MaxSentence bytes, so that no copy of the words stays behind.
func Append(dst, entropy []byte) []byte {
	sum := sha256.Sum256(entropy)
	defer clear(sum[:])
	bit := func(i int) int {
		if i < 8*len(entropy) {
			return int(entropy[i/8]>>(7-i%8)) & 1
		}
		return int(sum[0]>>(7-(i-8*len(entropy)))) & 1
	}
	for w := range len(entropy) * 3 / 4 {
		n := 0
		for i := range wordBits {
			n = n<<1 | bit(w*wordBits+i)
		}
		if w > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, word(n)...)
	}
	return dst
}

// Valid reports whether a sentence is one of BIP39's: 12, 15, 18, 21 or 24 words
// of the list, one space between them, with the right checksum.
func Valid(sentence []byte) bool {
	if len(sentence) > MaxSentence {
		return false
	}
	words := 1 + bytes.Count(sentence, []byte{' '})
	if words%3 != 0 || words < 12 || words > 24 {
		return false
	}
	var bits [MaxEntropy + 1]byte
	defer clear(bits[:])
	for at := 0; len(sentence) > 0; at += wordBits {
		w, rest, _ := bytes.Cut(sentence, []byte{' '})
		n, ok := find(w)
		if len(w) > maxWord || !ok {
			return false
		}
		for i := range wordBits {
			bits[(at+i)/8] |= byte(n>>(wordBits-1-i)&1) << (7 - (at+i)%8)
		}
		sentence = rest
	}
	size := words / 3 * 4
	sum := sha256.Sum256(bits[:size])
	defer clear(sum[:])
	shift := 8 - words/3
	return bits[size]>>shift == sum[0]>>shift
}

// Seed writes the seed of a sentence with a passphrase, which may be empty.
func Seed(seed *[SeedSize]byte, sentence, passphrase []byte) error {
	salt := append([]byte(saltBegin), passphrase...)
	defer clear(salt)
	key, err := pbkdf2.Key(sha512.New, string(sentence), salt[:min(len(salt), maxSalt)], rounds, SeedSize)
	if err != nil {
		return err
	}
	copy(seed[:], key)
	clear(key)
	return nil
}

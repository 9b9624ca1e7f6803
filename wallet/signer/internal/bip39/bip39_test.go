package bip39

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestList: the list is the BIP's, whose digest is known.
func TestList(t *testing.T) {
	const want = "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
	if sum := sha256.Sum256(list); hex.EncodeToString(sum[:]) != want {
		t.Errorf("the word list has the digest %x", sum)
	}
}

// TestVectors: those of BIP39's reference implementation, passphrase TREZOR.
func TestVectors(t *testing.T) {
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors [][4]string // entropy, sentence, seed, xprv
	if err := json.Unmarshal(raw, &vectors); err != nil || len(vectors) < 10 {
		t.Fatal(len(vectors), err)
	}
	for _, v := range vectors {
		entropy, err := hex.DecodeString(v[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := string(Append(nil, entropy)); got != v[1] {
			t.Errorf("%s: got %q, want %q", v[0], got, v[1])
		}
		if !Valid([]byte(v[1])) {
			t.Errorf("%q is not valid", v[1])
		}
		var seed [SeedSize]byte
		if err := Seed(&seed, []byte(v[1]), []byte("TREZOR")); err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(seed[:]); got != v[2] {
			t.Errorf("%q: seed %s, want %s", v[1], got, v[2])
		}
	}
}

func TestInvalid(t *testing.T) {
	good := "legal winner thank year wave sausage worth useful legal winner thank yellow"
	for name, s := range map[string]string{
		"empty":          "",
		"eleven words":   good[:strings.LastIndexByte(good, ' ')],
		"other word":     strings.Replace(good, "legal", "legalx", 1),
		"wrong checksum": strings.Replace(good, "yellow", "year", 1),
		"double space":   strings.Replace(good, " ", "  ", 1),
		"upper case":     strings.ToUpper(good),
		"trailing space": good + " ",
		"thirteen":       good + " legal",
		"too long":       strings.Repeat("abstract ", 30),
		// Dash Core compares two bits of this checksum and takes it.
		"checksum in part": "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon able",
	} {
		if Valid([]byte(s)) {
			t.Errorf("%s: %q is valid", name, s)
		}
	}
}

func FuzzValid(f *testing.F) {
	f.Add([]byte("legal winner thank year wave sausage worth useful legal winner thank yellow"))
	f.Add(make([]byte, 16))
	f.Fuzz(func(t *testing.T, b []byte) {
		Valid(b) // must not panic
		if ValidEntropy(len(b)) && !Valid(Append(nil, b)) {
			t.Errorf("the sentence of %x is not valid", b)
		}
	})
}

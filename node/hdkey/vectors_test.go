package hdkey

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"dashmp/node/address"
	"dashmp/node/params"
)

func load(t testing.TB, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

func base58(t testing.TB, network string) params.Base58 {
	t.Helper()
	p, err := params.Select(network, params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Base58
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// derive follows a path of decimal or 0x… steps, hardened with '.
func derive(t *testing.T, s *Secret, steps []string) *Secret {
	t.Helper()
	var err error
	for _, step := range steps {
		step, hardened := strings.CutSuffix(step, "'")
		if wide, ok := strings.CutPrefix(step, "0x"); ok {
			s, err = s.Child256([32]byte(unhex(t, wide)), hardened)
		} else {
			n, perr := strconv.ParseUint(step, 10, 31)
			if perr != nil {
				t.Fatal(perr)
			}
			if hardened {
				n |= Hardened
			}
			s, err = s.Child(uint32(n))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestBIP32(t *testing.T) {
	var cases []struct {
		Seed   string
		Derive []struct{ Chain, XPub, XPrv string }
	}
	load(t, "bip32_vectors.json", &cases)
	b58 := base58(t, params.Main)
	checked := 0
	for _, c := range cases {
		if c.Seed == "" {
			continue
		}
		master, err := Master(unhex(t, c.Seed))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range c.Derive {
			steps := strings.Split(strings.ReplaceAll(strings.ReplaceAll(d.Chain, "H", "'"), "h", "'"), "/")[1:]
			s := derive(t, master, steps)
			if got := string(s.Append(nil, b58)); got != d.XPrv {
				t.Errorf("%s: %s, want %s", d.Chain, got, d.XPrv)
			}
			if got := s.Public().Text(b58); got != d.XPub {
				t.Errorf("%s: %s, want %s", d.Chain, got, d.XPub)
			}
			roundTrip(t, s, b58)
			checked++
		}
	}
	if checked < 15 {
		t.Fatalf("only %d keys were checked", checked)
	}
}

func roundTrip(t *testing.T, s *Secret, b58 params.Base58) {
	t.Helper()
	back, err := ParseSecret(string(s.Append(nil, b58)), b58)
	if err != nil || *back != *s {
		t.Errorf("the private key does not come back: %v", err)
	}
	pub, err := ParsePublic(s.Public().Text(b58), b58)
	if err != nil || *pub != *s.Public() {
		t.Errorf("the public key does not come back: %v", err)
	}
	again, ok := FromParts(pub, &s.key)
	if !ok || *again != *s {
		t.Error("the parts do not make the key")
	}
}

// TestInvalid are the texts that BIP32's test vector 5 refuses.
func TestInvalid(t *testing.T) {
	b58 := base58(t, params.Main)
	for _, text := range []string{
		"xpub661MyMwAqRbcEYS8w7XLSVeEsBXy79zSzH1J8vCdxAZningWLdN3zgtU6LBpB85b3D2yc8sfvZU521AAwdZafEz7mnzBBsz4wKY5fTtTQBm",
		"xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFGTQQD3dC4H2D5GBj7vWvSQaaBv5cxi9gafk7NF3pnBju6dwKvH",
		"xpub661MyMwAqRbcEYS8w7XLSVeEsBXy79zSzH1J8vCdxAZningWLdN3zgtU6Txnt3siSujt9RCVYsx4qHZGc62TG4McvMGcAUjeuwZdduYEvFn",
		"xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFGpWnsj83BHtEy5Zt8CcDr1UiRXuWCmTQLxEK9vbz5gPstX92JQ",
		"xpub661MyMwAqRbcEYS8w7XLSVeEsBXy79zSzH1J8vCdxAZningWLdN3zgtU6N8ZMMXctdiCjxTNq964yKkwrkBJJwpzZS4HS2fxvyYUA4q2Xe4",
		"xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFAzHGBP2UuGCqWLTAPLcMtD9y5gkZ6Eq3Rjuahrv17fEQ3Qen6J",
		"xprv9s2SPatNQ9Vc6GTbVMFPFo7jsaZySyzk7L8n2uqKXJen3KUmvQNTuLh3fhZMBoG3G4ZW1N2kZuHEPY53qmbZzCHshoQnNf4GvELZfqTUrcv",
		"xpub661no6RGEX3uJkY4bNnPcw4URcQTrSibUZ4NqJEw5eBkv7ovTwgiT91XX27VbEXGENhYRCf7hyEbWrR3FewATdCEebj6znwMfQkhRYHRLpJ",
		"xprv9s21ZrQH4r4TsiLvyLXqM9P7k1K3EYhA1kkD6xuquB5i39AU8KF42acDyL3qsDbU9NmZn6MsGSUYZEsuoePmjzsB3eFKSUEh3Gu1N3cqVUN",
		"xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzF93Y5wvzdUayhgkkFoicQZcP3y52uPPxFnfoLZB21Teqt1VvEHx",
		"DMwo58pR1QLEFihHiXPVykYB6fJmsTeHvyTp7hRThAtCX8CvYzgPcn8XnmdfHPmHJJ6GF7MwrYqPiU9qg1Wb4SYpbvjGUyuADTnHC7gKLhAhKX",
		"",
	} {
		if _, err := ParsePublic(text, b58); err == nil && strings.HasPrefix(text, "xp") {
			t.Errorf("%s is taken as public", text)
		}
		if _, err := ParseSecret(text, b58); err == nil {
			t.Errorf("%s is taken as private", text)
		}
	}
}

func TestDIP14(t *testing.T) {
	var cases []struct {
		Seed                string
		Path                []string
		Key, Public, Secret string
	}
	load(t, "dip14.json", &cases)
	b58 := base58(t, params.Test)
	for i, c := range cases {
		master, err := Master(unhex(t, c.Seed))
		if err != nil {
			t.Fatal(err)
		}
		s := derive(t, master, c.Path)
		key := s.Bytes()
		if got := hex.EncodeToString(key[:]); got != c.Key {
			t.Errorf("%d: key %s, want %s", i, got, c.Key)
		}
		if got := string(s.Append(nil, b58)); got != c.Secret {
			t.Errorf("%d: secret %s, want %s", i, got, c.Secret)
		}
		if got := s.Public().Text(b58); got != c.Public {
			t.Errorf("%d: public %s, want %s", i, got, c.Public)
		}
		roundTrip(t, s, b58)
	}
	// The public way gives the same child as the private one.
	master, _ := Master(unhex(t, cases[2].Seed))
	pub, err := master.Public().Child256([32]byte(unhex(t, strings.TrimPrefix(cases[2].Path[0], "0x"))))
	if err != nil || pub.Text(b58) != cases[2].Public {
		t.Errorf("public derivation: %v", err)
	}
}

// TestAccounts follows the public way from BIP44 accounts to addresses.
func TestAccounts(t *testing.T) {
	var cases []struct {
		Seed     string
		Accounts []struct {
			Network, Path, XPub string
			External            []struct{ Path, Address string }
		}
	}
	load(t, "bip39_bip44_dash.json", &cases)
	checked := 0
	for _, c := range cases {
		for _, a := range c.Accounts {
			b58 := base58(t, params.Main)
			if a.Network != "mainnet" {
				b58 = base58(t, params.Test)
			}
			master, err := Master(unhex(t, c.Seed))
			if err != nil {
				t.Fatal(err)
			}
			account := derive(t, master, strings.Split(a.Path, "/")[1:]).Public()
			if got := account.Text(b58); got != a.XPub {
				t.Errorf("%s: %s, want %s", a.Path, got, a.XPub)
			}
			for i, e := range a.External {
				chain, err := account.Child(0)
				if err != nil {
					t.Fatal(err)
				}
				k, err := chain.Child(uint32(i))
				if err != nil {
					t.Fatal(err)
				}
				if got := address.Encode(address.Destination{Kind: address.PubKeyHash, Hash: k.ID()}, b58); got != e.Address {
					t.Errorf("%s: %s, want %s", e.Path, got, e.Address)
				}
				checked++
			}
		}
	}
	if checked < 50 {
		t.Fatalf("only %d addresses were checked", checked)
	}
}

func TestRefusals(t *testing.T) {
	s, err := Master(make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Master(make([]byte, 15)); err != ErrSeed {
		t.Errorf("short seed: %v", err)
	}
	if _, err := s.Public().Child(Hardened); err != ErrHardened {
		t.Errorf("hardened child of a public key: %v", err)
	}
	s.Depth = 255
	if _, err := s.Child(0); err != ErrDepth {
		t.Errorf("too deep: %v", err)
	}
	if _, err := s.Public().Child(0); err != ErrDepth {
		t.Errorf("too deep: %v", err)
	}
	raw := hex.EncodeToString(s.key[:])
	js, _ := json.Marshal(s)
	for _, shown := range []string{fmt.Sprintf("%v %+v %#v %s %x %d", *s, s, *s, s, *s, s), string(js), s.LogValue().String()} {
		if strings.Contains(shown, raw[:8]) || !strings.Contains(shown, "[redacted]") {
			t.Errorf("a secret prints as %q", shown)
		}
	}
	other := *s
	other.key[0] ^= 1
	if _, ok := FromParts(s.Public(), &other.key); ok {
		t.Error("a foreign private key is taken")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8")
	f.Add("xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi")
	f.Add("dptp1C5gGd8NzvAke5WNKyRfpDRyvV2UZ3jjrZVZU77qk9yZemMGSdZpkWp7y6wt3FzvFxAHSW8VMCaC1p6Ny5EqWuRm2sjvZLUUFMMwXhmW6eS69qjX958RYBH5R8bUCGZkCfUyQ8UVWcx9katkrRr")
	main, test := base58(f, params.Main), base58(f, params.Test)
	f.Fuzz(func(t *testing.T, text string) {
		for _, b58 := range []params.Base58{main, test} {
			if p, err := ParsePublic(text, b58); err == nil && p.Text(b58) != strings.TrimSpace(text) {
				t.Errorf("%q becomes %q", text, p.Text(b58))
			}
			if s, err := ParseSecret(text, b58); err == nil && string(s.Append(nil, b58)) != strings.TrimSpace(text) {
				t.Errorf("%q becomes another text", text)
			}
		}
	})
}

func BenchmarkPublicChild(b *testing.B) {
	s, _ := Master(make([]byte, 32))
	p := s.Public()
	for i := 0; b.Loop(); i++ {
		if _, err := p.Child(uint32(i) & 0xffff); err != nil {
			b.Fatal(err)
		}
	}
}

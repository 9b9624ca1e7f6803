package address

import (
	"bytes"
	"encoding/hex"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"dashmp/node/internal/realdata"
	"dashmp/node/params"
)

func base58Of(t testing.TB, network string) params.Base58 {
	t.Helper()
	p, err := params.Select(network, params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Base58
}

func load(t testing.TB, name string, v any) {
	t.Helper()
	realdata.JSON(t, filepath.Join("testdata", name), v)
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBase58Vectors(t *testing.T) {
	var vs [][2]string
	load(t, "base58_encode_decode.json", &vs)
	for _, v := range vs {
		raw := unhex(t, v[0])
		if got := EncodeBase58(raw); got != v[1] {
			t.Errorf("%s: %s, want %s", v[0], got, v[1])
		}
		got, err := DecodeBase58(v[1], len(raw))
		if err != nil || !bytes.Equal(got, raw) {
			t.Errorf("%s: %x, %v", v[1], got, err)
		}
		if len(raw) > 0 {
			if _, err := DecodeBase58(v[1], len(raw)-1); !errors.Is(err, ErrBase58) {
				t.Errorf("%s fits %d bytes: %v", v[1], len(raw)-1, err)
			}
		}
	}
}

func TestBase58Texts(t *testing.T) {
	for _, tc := range []struct {
		in, want string
		ok       bool
	}{
		{" \t\n\v\f\r skip \r\f\v\n\t ", "971a55", true},
		{"skip a", "", false},
		{"a skip", "", false},
		{"0", "", false}, {"O", "", false}, {"I", "", false}, {"l", "", false},
		{"good\x00bad", "", false},
		{"\x00", "", false},
		{"", "", true}, {"   ", "", true}, {"11", "0000", true},
		{"é", "", false},
		{"\u00a02g", "", false}, // no white space here
	} {
		got, err := DecodeBase58(tc.in, 100)
		if (err == nil) != tc.ok || hex.EncodeToString(got) != tc.want {
			t.Errorf("%q: %x, %v", tc.in, got, err)
		}
	}
	if _, err := DecodeCheck("3yQ", 100); !errors.Is(err, ErrChecksum) {
		t.Errorf("too short for a checksum: %v", err)
	}
	// A long text must fail by its length, not after quadratic work.
	if _, err := DecodeBase58(strings.Repeat("z", 1<<20), 25); !errors.Is(err, ErrBase58) {
		t.Errorf("long text: %v", err)
	}
}

type keyIO struct {
	text       string
	payload    []byte
	chain      string
	private    bool
	compressed bool
}

func keyIOVectors(t testing.TB) (vs []keyIO) {
	var rows [][3]any
	load(t, "key_io_valid.json", &rows)
	for _, r := range rows {
		meta := r[2].(map[string]any)
		v := keyIO{text: r[0].(string), payload: unhex(t, r[1].(string)), chain: meta["chain"].(string)}
		v.private, _ = meta["isPrivkey"].(bool)
		v.compressed, _ = meta["isCompressed"].(bool)
		vs = append(vs, v)
	}
	return vs
}

func TestKeyIOValid(t *testing.T) {
	for _, v := range keyIOVectors(t) {
		b58 := base58Of(t, v.chain)
		var key [SecretSize]byte
		compressed, secretErr := DecodeSecret([]byte(v.text), b58, &key)
		d, addressErr := Decode(v.text, b58)
		if v.private {
			if secretErr != nil || compressed != v.compressed || !bytes.Equal(key[:], v.payload) {
				t.Errorf("%s: %x, %v", v.text, key, secretErr)
			}
			if got := string(AppendSecret(nil, &key, compressed, b58)); got != v.text {
				t.Errorf("%s, want %s", got, v.text)
			}
			if addressErr == nil {
				t.Errorf("%s passes for an address", v.text)
			}
			continue
		}
		if addressErr != nil || !bytes.Equal(d.Script(), v.payload) {
			t.Errorf("%s: %x, %v", v.text, d.Script(), addressErr)
		}
		if from, ok := FromScript(v.payload); !ok || Encode(from, b58) != v.text {
			t.Errorf("%x does not lead back to %s", v.payload, v.text)
		}
		if secretErr == nil {
			t.Errorf("%s passes for a key", v.text)
		}
		if _, err := Decode(flipCase(v.text), b58); err == nil {
			t.Errorf("%s passes with its case flipped", v.text)
		}
		other := params.Main
		if v.chain == params.Main {
			other = params.Test
		}
		if _, err := Decode(v.text, base58Of(t, other)); !errors.Is(err, ErrPrefix) {
			t.Errorf("%s on %s: %v", v.text, other, err)
		}
	}
}

func flipCase(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r ^ 0x20
		}
		return r
	}, s)
}

func TestKeyIOInvalid(t *testing.T) {
	var rows [][]string
	load(t, "key_io_invalid.json", &rows)
	if len(rows) < 30 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		for _, network := range []string{params.Main, params.Test, params.Regtest} {
			b58 := base58Of(t, network)
			if _, err := Decode(row[0], b58); err == nil {
				t.Errorf("%s is an address on %s", row[0], network)
			}
			var key [SecretSize]byte
			if _, err := DecodeSecret([]byte(row[0]), b58, &key); !errors.Is(err, ErrSecret) || key != [SecretSize]byte{} {
				t.Errorf("%s is a key on %s", row[0], network)
			}
		}
	}
}

func TestKeysAddresses(t *testing.T) {
	var vs []struct {
		Network, Privkey, Pubkey, P2pkh string
		Compressed                      string `json:"wif_compressed"`
		Uncompressed                    string `json:"wif_uncompressed"`
		PubkeyUncompressed              string `json:"pubkey_uncompressed"`
		P2pkhUncompressed               string `json:"p2pkh_uncompressed"`
		P2sh                            string `json:"p2sh_of_p2pk"`
	}
	load(t, "keys_addresses.json", &vs)
	for _, v := range vs {
		b58 := base58Of(t, map[string]string{"mainnet": params.Main, "testnet": params.Test}[v.Network])
		key := [SecretSize]byte(unhex(t, v.Privkey))
		p2pk := append(append([]byte{33}, unhex(t, v.Pubkey)...), opCheckSig)
		for name, pair := range map[string][2]string{
			"compressed":         {string(AppendSecret(nil, &key, true, b58)), v.Compressed},
			"uncompressed":       {string(AppendSecret(nil, &key, false, b58)), v.Uncompressed},
			"p2pkh":              {Encode(Destination{PubKeyHash, Hash160(unhex(t, v.Pubkey))}, b58), v.P2pkh},
			"p2pkh uncompressed": {Encode(Destination{PubKeyHash, Hash160(unhex(t, v.PubkeyUncompressed))}, b58), v.P2pkhUncompressed},
			"p2sh":               {Encode(Destination{ScriptHash, Hash160(p2pk)}, b58), v.P2sh},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s %s: %s, want %s", v.Network, name, pair[0], pair[1])
			}
		}
	}
}

func TestSecretRange(t *testing.T) {
	b58 := base58Of(t, params.Main)
	last := order
	last[31]--
	for _, tc := range []struct {
		name string
		key  [SecretSize]byte
		ok   bool
	}{
		{"zero", [SecretSize]byte{}, false}, {"one", [SecretSize]byte{31: 1}, true},
		{"last", last, true}, {"order", order, false},
	} {
		var got [SecretSize]byte
		_, err := DecodeSecret(AppendSecret(nil, &tc.key, true, b58), b58, &got)
		if (err == nil) != tc.ok {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	// 34 bytes whose last is not 1.
	var key [SecretSize]byte
	bad := append(append([]byte{b58.SecretKey}, last[:]...), 2)
	if _, err := DecodeSecret(encodeCheck(bad), b58, &key); !errors.Is(err, ErrSecret) {
		t.Errorf("compression byte 2: %v", err)
	}
}

func TestNoDestination(t *testing.T) {
	if (Destination{}).Script() != nil || Encode(Destination{}, params.Base58{}) != "" {
		t.Error("the zero destination has a text or a script")
	}
	p2pkh := Destination{Kind: PubKeyHash}.Script()
	for i := range p2pkh {
		if i >= 3 && i < 23 {
			continue
		}
		s := bytes.Clone(p2pkh)
		s[i]++
		if _, ok := FromScript(s); ok {
			t.Errorf("a script altered at %d is recognised", i)
		}
	}
}

func FuzzBase58(f *testing.F) {
	for _, v := range keyIOVectors(f)[:8] {
		f.Add(v.text)
	}
	f.Add("  11z ")
	f.Fuzz(func(t *testing.T, s string) {
		b, err := DecodeBase58(s, 80)
		if err != nil {
			return
		}
		if got, want := EncodeBase58(b), strings.Trim(s, " \f\n\r\t\v"); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, v := range keyIOVectors(f)[:8] {
		f.Add(v.text)
	}
	b58 := base58Of(f, params.Main)
	f.Fuzz(func(t *testing.T, s string) {
		text := strings.Trim(s, " \f\n\r\t\v")
		if d, err := Decode(s, b58); err == nil && Encode(d, b58) != text {
			t.Fatal("address")
		}
		var key [SecretSize]byte
		if c, err := DecodeSecret([]byte(s), b58, &key); err == nil && string(AppendSecret(nil, &key, c, b58)) != text {
			t.Fatal("key")
		}
	})
}

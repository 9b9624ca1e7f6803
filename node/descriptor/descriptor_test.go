package descriptor

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"dashmp/node/address"
	"dashmp/node/params"
	"dashmp/node/standard"
)

type vector struct {
	Network, Descriptor, Checksum, Canonical string
	IsRange, HasPrivateKeys                  bool
	Addresses                                []string
}

func vectors(t testing.TB) (out []vector) {
	t.Helper()
	b, err := os.ReadFile("testdata/descriptors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func base58(t testing.TB, network string) params.Base58 {
	t.Helper()
	name := map[string]string{"mainnet": params.Main, "testnet": params.Test, "regtest": params.Regtest}[network]
	p, err := params.Select(name, params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Base58
}

func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		b58 := base58(t, v.Network)
		d, secrets, err := Parse(v.Descriptor, b58, false)
		if err != nil {
			t.Errorf("%s: %v", v.Descriptor, err)
			continue
		}
		if got := d.String(); got != v.Canonical {
			t.Errorf("canonical %s, want %s", got, v.Canonical)
		}
		if got, err := Checksum(v.Descriptor); err != nil || got != v.Checksum {
			t.Errorf("checksum %s, want %s", got, v.Checksum)
		}
		if d.IsRange() != v.IsRange || (secrets.Len() > 0) != v.HasPrivateKeys {
			t.Errorf("%s: range %v, %d private keys", v.Descriptor, d.IsRange(), secrets.Len())
		}
		if got := addresses(d, secrets, nil, len(v.Addresses), b58); fmt.Sprint(got) != fmt.Sprint(v.Addresses) {
			t.Errorf("%s: addresses %v, want %v", v.Descriptor, got, v.Addresses)
		}
		splitAgrees(t, v, d, secrets, b58)
	}
}

func addresses(d *Descriptor, secrets *Secrets, cache *Cache, n int, b58 params.Base58) (out []string) {
	for pos := uint32(0); len(out) < n && pos < 20; pos++ {
		scripts, _, ok := d.Expand(pos, secrets, cache)
		if !ok {
			return append(out, "cannot expand")
		}
		for _, s := range scripts {
			if dest, ok := standard.Destination(s); ok && len(out) < n {
				out = append(out, address.Encode(dest, b58))
			}
		}
		if !d.IsRange() {
			break
		}
	}
	return out
}

// splitAgrees checks that public part and secrets together are the text, that
// the public part alone is enough with a cache, and what ParsePublic says.
func splitAgrees(t *testing.T, v vector, d *Descriptor, secrets *Secrets, b58 params.Base58) {
	t.Helper()
	_, err := ParsePublic(v.Descriptor, b58, false)
	if v.HasPrivateKeys != errors.Is(err, ErrPrivate) {
		t.Errorf("%s: ParsePublic says %v", v.Descriptor, err)
	}
	var cache Cache
	want, _, ok := d.Expand(3, secrets, &cache)
	if !ok {
		t.Errorf("%s does not expand", v.Descriptor)
		return
	}
	got, _, ok := d.ExpandCached(3, &cache)
	if !ok || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: from the cache %x, want %x", v.Descriptor, got, want)
	}
	if later, _, ok := d.Expand(4, secrets, nil); ok {
		got, _, cached := d.ExpandCached(4, &cache)
		if hardWild := strings.Contains(v.Canonical, "*'"); cached == hardWild || cached && fmt.Sprint(got) != fmt.Sprint(later) {
			t.Errorf("%s: a position that was not asked for: %v from the cache", v.Descriptor, cached)
		}
	}
	if d.NeedsSecrets() {
		if _, _, ok := d.Expand(3, nil, nil); ok {
			t.Errorf("%s expands without private keys", v.Descriptor)
		}
	}
	if private, ok := d.AppendPrivate(nil, secrets); ok && v.HasPrivateKeys {
		back, s2, err := Parse(string(private), b58, true)
		if err != nil || back.String() != d.String() || s2.Len() != secrets.Len() {
			t.Errorf("the private form of %s does not come back: %v", v.Canonical, err)
		}
	}
	if n, ok := d.Normalized(secrets, nil); ok {
		norm, err := ParsePublic(n, b58, true)
		if err != nil {
			t.Fatalf("%s normalised: %v", v.Descriptor, err)
		}
		if d.keys != nil && d.keys[0].wild != hard {
			if s, _, ok := norm.Expand(3, nil, nil); !ok || fmt.Sprint(s) != fmt.Sprint(want) {
				t.Errorf("%s normalised gives other scripts", v.Descriptor)
			}
		}
		if viaCache, ok := d.Normalized(nil, &cache); ok && viaCache != n {
			t.Errorf("normalised from the cache %s, from keys %s", viaCache, n)
		}
	}
}

const (
	key1 = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
	key2 = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5"
	key3 = "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
	tpub = "tpubD6NzVbkrYhZ4WaWSyoBvQwbpLkojyoTZPRsgXELWz3Popb3qkjcJyJUGLnL4qHHoQvao8ESaAstxYSnhyswJ76uZPStJRJCTKvosUCJZL5B"
)

// TestParseErrors holds Dash Core's texts; TestCore of package rawtx asks Dash
// Core itself.
func TestParseErrors(t *testing.T) {
	b58 := base58(t, "regtest")
	for text, want := range map[string]string{
		"":                                     "'' is not a valid descriptor function",
		"pk(" + key1 + ")#":                    "Expected 8 character checksum, not 0 characters",
		"pk(" + key1 + ")##":                   "Multiple '#' symbols",
		"pk(" + key1 + ")#aaaaaaaa":            "Provided checksum 'aaaaaaaa' does not match computed checksum '" + sum("pk("+key1+")") + "'",
		"pk()":                                 "pk(): No key provided",
		"pk(00)":                               "pk(): Pubkey '00' is invalid",
		"pkh(x)":                               "pkh(): key 'x' is not valid",
		"foo(" + key1 + ")":                    "'foo(" + key1 + ")' is not a valid descriptor function",
		"sh(sh(pk(" + key1 + ")))":             "Can only have sh() at top level",
		"sh(combo(" + key1 + "))":              "Can only have combo() at top level",
		"sh(addr(x))":                          "Can only have addr() at top level",
		"sh(raw(00))":                          "Can only have raw() at top level",
		"sh(" + key1 + ")":                     "A function is needed within P2SH",
		"addr(x)":                              "Address is not valid",
		"raw(0)":                               "Raw script is not hex",
		"pk(" + key1 + "),":                    "",
		"sh(pk(" + key1 + "),1)":               "",
		"multi(x," + key1 + ")":                "Multi threshold 'x' is not valid",
		"multi(0," + key1 + ")":                "Multisig threshold cannot be 0, must be at least 1",
		"multi(2," + key1 + ")":                "Multisig threshold cannot be larger than the number of keys; threshold is 2 but only 1 keys specified",
		"multi(1)":                             "Cannot have 0 keys in multisig; must have between 1 and 20 keys, inclusive",
		"multi(1,)":                            "Multi: No key provided",
		"multi(1)" + ",":                       "Cannot have 0 keys in multisig; must have between 1 and 20 keys, inclusive",
		"multi(1,a)b)":                         "'multi(1,a)b' is not a valid descriptor function",
		"multi(1" + x(",", key1, 4) + ")":      "Cannot have 4 pubkeys in bare multisig; only at most 3 pubkeys",
		"sh(multi(1" + x(",", key1, 16) + "))": "P2SH script is too large, 547 bytes is larger than 520 bytes",
		"sh(multi(1" + x(",", key1, 21) + "))": "Cannot have 21 keys in multisig; must have between 1 and 20 keys, inclusive",
		"pkh([aabbccdd]aabb]" + key1 + ")":     "pkh(): Multiple ']' characters found for a single pubkey",
		"pkh(aabbccdd]" + key1 + ")":           "pkh(): Key origin start '[ character expected but not found, got 'a' instead",
		"pkh(]" + key1 + ")":                   "pkh(): Key origin start '[ character expected but not found, got ']' instead",
		"pkh([aabbccd]" + key1 + ")":           "pkh(): Fingerprint is not 4 bytes (7 characters instead of 8 characters)",
		"pkh([aabbccdx]" + key1 + ")":          "pkh(): Fingerprint 'aabbccdx' is not hex",
		"pkh([aabbccdd/1/h]" + key1 + ")":      "pkh(): Key path value '' is not a valid uint32",
		"pkh(" + tpub + "/2147483648)":         "pkh(): Key path value 2147483648 is out of range",
		"pkh(" + tpub + "/4294967296)":         "pkh(): Key path value '4294967296' is not a valid uint32",
		"pkh(" + tpub + "/*/0)":                "pkh(): Key path value '*' is not a valid uint32",
		"pkh(" + tpub + "/-1)":                 "pkh(): Key path value '-1' is not a valid uint32",
		"pkh(" + key1 + "/0)":                  "pkh(): key '" + key1 + "' is not valid",
		"pkh(\x80)":                            "Invalid characters in payload",
	} {
		_, _, err := Parse(text, b58, false)
		var p ParseError
		if !errors.As(err, &p) || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", text, err, want)
		}
	}
	if _, _, err := Parse("pk("+key1+")", b58, true); err == nil || err.Error() != "Missing checksum" {
		t.Errorf("without checksum: %v", err)
	}
}

func x(before, s string, n int) string { return strings.Repeat(before+s, n) }

func TestInfer(t *testing.T) {
	b58 := base58(t, "regtest")
	for _, text := range []string{
		"pk(" + key1 + ")", "pk(" + key3 + ")", "pkh(" + key1 + ")", "pkh([01020304/1'/2]" + key1 + ")",
		"multi(1," + key1 + "," + key2 + ")", "sh(multi(2," + key1 + "," + key3 + "))", "sh(pk(" + key2 + "))", "sh(pkh(" + key2 + "))",
		"raw(6a0100)", "raw(00)",
	} {
		d, err := ParsePublic(text, b58, false)
		if err != nil {
			t.Fatal(err)
		}
		scripts, pub, _ := d.Expand(0, nil, nil)
		for id, o := range pub.Origins { // what the text does not say is not inferred
			if o.Origin.Path == nil || !strings.Contains(text, "[") {
				delete(pub.Origins, id)
			}
		}
		if got := Infer(scripts[0], pub, b58).String(); got != d.String() {
			t.Errorf("%s is inferred as %s", text, got)
		}
	}
	d, _ := ParsePublic("pkh("+key1+")", b58, false)
	scripts, _, _ := d.Expand(0, nil, nil)
	if got := Infer(scripts[0], standard.None{}, b58).String(); !strings.HasPrefix(got, "addr(y") {
		t.Errorf("without the key: %s", got)
	}
}

func TestPrivateKeys(t *testing.T) {
	for _, v := range vectors(t) {
		b58 := base58(t, v.Network)
		d, secrets, err := Parse(v.Descriptor, b58, false)
		if err != nil || !v.HasPrivateKeys {
			continue
		}
		_, pub, _ := d.Expand(2, secrets, nil)
		derived := d.PrivateKeys(2, secrets)
		if derived.Len() == 0 {
			t.Errorf("%s gives no private key", v.Canonical)
		}
		for id := range derived.keys {
			if _, ok := pub.Origins[id]; !ok {
				t.Errorf("%s gives a private key of none of its public keys", v.Canonical)
			}
		}
		for _, k := range secrets.keys {
			raw := fmt.Sprintf("%x", k.key)
			js, _ := json.Marshal(secrets)
			if shown := fmt.Sprintf("%v %+v %#v %s %x", secrets, secrets, secrets, secrets, secrets) + string(js) + d.String(); strings.Contains(shown, raw[:12]) {
				t.Errorf("a private key prints as %s", shown)
			}
		}
		secrets.Wipe()
		if _, ok := d.AppendPrivate(nil, secrets); ok {
			t.Error("wiped secrets print")
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Descriptor)
	}
	f.Add("sh(multi(1,[aabbccdd/1'/2h]" + tpub + "/0/*'," + key1 + "))")
	f.Add("sh(sortedmulti(2," + key1 + "," + key3 + "))#00000000")
	f.Add("raw(6a),")
	main, test := base58(f, "mainnet"), base58(f, "regtest")
	f.Fuzz(func(t *testing.T, text string) {
		for _, b58 := range []params.Base58{main, test} {
			d, secrets, err := Parse(text, b58, false)
			if err != nil {
				continue
			}
			canonical := d.String()
			again, err := ParsePublic(canonical, b58, true)
			if err != nil || again.String() != canonical {
				t.Fatalf("%q prints as %q, which prints otherwise: %v", text, canonical, err)
			}
			if scripts, pub, ok := d.Expand(1, secrets, nil); ok {
				for _, s := range scripts {
					Infer(s, pub, b58)
				}
			}
		}
	})
}

func BenchmarkExpand(b *testing.B) {
	d, err := ParsePublic("sh(sortedmulti(2,"+tpub+"/0/*,"+tpub+"/1/*,"+tpub+"/2/*))", base58(b, "regtest"), false)
	if err != nil {
		b.Fatal(err)
	}
	for i := uint32(0); b.Loop(); i++ {
		if _, _, ok := d.Expand(i, nil, nil); !ok {
			b.Fatal("no script")
		}
	}
}

package rpcdesc

import (
	"strings"
	"testing"

	"dashmp/node/params"
	"dashmp/node/rpc/univalue"
)

func base58(t testing.TB) params.Base58 {
	t.Helper()
	p, err := params.Select(params.Regtest, params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Base58
}

func scripts(o ScanObject, b58 params.Base58) ([]Script, error) {
	s, err := ParseScan(o, b58)
	if err != nil {
		return nil, err
	}
	defer s.Wipe()
	return s.Scripts()
}

const (
	tprv = "tprv8ZgxMBicQKsPd7Uf69XL1XwhmjHopUGep8GuEiJDZmbQz6o58LninorQAfcKZWARbtRtfnLcJ5MQ2AtHcQJCCRUcMRvmDUjyEmNUWwx8UbK"
	tpub = "tpubD6NzVbkrYhZ4WaWSyoBvQwbpLkojyoTZPRsgXELWz3Popb3qkjcJyJUGLnL4qHHoQvao8ESaAstxYSnhyswJ76uZPStJRJCTKvosUCJZL5B"
)

// TestScripts: the signer's answer for a scan has no private key in it, and is
// the same for the public form where that suffices.
func TestScripts(t *testing.T) {
	private, err := scripts(ScanObject{Text: "combo(" + tprv + "/0/*)"}, base58(t))
	if err != nil || len(private) != 1001*3 {
		t.Fatal(len(private), err)
	}
	public, err := scripts(ScanObject{Text: "combo(" + tpub + "/0/*)"}, base58(t))
	if err != nil || len(public) != len(private) {
		t.Fatal(len(public), err)
	}
	for i, s := range private {
		if string(s.Script) != string(public[i].Script) || s.Descriptor != public[i].Descriptor || strings.Contains(s.Descriptor, "prv") {
			t.Fatalf("%d: %x %s, %x %s", i, s.Script, s.Descriptor, public[i].Script, public[i].Descriptor)
		}
	}
	two, _ := univalue.Parse([]byte("[5,6]"))
	if got, err := scripts(ScanObject{Text: "pkh(" + tprv + "/0'/*')", Range: two}, base58(t)); err != nil || len(got) != 2 {
		t.Error(len(got), err)
	}
	if _, err := scripts(ScanObject{Text: "pkh(" + tpub + "/0'/*)"}, base58(t)); err == nil || !strings.HasPrefix(err.Error(), "Cannot derive script without private keys") {
		t.Error(err)
	}
}

// TestHide: an error does not repeat what may be a mistyped key.
func TestHide(t *testing.T) {
	for _, text := range []string{"pkh(" + tprv[:len(tprv)-1] + ")", "pkh(cVt4o7BGAig1UXywgGSmARhxMdzP5qvQsxKkSsc1XEkw3tDTQFpz)", "pk(" + tpub + "x)"} {
		_, err := Info(text, base58(t))
		if err == nil || strings.Contains(err.Error(), "tprv") || strings.Contains(err.Error(), "cVt4") {
			t.Errorf("%v", err)
		}
	}
	if got := hide("key '" + strings.Repeat("02ab", 20) + "' is not valid"); strings.Contains(got, "redacted") {
		t.Error(got)
	}
}

func BenchmarkScripts(b *testing.B) {
	b58 := base58(b)
	for b.Loop() {
		if _, err := scripts(ScanObject{Text: "combo(" + tpub + "/0/*)"}, b58); err != nil {
			b.Fatal(err)
		}
	}
}

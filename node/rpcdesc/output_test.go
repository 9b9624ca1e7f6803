package rpcdesc

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"dashmp/node/address"
	"dashmp/node/params"
	"dashmp/node/rpc/rpcerr"
)

// TestOutputScript: addresses and keys are of the private key 1.
func TestOutputScript(t *testing.T) {
	p, err := params.Select(params.Regtest, params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b58 := p.Base58
	const (
		key  = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
		addr = "yWziQMcwmKjRdzi7eWjwiQX8EjWcd6dSg6"
		pkh  = "76a914751e76e8199196d454941c45d1b3a323f1433bd688ac"
	)
	secret := [address.SecretSize]byte{31: 1}
	wif := string(address.AppendSecret(nil, &secret, true, b58))
	for _, tc := range []struct{ text, script, refusal string }{
		{"pkh(" + key + ")", pkh, ""},
		{"pkh(" + wif + ")", pkh, ""},
		{"combo(" + key + ")", pkh, ""},
		{"addr(" + addr + ")", pkh, ""},
		{"raw(51)", "51", ""},
		{addr, "", "'" + addr + "' is not a valid descriptor function"},
		{"", "", "'' is not a valid descriptor function"},
	} {
		s, err := OutputScript(tc.text, b58)
		if got := hex.EncodeToString(s); got != tc.script || refusal(err) != tc.refusal {
			t.Errorf("%.20s: %s, %v", tc.text, got, err)
		}
		s, err = AddressOrOutputScript(tc.text, b58)
		want, refused := tc.script, ""
		switch tc.text {
		case addr:
			want = pkh
		case "":
			refused = "Error: Invalid address or descriptor"
		}
		if got := hex.EncodeToString(s); got != want || refusal(err) != refused {
			t.Errorf("%.20s, or an address: %s, %v", tc.text, got, err)
		}
	}
	// A mistyped key is not repeated.
	for _, f := range []func(string, params.Base58) ([]byte, error){OutputScript, AddressOrOutputScript} {
		if _, err := f("pkh("+wif+"x)", b58); err == nil || strings.Contains(err.Error(), wif) {
			t.Errorf("a mistyped key: %v", err != nil)
		}
	}
}

func refusal(err error) string {
	var e *rpcerr.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return ""
}

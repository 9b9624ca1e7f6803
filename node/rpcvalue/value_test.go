package rpcvalue

import "testing"

func TestFixedPoint(t *testing.T) {
	for s, want := range map[string]int64{
		"0": 0, "1": coin, "-1": -coin, "0.1": coin / 10, "1e-8": 1, "0.00000001000": 1, "1E8": 1e16, "1e+2": 100 * coin,
		"0.00": 0, "0e5": 0, "10.50": 1050000000, "1000000000e-9": coin, "92233720368.54775807": 0, "0.000000010000000000000000000": 1,
	} {
		got, ok := FixedPoint(s, 8)
		if s == "92233720368.54775807" {
			if ok {
				t.Errorf("%s is taken", s)
			}
			continue
		}
		if !ok || got != want {
			t.Errorf("%s is %d (%v), want %d", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "-", ".", "1.", ".1", "01", "1e", "1e+", "0x1", "1 ", "1e10", "0.000000001", "1e-9", "999999999999999999e9", "123456789012345678e5", "184467440737095517e3", "1e99999999999999999999"} {
		if n, ok := FixedPoint(s, 8); ok {
			t.Errorf("%q is taken as %d", s, n)
		}
	}
}

package main

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dashmp/node/arith"
	"dashmp/node/wire"
)

// easy is a header with the target of regtest, genesis but for its nonce.
const easy = "01000000" + "0000000000000000000000000000000000000000000000000000000000000000" +
	"c762a6567f3cc092f0684bb62b7e00a84890b990f07cc71a6bb58d64b98e02e0" + "b9968054" + "ffff7f20" + "00000000"

func runHere(args ...string) (int, string, string) {
	var out, errs bytes.Buffer
	code := run(args, stdio{&out, &errs})
	return code, out.String(), errs.String()
}

func TestGrind(t *testing.T) {
	for _, tasks := range []int{1, 2, 7} {
		got, err := grind([]string{easy}, tasks)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(easy) || got[:len(easy)-8] != easy[:len(easy)-8] {
			t.Fatalf("%s is another header", got)
		}
		b, err := hex.DecodeString(got)
		if err != nil {
			t.Fatal(err)
		}
		h, err := wire.DecodeHeader(b)
		if err != nil {
			t.Fatal(err)
		}
		target, _, _ := arith.FromCompact(h.Bits)
		if work := arith.FromHash(h.Hash()); work.Cmp(target) > 0 {
			t.Errorf("%d tasks: nonce %d does not meet the target", tasks, h.Nonce)
		}
	}
}

// refused are command lines with their errors; Dash Core's own tests have the
// first five.
var refused = []struct {
	args []string
	want string
}{
	{[]string{"foo"}, "Error parsing command line arguments: Invalid command 'foo'\n"},
	{[]string{"help"}, "Error parsing command line arguments: Invalid command 'help'\n"},
	{[]string{"grind"}, "Must specify block header to grind\n"},
	{[]string{"grind", "1", "2"}, "Must specify block header to grind\n"},
	{[]string{"grind", "aa"}, "Could not decode block header\n"},
	{[]string{"grind", "zz"}, "Could not decode block header\n"},
	{[]string{"grind", strings.Replace(easy, "ffff7f20", "00000000", 1)}, "Could not satisfy difficulty target\n"},
	{[]string{"grind", strings.Replace(easy, "ffff7f20", "ffffff20", 1)}, "Could not satisfy difficulty target\n"},
	{nil, "Error: must specify a command\n"},
	{[]string{"-nosuch"}, "Error parsing command line arguments: Invalid parameter -nosuch\n"},
	{[]string{"-testnet", "-regtest", "grind"}, "Error: Only one of -regtest, -testnet, -devnet or -chain can be used.\n"},
}

func TestRefusals(t *testing.T) {
	for _, c := range refused {
		if code, out, errs := runHere(c.args...); code != 1 || out != "" || errs != c.want {
			t.Errorf("%q: %d %q %q, want %q", c.args, code, out, errs, c.want)
		}
	}
	if code, out, _ := runHere("-version"); code != 0 || !strings.HasPrefix(out, "Dash Core dash-util utility version v") {
		t.Errorf("-version: %d %q", code, out)
	}
	if code, out, _ := runHere("-?"); code != 0 || !strings.Contains(out, "grind") {
		t.Errorf("-?: %d %q", code, out)
	}
}

// TestRefusalsAreDashCores runs Dash Core's dash-util with the same arguments.
func TestRefusalsAreDashCores(t *testing.T) {
	dir := os.Getenv("DASH_CORE_BIN")
	if dir == "" {
		t.Skip("DASH_CORE_BIN names no directory of Dash Core programs")
	}
	for _, c := range refused {
		var errs bytes.Buffer
		cmd := exec.Command(filepath.Join(dir, "dash-util"), c.args...)
		cmd.Stderr = &errs
		if err := cmd.Run(); err == nil || errs.String() != c.want {
			t.Errorf("%q: %v %q", c.args, err, errs.String())
		}
	}
}

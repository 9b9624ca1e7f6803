package wire

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"dashmp/node/internal/realdata"
)

// coreLines reads cases that Dash Core decided, fields divided by bars.
func coreLines(t *testing.T, name string, fields int) (rows [][]string) {
	t.Helper()
	text := strings.TrimSpace(string(realdata.Read(t, filepath.Join("testdata", name))))
	for _, line := range strings.Split(text, "\n") {
		row := strings.Split(line, "|")
		if len(row) != fields {
			t.Fatalf("%s: %q", name, line)
		}
		rows = append(rows, row)
	}
	if len(rows) != 260 {
		t.Fatalf("%s: %d cases", name, len(rows))
	}
	return rows
}

// TestTxAgainstDashCore: what Dash Core decodes and refuses, and its ids.
func TestTxAgainstDashCore(t *testing.T) {
	decoded := 0
	for _, row := range coreLines(t, "tx_core.txt.gz", 2) {
		got := "FAIL"
		if tx, err := DecodeTx(unhex(t, row[0])); err == nil {
			got = tx.ID().String()
			decoded++
		}
		if got != row[1] {
			t.Errorf("%s: %s, want %s", row[0], got, row[1])
		}
	}
	if decoded < 50 {
		t.Errorf("only %d decode", decoded)
	}
}

// TestNetInfoAgainstDashCore: what Dash Core makes of network information, and
// where it goes on reading.
func TestNetInfoAgainstDashCore(t *testing.T) {
	decoded := 0
	for _, row := range coreLines(t, "netinfo_core.txt.gz", 3) {
		version := uint16(ProTxBasicBLS)
		if row[0] == "true" {
			version = ProTxExtAddr
		}
		r := NewReader(unhex(t, row[1]))
		n := readNetInfo(r, version)
		got := "FAIL"
		if r.Err() == nil {
			got = fmt.Sprintf("%x %d", n.append(nil), r.Len())
			decoded++
		}
		if got != row[2] {
			t.Errorf("%s: %s, want %s", row[1], got, row[2])
		}
	}
	if decoded < 150 {
		t.Errorf("only %d decode", decoded)
	}
}

package pow

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"dashmp/node/internal/realdata"
	"dashmp/node/params"
)

// TestRewardsAgainstDashCore compares rewards, treasury and masternode parts at
// random heights and difficulties with those of Dash Core's own code.
func TestRewardsAgainstDashCore(t *testing.T) {
	text := string(realdata.Read(t, filepath.Join("testdata", "rewards.txt.gz")))
	blocks, factor := int64(1000), int64(3)
	n := 0
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		var name string
		var bits uint32
		var height, v20 int
		var fees, block, treasury, masternode int64
		if _, err := fmt.Sscanf(line, "%s %x %d %d %d %d %d %d", &name, &bits, &height, &v20,
			&fees, &block, &treasury, &masternode); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		p, err := params.Select(name, params.Options{HighSubsidyBlocks: &blocks, HighSubsidyFactor: &factor})
		if err != nil {
			t.Fatal(err)
		}
		n++
		if got, want := Subsidy(bits, height, v20 == 1, p), (Reward{block, treasury}); got != want {
			t.Errorf("%s: %+v, want %+v", line, got, want)
		}
		if got := MasternodePayment(height+1, block+fees, v20 == 1, &p.Consensus); got != masternode {
			t.Errorf("%s: masternode %d, want %d", line, got, masternode)
		}
	}
	if n < 2000 {
		t.Errorf("only %d cases", n)
	}
}

package pow

import (
	"path/filepath"
	"strconv"
	"testing"

	"dashmp/node/internal/realdata"
	"dashmp/node/params"
)

func TestSubsidyVectors(t *testing.T) {
	var vs []struct {
		PrevBits   string `json:"prev_bits"`
		PrevHeight int    `json:"prev_height"`
		V20        bool   `json:"v20_active"`
		Subsidy    int64
	}
	realdata.JSON(t, filepath.Join("testdata", "subsidy.json"), &vs)
	if len(vs) != 8 {
		t.Fatalf("%d vectors", len(vs))
	}
	p := network(t, params.Main)
	for _, v := range vs {
		bits, err := strconv.ParseUint(v.PrevBits, 0, 32)
		if err != nil {
			t.Fatal(err)
		}
		if got := Subsidy(uint32(bits), v.PrevHeight, v.V20, p).Block; got != v.Subsidy {
			t.Errorf("%+v: %d", v, got)
		}
	}
}

// TestRegtestCoinbases compares with coinbases that Dash Core made on regtest
// without masternodes: the miner's and the credit pool's output, in duffs.
func TestRegtestCoinbases(t *testing.T) {
	p := network(t, params.Regtest)
	for _, tc := range []struct {
		from, to        int
		miner, platform int64
	}{
		{1, 150, 500_00000000, 0},
		{151, 300, 464_28571429, 0},
		{301, 431, 431_12244899, 0},
		{432, 450, 3_09869262, 1_21253188},
		{451, 600, 2_87735743, 1_12592247},
		{601, 700, 2_67183191, 1_04549943},
	} {
		for h := tc.from; h <= tc.to; h++ {
			v20 := p.Consensus.ActiveAt(params.V20, h)
			s := SplitReward(h, Subsidy(0x207fffff, h-1, v20, p).Block, 0, &p.Consensus)
			// With no masternode the miner keeps what is left of its part.
			if s.Miner+s.Masternode != tc.miner || s.Platform != tc.platform {
				t.Fatalf("height %d: %+v", h, s)
			}
		}
	}
}

func TestTreasury(t *testing.T) {
	p := network(t, params.Main)
	before, after := Subsidy(0x1b10d50b, 328008, false, p), Subsidy(0x1b10d50b, 328009, false, p)
	if before.Treasury != 0 || after.Treasury != (after.Block+after.Treasury)/10 {
		t.Errorf("%+v, %+v", before, after)
	}
	late := Subsidy(0x1b10d50b, 2000000, true, p)
	if late.Treasury != (late.Block+late.Treasury)/5 {
		t.Errorf("%+v", late)
	}
}

func TestMasternodePayment(t *testing.T) {
	c := &network(t, params.Main).Consensus
	const v = 1000_00000000
	start := 1374912 - 1374912%16616 + 16616
	for _, tc := range []struct {
		height int
		v20    bool
		want   int64 // permille
	}{
		{1, false, 200}, {158000, false, 200}, {158001, false, 250}, {175281, false, 300}, {192561, false, 350},
		{209841, false, 375}, {227121, false, 400}, {244401, false, 425}, {261681, false, 450},
		{278961, false, 475}, {296241, false, 475}, {313521, false, 500}, {1374912, false, 500},
		{start - 1, false, 500}, {start - 1, true, 500}, {start, false, 513}, {start + 3*16616, false, 526},
		{start + 18*3*16616, false, 600}, {start + 99*3*16616, false, 600}, {start, true, 750},
	} {
		if got := MasternodePayment(tc.height, v, tc.v20, c); got != v/1000*tc.want {
			t.Errorf("height %d: %d, want %d permille", tc.height, got, tc.want)
		}
	}
}

func TestHighSubsidy(t *testing.T) {
	blocks, factor := int64(10), int64(7)
	p, err := params.Select(params.Devnet, params.Options{HighSubsidyBlocks: &blocks, HighSubsidyFactor: &factor})
	if err != nil {
		t.Fatal(err)
	}
	for prev, want := range map[int]int64{1: 7 * 500_00000000, 9: 7 * 500_00000000, 10: 5_00000000} {
		if got := Subsidy(0x207fffff, prev, false, p).Block; got != want {
			t.Errorf("after %d: %d, want %d", prev, got, want)
		}
	}
}

package blockchain

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// odd pays scripts of all kinds.
func odd(t testing.TB, pub []byte, round int) string {
	t.Helper()
	tx := &wire.Tx{Version: 2}
	pay := func(value int64, s []byte) {
		tx.Outputs = append(tx.Outputs, wire.TxOut{Value: value, ScriptPubKey: s})
	}
	pay(100_000, standard.PubKeyScript(pub))
	pay(200_000, standard.MultisigScript(1, [][]byte{pub, pub}))
	pay(300_000, []byte{byte(script.Op1)})
	pay(0, script.AppendPush([]byte{byte(script.OpReturn)}, bytes.Repeat([]byte{byte(round)}, round%70+1)))
	pay(400_000, []byte{0x4c}) // a push that is cut off
	pay(int64(round)*1000+50_001, []byte{byte(script.OpDup), byte(script.OpHash160)})
	return hex.EncodeToString(tx.Append(nil))
}

// busyChain makes Dash Core mine blocks with spends and scripts of all kinds and
// a branch, past the activation of everything.
func busyChain(t testing.TB, c *dashd) {
	c.run("createwallet", `["w"]`)
	address := c.text("getnewaddress", "[]")
	c.run("generatetoaddress", `[110,"`+address+`"]`)
	var key struct{ Pubkey string }
	if err := json.Unmarshal([]byte(c.run("getaddressinfo", `["`+address+`"]`)), &key); err != nil {
		t.Fatal(err)
	}
	pub, err := hex.DecodeString(key.Pubkey)
	if err != nil {
		t.Fatal(err)
	}
	var multi struct{ Address string }
	if err := json.Unmarshal([]byte(c.run("createmultisig", `[1,["`+key.Pubkey+`"]]`)), &multi); err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		for j := range 4 {
			c.run("sendtoaddress", fmt.Sprintf(`["%s",%d.%04d]`, c.text("getnewaddress", "[]"), 1+i%7, 10*i+j))
		}
		c.run("sendtoaddress", `["`+multi.Address+`",3]`)
		var funded struct{ Hex string }
		if got := c.run("fundrawtransaction", `["`+odd(t, pub, i)+`"]`); json.Unmarshal([]byte(got), &funded) != nil {
			t.Fatal(got)
		}
		if err := json.Unmarshal([]byte(c.run("signrawtransactionwithwallet", `["`+funded.Hex+`"]`)), &funded); err != nil {
			t.Fatal(err)
		}
		c.text("sendrawtransaction", `["`+funded.Hex+`"]`)
		c.run("generatetoaddress", `[1,"`+address+`"]`)
	}
	fork := c.text("getblockhash", "[145]")
	c.run("invalidateblock", `["`+fork+`"]`)
	c.run("generatetoaddress", `[3,"`+c.text("getnewaddress", "[]")+`"]`)
	c.run("reconsiderblock", `["`+fork+`"]`)
	for range 9 {
		c.run("generatetoaddress", `[100,"`+address+`"]`)
	}
	c.run("gettxoutsetinfo", "[]") // it flushes the block files
}

// changing are the parts of results that depend on time, disk or build.
var changing = regexp.MustCompile(`"(verificationprogress|size_on_disk|disk_size|warnings)":("[^"]*"|[0-9.e+-]+)`)

// comparison gives the same calls to both.
type comparison struct {
	t            *testing.T
	core         *dashd
	ours         *bench
	calls, wrong int
	// recorded are the calls that the default run repeats; omit leaves some out.
	recorded []recordedCall
	omit     bool
}

func (c *comparison) call(method, args string) string {
	c.t.Helper()
	want := c.core.run(method, args)
	got := c.ours.run(c.t, method, args)
	c.calls++
	if !c.omit {
		c.recorded = append(c.recorded, recordedCall{method, args, brief(want)})
	}
	if changing.ReplaceAllString(got, "") != changing.ReplaceAllString(want, "") {
		if c.wrong++; c.wrong <= 20 {
			c.t.Errorf("%s %.200s\n got %.1800s\nwant %.1800s", method, args, got, want)
		}
	}
	return want
}

func quote(s string) string { return `"` + s + `"` }

// TestCore compares every answer with Dash Core's, byte for byte, on a chain
// that both read from the same block file.
func TestCore(t *testing.T) {
	dir := t.TempDir()
	core := startCore(t, dir)
	busyChain(t, core)
	tip := core.text("getbestblockhash", "[]")
	core.stop()
	core = startCore(t, dir, "-reindex", "-disablewallet", "-persistmempool=0", "-txindex=0")
	core.run("waitforblock", `["`+tip+`",60000]`)
	theirs, err := os.ReadFile(filepath.Join(dir, "regtest", "blocks", "blk00000.dat"))
	if err != nil {
		t.Fatal(err)
	}
	ours := open(t, time.Now, nil)
	if _, err := ours.chain.Import(t.Context(), bytes.NewReader(theirs)); err != nil {
		t.Fatal(err)
	}
	if err := ours.chain.Activate(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := &comparison{t: t, core: core, ours: ours}
	c.queries()
	c.blocks()
	c.transactions()
	c.mistakes()
	c.moves()
	t.Logf("%d calls compared, %d differ", c.calls, c.wrong)
	if *update {
		record(t, theirs, c.recorded)
	}
}

func (c *comparison) queries() {
	for _, method := range []string{
		"getbestblockhash", "getblockcount", "getdifficulty", "getblockchaininfo", "getchaintips", "getbestchainlock", "getindexinfo",
		"getchaintxstats", "gettxoutsetinfo", "verifychain",
	} {
		c.call(method, "[]")
	}
	for _, args := range []string{`["none"]`, `["muhash"]`, `["hash_serialized_2"]`, `["x"]`, `["muhash",5]`, `["none",null,false]`, `[5]`} {
		c.call("gettxoutsetinfo", args)
	}
	for _, args := range []string{`[0]`, `[1]`, `[1000]`, `[-1]`, `[100000]`, `["x"]`, `[null,"00"]`} {
		c.call("getchaintxstats", args)
	}
	for _, args := range []string{`[1]`, `[5,0]`, `[5,1]`, `[0]`, `[2,-5]`} {
		c.call("getchaintips", args)
	}
	c.call("verifychain", `[4,20]`)
	c.call("getindexinfo", `["txindex"]`)
	c.call("waitforblockheight", `[5,1000]`)
	c.call("waitforblockheight", `[500000,1]`)
	c.call("waitfornewblock", `[1]`)
	c.call("getblockhashes", `[2000000000,0]`)
}

func (c *comparison) blocks() {
	height := c.ours.chain.Tip().Height()
	for h := 0; h <= height; h++ {
		c.omit = h > 2 && h%25 != 0 && (h < 120 || h > 150 || h%6 != 0)
		hash := c.call("getblockhash", fmt.Sprintf("[%d]", h))
		c.call("getblockheader", "["+hash+"]")
		c.call("getblockheader", "["+hash+",false]")
		for v := range 4 {
			c.call("getblock", fmt.Sprintf("[%s,%d]", hash, v))
		}
		c.call("getblockstats", fmt.Sprintf("[%d]", h))
		if h%50 == 0 || h > 120 && h < 155 {
			c.call("getblockstats", "["+hash+`,["txs","avgfee","time"]]`)
			c.call("getblockheaders", "["+hash+",3]")
			c.call("getblockheaders", "["+hash+",5,false]")
			c.call("getchaintxstats", "[null,"+hash+"]")
			for v := range 3 {
				c.call("getspecialtxes", fmt.Sprintf("[%s,-1,10,0,%d]", hash, v))
			}
			c.call("getmerkleblocks", `["0100000000000000000000",`+hash+`,3]`)
			c.call("getmerkleblocks", `["03b50fff0b0000000000000001",`+hash+`,5]`)
		}
	}
	c.omit = false
}

func (c *comparison) transactions() {
	for h := 100; h < 155; h++ {
		c.omit = h%9 != 0
		var block struct {
			Hash string
			Tx   []string
		}
		if err := json.Unmarshal([]byte(c.core.run("getblock", "["+c.core.run("getblockhash", fmt.Sprintf("[%d]", h))+"]")), &block); err != nil {
			c.t.Fatal(err)
		}
		for i, id := range block.Tx {
			c.call("getrawtransaction", `["`+id+`",true,"`+block.Hash+`"]`)
			c.call("getrawtransaction", `["`+id+`",0,"`+block.Hash+`"]`)
			for n := range 8 {
				c.call("gettxout", fmt.Sprintf(`["%s",%d]`, id, n))
			}
			proof := c.call("gettxoutproof", `[["`+id+`"],"`+block.Hash+`"]`)
			c.call("verifytxoutproof", "["+proof+"]")
			if i > 0 {
				both := c.call("gettxoutproof", `[["`+id+`","`+block.Tx[0]+`"],"`+block.Hash+`"]`)
				c.call("verifytxoutproof", "["+both+"]")
			}
			c.call("gettxoutproof", `[["`+id+`"]]`)
		}
		c.call("getrawtransactionmulti", `[{"`+block.Hash+`":["`+strings.Join(block.Tx, `","`)+`"],"0":["`+block.Tx[0]+`"]},true]`)
		c.call("gettxchainlocks", `[["`+block.Tx[0]+`"]]`)
		c.call("getislocks", `[["`+block.Tx[0]+`"]]`)
	}
	c.omit = false
}

// mistakes are calls that fail.
func (c *comparison) mistakes() {
	zeros := strings.Repeat("0", 64)
	for _, method := range []string{
		"getblock", "getblockheader", "getblockheaders", "getblockstats", "getspecialtxes", "invalidateblock", "reconsiderblock", "preciousblock",
		"getrawtransaction", "waitforblock",
	} {
		for _, args := range []string{`["` + zeros + `"]`, `["00"]`, `["` + strings.Repeat("z", 64) + `"]`, `[5.5]`, `[true]`} {
			if method == "waitforblock" && strings.Contains(args, zeros) {
				args = `["` + zeros + `",1]`
			}
			c.call(method, args)
		}
	}
	hash := quote(c.ours.chain.Tip().Hash().String())
	for method, list := range map[string][]string{
		"getblockhash":           {`[-1]`, `[1000000]`, `["1"]`, `[1.5]`, `[9999999999]`},
		"getblock":               {"[" + hash + `,"x"]`, "[" + hash + `,true]`, "[" + hash + `,false]`, "[" + hash + `,-5]`, "[" + hash + `,9]`},
		"getblockheader":         {"[" + hash + `,1]`},
		"getblockheaders":        {"[" + hash + `,0]`, "[" + hash + `,2001]`, "[" + hash + `,5,"x"]`},
		"getblockstats":          {`[-1]`, `[1000000]`, `[1,["x"]]`, `[1,[5]]`, `[1,"x"]`, `[1,[]]`, `[1,["txs","txs","height"]]`},
		"getspecialtxes":         {"[" + hash + `,-1,-1]`, "[" + hash + `,-1,1,-1]`, "[" + hash + `,-1,1,0,3]`, "[" + hash + `,5]`, "[" + hash + `,6,1,1]`},
		"gettxout":               {`["` + zeros + `",0]`, `["` + zeros + `",-1]`, `["` + zeros + `",4294967296]`, `["00",0]`, `["` + zeros + `","0"]`, `["` + zeros + `",0,5]`},
		"gettxoutproof":          {`[[]]`, `["x"]`, `[["` + zeros + `"]]`, `[["` + zeros + `","` + zeros + `"]]`, `[["00"]]`, `[["` + zeros + `"],` + hash + `]`, `[["` + zeros + `"],"` + zeros + `"]`},
		"verifytxoutproof":       {`[""]`, `["zz"]`, `["00"]`, `[5]`, `["` + strings.Repeat("00", 84) + `"]`, `["` + strings.Repeat("00", 86) + `"]`, `["` + strings.Repeat("ff", 100) + `"]`},
		"getmerkleblocks":        {`["",` + hash + `]`, `["zz",` + hash + `]`, `["0100",` + hash + `]`, `["0100330000000000000000",` + hash + `]`, `["0100000000000000000000",` + hash + `,0]`, `["0100000000000000000000","` + zeros + `"]`},
		"getrawtransaction":      {`["` + c.ours.rpcs.o.Params.Genesis.Header.MerkleRoot.String() + `"]`, `["` + zeros + `",true,"` + zeros + `"]`, `["` + zeros + `",true,` + hash + `]`, `["` + zeros + `","x"]`},
		"getrawtransactionmulti": {`[{}]`, `[{"x":["` + zeros + `"]}]`, `[{"00":["` + zeros + `","` + zeros + `"]}]`, `[{"0x5":["abc"]}]`, `[{"0":["abc"]}]`, `[{"0":"abc"}]`, `[[]]`},
		"getislocks":             {`["x"]`, `[["x"]]`, `[[]]`},
		"gettxchainlocks":        {`["x"]`, `[["x"]]`, `[["` + zeros + `"]]`},
		"getblockfilter":         {"[" + hash + `]`, "[" + hash + `,"x"]`, `["00"]`},
		"pruneblockchain":        {`[5]`, `[-5]`},
		"scantxoutset":           {`["status"]`, `["abort"]`, `["x"]`, `["start"]`},
		"verifychain":            {`["x"]`, `[9,2]`},
		"waitforblock":           {`["` + zeros + `","x"]`},
		"reconsiderblock":        {"[" + hash + `,5]`},
		"getblockhashes":         {`["x",5]`},
	} {
		for _, args := range list {
			c.call(method, args)
		}
	}
}

// moves change the tip of both chains.
func (c *comparison) moves() {
	at := func(h int) string { return quote(c.ours.chain.ActiveAt(h).Hash().String()) }
	high, low := at(1000), at(140)
	for _, move := range [][2]string{
		{"invalidateblock", high}, {"getblockchaininfo", ""}, {"getchaintips", ""}, {"getblockheader", high}, {"reconsiderblock", high},
		{"invalidateblock", low}, {"gettxoutsetinfo", `"muhash"`}, {"getblockheader", high}, {"getblock", high + ",3"}, {"reconsiderblock", high}, {"getblockcount", ""},
		{"preciousblock", high}, {"getbestblockhash", ""}, {"invalidateblock", at(0)}, {"getblockcount", ""}, {"syncwithvalidationinterfacequeue", ""},
		{"gettxoutsetinfo", `"hash_serialized_2"`}, {"getchaintips", ""},
	} {
		c.call(move[0], "["+move[1]+"]")
	}
}

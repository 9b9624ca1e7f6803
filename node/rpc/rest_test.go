package rpc

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"dashmp/node"
)

const (
	blockHash = "0000000000000000000000000000000000000000000000000000000000000a0b"
	staleHash = "00000000000000000000000000000000000000000000000000000000000000ff"
	txHash    = "1111111111111111111111111111111111111111111111111111111111111122"
)

// restCore are the replies of a core, by method and parameters.
var restCore = map[string]string{
	`getbestblockhash []`:                                   `"` + blockHash + `"`,
	`getblockhash [7]`:                                      `"` + blockHash + `"`,
	`getblockheader ["` + blockHash + `",true]`:             `{"hash":"` + blockHash + `","height":7,"confirmations":1}`,
	`getblockheader ["` + staleHash + `",true]`:             `{"hash":"` + staleHash + `","height":7,"confirmations":-1}`,
	`getblockheaders ["` + blockHash + `",5,false]`:         `["0102","0304"]`,
	`getblockheaders ["` + blockHash + `",2,true]`:          `[{"hash":"` + blockHash + `"},{"hash":"` + staleHash + `"}]`,
	`getblock ["` + blockHash + `",0]`:                      `"00ff"`,
	`getblock ["` + blockHash + `",1]`:                      `{"tx":["a"]}`,
	`getblock ["` + blockHash + `",3]`:                      `{"tx":[{"vin":[]}]}`,
	`getblockchaininfo []`:                                  `{"chain":"regtest", "difficulty":4.656542373906925e-10}`,
	`getmempoolinfo []`:                                     `{"size":1}`,
	`getrawmempool [true]`:                                  `{"a":{}}`,
	`getrawtransaction ["` + txHash + `",false]`:            `"0badf00d"`,
	`getrawtransaction ["` + txHash + `",true]`:             `{"txid":"t","vout":[{"value":1.00000000}],"hex":"00","blockhash":"b","height":1,"confirmations":2,"time":3,"blocktime":3,"instantlock":true,"instantlock_internal":true,"chainlock":true}`,
	`getblockfilter ["` + blockHash + `","basic"]`:          `{"filter":"0102ff","header":"` + txHash + `"}`,
	`getblockfilter ["` + staleHash + `","basic"]`:          `{"filter":"","header":"` + staleHash + `"}`,
	`gettxout ["` + txHash + `",0,false]`:                   `{"bestblock":"b","confirmations":3,"value":1.50000000,"scriptPubKey":{"asm":"1","hex":"51"},"coinbase":false}`,
	`gettxout ["` + txHash + `",1,false]`:                   `null`,
	`gettxout ["` + txHash + `",2,true]`:                    `{"bestblock":"b","confirmations":0,"value":0.00000001,"scriptPubKey":{"hex":""},"coinbase":false}`,
	`gettxout ["` + strings.Repeat("0", 63) + `1",0,false]`: `null`,
}

func restAnswer(_ context.Context, req node.RPCRequest) (node.RPCReply, error) {
	if r, ok := restCore[req.Method+" "+string(req.Params)]; ok {
		return node.RPCReply{Result: []byte(r)}, nil
	}
	switch req.Method {
	case "getblockhash":
		return node.RPCReply{Code: -8, Message: "Block height out of range"}, nil
	case "getrawtransaction":
		return node.RPCReply{Code: -5, Message: "No such mempool or blockchain transaction."}, nil
	case "getblock", "getblockheader", "getblockfilter":
		return node.RPCReply{Code: -5, Message: "Block not found"}, nil
	}
	return node.RPCReply{}, fmt.Errorf("unexpected %s %s", req.Method, req.Params)
}

// fetch makes a request without a password.
func fetch(t *testing.T, r *rig, verb, path, body string) (int, string, string) {
	t.Helper()
	c := r.dial()
	defer c.Close()
	resp, text := c.do(verb, path, "", body)
	return resp.StatusCode, resp.Header.Get("Content-Type"), text
}

func reversed(s string) string {
	b, _ := wireHash(s)
	return hex.EncodeToString(b)
}

const (
	isBin  = "application/octet-stream"
	isText = "text/plain"
	isJSON = "application/json"
)

type restRequestCase struct {
	verb, path, body string
	status           int
	kind, want       string
}

// restRequests are requests with what answers them.
func restRequests() []restRequestCase {
	unhex := func(s string) string { b, _ := hex.DecodeString(s); return string(b) }
	coins := "07000000" + reversed(blockHash) + "01" + "01" + "01" + "00000000" + "05000000" + "80d1f00800000000" + "0151"
	two := "00" + "02" + reversed(txHash) + "00000000" + reversed(txHash) + "01000000"
	return []restRequestCase{
		{"GET", "/tx/" + txHash + ".bin", "", 200, isBin, unhex("0badf00d")},
		{"GET", "/tx/" + txHash + ".hex", "", 200, isText, "0badf00d\n"},
		{"GET", "/tx/" + strings.ToUpper(txHash) + ".hex?x.y=1", "", 200, isText, "0badf00d\n"},
		{"GET", "/tx/" + txHash + ".json", "", 200, isJSON, `{"txid":"t","vout":[{"value":1.00000000}],"blockhash":"b","hex":"00"}` + "\n"},
		{"GET", "/tx/" + txHash, "", 404, isText, "output format not found (available: .bin, .hex, .json)\r\n"},
		{"GET", "/tx/" + txHash + ".xml", "", 400, isText, "Invalid hash: " + txHash + ".xml\r\n"},
		{"GET", "/tx/abc.json", "", 400, isText, "Invalid hash: abc\r\n"},
		{"GET", "/tx/" + staleHash + ".json", "", 404, isText, staleHash + " not found\r\n"},
		{"GET", "/block/" + blockHash + ".bin", "", 200, isBin, "\x00\xff"},
		{"GET", "/block/" + blockHash + ".hex", "", 200, isText, "00ff\n"},
		{"GET", "/block/" + blockHash + ".json", "", 200, isJSON, `{"tx":[{"vin":[]}]}` + "\n"},
		{"GET", "/block/notxdetails/" + blockHash + ".json", "", 200, isJSON, `{"tx":["a"]}` + "\n"},
		{"GET", "/block/" + txHash + ".json", "", 404, isText, txHash + " not found\r\n"},
		{"GET", "/headers/" + blockHash + ".hex", "", 200, isText, "01020304\n"},
		{"GET", "/headers/5/" + blockHash + ".bin", "", 200, isBin, "\x01\x02\x03\x04"},
		{"GET", "/headers/" + blockHash + ".json?count=2", "", 200, isJSON, `[{"hash":"` + blockHash + `"},{"hash":"` + staleHash + `"}]` + "\n"},
		{"GET", "/headers/" + staleHash + ".json", "", 200, isJSON, "[]\n"},
		{"GET", "/headers/" + txHash + ".hex", "", 200, isText, "\n"},
		{"GET", "/headers/" + blockHash + ".json?count=0", "", 400, isText, "Header count is invalid or out of acceptable range (1-2000): 0\r\n"},
		{"GET", "/headers/2001/" + blockHash + ".json", "", 400, isText, "Header count is invalid or out of acceptable range (1-2000): 2001\r\n"},
		{"GET", "/headers/1/2/3.json", "", 400, isText, "Invalid URI format. Expected /rest/headers/<hash>.<ext>?count=<count>\r\n"},
		{"GET", "/blockhashbyheight/7.bin", "", 200, isBin, unhex(reversed(blockHash))},
		{"GET", "/blockhashbyheight/7.hex", "", 200, isText, blockHash + "\n"},
		{"GET", "/blockhashbyheight/7.json", "", 200, isJSON, `{"blockhash":"` + blockHash + `"}` + "\n"},
		{"GET", "/blockhashbyheight/8.json", "", 404, isText, "Block height out of range\r\n"},
		{"GET", "/blockhashbyheight/.json", "", 400, isText, "Invalid height: \r\n"},
		{"GET", "/blockhashbyheight/<x>.json", "", 400, isText, "Invalid height: x\r\n"},
		{"GET", "/chaininfo.json", "", 200, isJSON, `{"chain":"regtest","difficulty":4.656542373906925e-10}` + "\n"},
		{"GET", "/chaininfo.hex", "", 404, isText, "output format not found (available: json)\r\n"},
		{"GET", "/mempool/info.json", "", 200, isJSON, `{"size":1}` + "\n"},
		{"GET", "/mempool/contents.json", "", 200, isJSON, `{"a":{}}` + "\n"},
		{"GET", "/mempool/x.json", "", 400, isText, "Invalid URI format. Expected /rest/mempool/<info|contents>.json\r\n"},
		{"GET", "/blockfilter/basic/" + blockHash + ".json", "", 200, isJSON, `{"filter":"0102ff"}` + "\n"},
		{"GET", "/blockfilter/basic/" + blockHash + ".hex", "", 200, isText, "00" + reversed(blockHash) + "030102ff\n"},
		{"GET", "/blockfilter/odd/" + blockHash + ".json", "", 400, isText, "Unknown filtertype odd\r\n"},
		{"GET", "/blockfilter/basic/" + txHash + ".json", "", 404, isText, txHash + " not found\r\n"},
		{"GET", "/blockfilterheaders/basic/" + blockHash + ".json?count=2", "", 200, isJSON, `["` + txHash + `","` + staleHash + `"]` + "\n"},
		{"GET", "/blockfilterheaders/basic/2/" + blockHash + ".hex", "", 200, isText, reversed(txHash) + reversed(staleHash) + "\n"},
		{"GET", "/blockfilterheaders/basic/" + staleHash + ".json", "", 200, isJSON, "[]\n"},
		{"GET", "/getutxos/" + txHash + "-0/" + txHash + "-1.json", "", 200, isJSON,
			`{"chainHeight":7,"chaintipHash":"` + blockHash + `","bitmap":"10","utxos":[{"height":5,"value":1.50000000,"scriptPubKey":{"asm":"1","hex":"51"}}]}` + "\n"},
		{"GET", "/getutxos/checkmempool/" + txHash + "-2.json", "", 200, isJSON,
			`{"chainHeight":7,"chaintipHash":"` + blockHash + `","bitmap":"1","utxos":[{"height":2147483647,"value":0.00000001,"scriptPubKey":{"hex":""}}]}` + "\n"},
		{"GET", "/getutxos/01-0.json", "", 200, isJSON, `{"chainHeight":7,"chaintipHash":"` + blockHash + `","bitmap":"0","utxos":[]}` + "\n"},
		{"POST", "/getutxos.bin", unhex(two), 200, isBin, unhex(coins)},
		{"POST", "/getutxos.hex", two, 200, isText, coins + "\n"},
		{"POST", "/getutxos.bin", unhex(two[:20]), 400, isText, "Parse error\r\n"},
		{"POST", "/getutxos.bin", "\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff", 400, isText, "Error: max outpoints exceeded (max: 15)\r\n"},
		{"POST", "/getutxos.hex", "zz", 400, isText, "Parse error\r\n"},
		{"POST", "/getutxos/" + txHash + "-0.bin", unhex(two), 400, isText, "Combination of URI scheme inputs and raw post data is not allowed\r\n"},
		{"GET", "/getutxos.json", "", 400, isText, "Error: empty request\r\n"},
		{"POST", "/getutxos.json", "{", 400, isText, "Error: empty request\r\n"},
		{"GET", "/getutxos/checkmempool.json", "", 400, isText, "Error: empty request\r\n"},
		{"GET", "/getutxos/" + txHash + ".json", "", 400, isText, "Parse error\r\n"},
		{"GET", "/getutxos" + strings.Repeat("/"+txHash+"-0", 16) + ".json", "", 400, isText, "Error: max outpoints exceeded (max: 15, tried: 16)\r\n"},
		{"GET", "/nothing", "", 404, "", ""},
	}
}

func TestREST(t *testing.T) {
	r := newRig(t, func(o *Options) { o.REST = true })
	r.core.answer = restAnswer
	for _, c := range restRequests() {
		status, kind, got := fetch(t, r, c.verb, "/rest"+c.path, c.body)
		if status != c.status || kind != c.kind || got != c.want {
			t.Errorf("%s %s: %d %s %q\nwant %d %s %q", c.verb, c.path, status, kind, got, c.status, c.kind, c.want)
		}
	}
}

// TestRESTIsOff: without -rest there is nothing, and a password is still asked
// for elsewhere.
func TestRESTIsOff(t *testing.T) {
	off := newRig(t, nil)
	off.core.answer = restAnswer
	if status, _, _ := fetch(t, off, "GET", "/rest/chaininfo.json", ""); status != 404 {
		t.Errorf("status %d", status)
	}
	on := newRig(t, func(o *Options) { o.REST = true })
	if status, _, _ := fetch(t, on, "POST", "/", `{"method":"uptime"}`); status != 401 {
		t.Errorf("status %d", status)
	}
	if off.core.count()+on.core.count() != 0 {
		t.Error("the core was asked")
	}
}

func TestRESTWithoutACore(t *testing.T) {
	r := newRig(t, func(o *Options) { o.REST = true })
	r.SetNode(nil)
	status, _, body := fetch(t, r, "GET", "/rest/chaininfo.json", "")
	if status != http.StatusServiceUnavailable || !strings.Contains(body, "dash-node-core is not running") {
		t.Errorf("%d %s", status, body)
	}
}

// TestRESTDuringWarmup and while the chain changes under a query.
func TestRESTRefusesForNow(t *testing.T) {
	r := newRig(t, func(o *Options) { o.REST = true })
	n := 0
	r.core.answer = func(ctx context.Context, req node.RPCRequest) (node.RPCReply, error) {
		if req.Method == "getbestblockhash" {
			if n++; n%2 == 0 {
				return node.RPCReply{Result: []byte(`"` + staleHash + `"`)}, nil
			}
		}
		return restAnswer(ctx, req)
	}
	if status, _, body := fetch(t, r, "GET", "/rest/getutxos/01-0.json", ""); status != 503 || !strings.HasPrefix(body, "The chain changed") {
		t.Errorf("%d %s", status, body)
	}
	r.mu.Lock()
	r.warmup = "Loading…"
	r.mu.Unlock()
	if status, _, body := fetch(t, r, "GET", "/rest/chaininfo.json", ""); status != 503 || body != "Service temporarily unavailable: Loading…\r\n" {
		t.Errorf("%d %q", status, body)
	}
}

// FuzzREST: any path and body gets an answer with a status that clients know.
func FuzzREST(f *testing.F) {
	for _, p := range restPaths {
		f.Add(p.prefix+blockHash+".json?count=1", []byte{})
		f.Add(p.prefix+"1/2/3.hex", []byte("00"))
		f.Add(p.prefix+".bin", []byte("\x00\x01"))
	}
	f.Add("/rest/getutxos/checkmempool/"+txHash+"-0.bin", []byte{})
	s := &Server{opt: Options{REST: true}, node: &owner{answer: restAnswer}}
	s.opt.setDefaults()
	f.Fuzz(func(t *testing.T, uri string, body []byte) {
		handle, path := s.restHandlerOf(uri)
		if handle == nil {
			return
		}
		out, err := handle(s, newRESTRequest(context.Background(), path, body))
		if err != nil && len(out) > 0 {
			t.Errorf("%q: %v with %d bytes", uri, err, len(out))
		}
	})
}

package integration

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// output runs a program and returns what it prints.
func output(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", name, err, out, errs.String())
	}
	return string(out)
}

// TestCurl: what the help shows as examples works with plain curl.
func TestCurl(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl here")
	}
	n := launch(t, "-rest")
	curl := func(args ...string) string {
		return output(t, n.dir, []string{"no_proxy=*"}, "curl", append([]string{"--silent", "--show-error", "--max-time", "20"}, args...)...)
	}
	got := curl("--user", n.cookie, "--data-binary", `{"jsonrpc": "1.0", "id": "curltest", "method": "getblockcount", "params": []}`,
		"-H", "content-type: text/plain;", n.url)
	if got != `{"result":0,"error":null,"id":"curltest"}`+"\n" {
		t.Errorf("%q", got)
	}
	if got = curl("--write-out", "%{http_code}", "--data-binary", "{}", n.url); got != "401" {
		t.Errorf("without a password: %q", got)
	}
	var info struct{ Chain string }
	if err := json.Unmarshal([]byte(curl(n.url+"rest/chaininfo.json")), &info); err != nil || info.Chain != "regtest" {
		t.Errorf("REST: %+v, %v", info, err)
	}
}

// dashdRPC is the program that uses the client; it prints one line of JSON.
const dashdRPC = `
const RpcClient = require('@dashevo/dashd-rpc');
const client = new RpcClient({protocol: 'http', host: process.env.RPC_HOST, port: process.env.RPC_PORT,
	user: process.env.RPC_USER, pass: process.env.RPC_PASS, timeout: 20000});
const call = (name, ...args) => new Promise((resolve) =>
	client[name](...args, (err, reply) => resolve(err ? {code: err.code, message: err.message} : reply)));
(async () => {
	const hash = await call('getBlockHash', 0);
	const out = {
		count: (await call('getBlockCount')).result,
		height: (await call('getBlock', hash.result)).result.height,
		header: (await call('getBlockHeader', hash.result)).result.hash === hash.result,
		valid: (await call('validateAddress', 'yYdShjQSptFKitYLksFEUSwHe4hnbar5rf')).result.isvalid,
		chain: (await call('getBlockchainInfo')).result.chain,
		error: await call('getBlockHash', 5),
	};
	out.batch = await new Promise((resolve, reject) => client.batch(
		() => { client.getBlockCount(); client.getBestBlockHash(); },
		(err, replies) => err ? reject(err) : resolve(replies.map((r) => r.result === 0 || r.result === hash.result))));
	console.log(JSON.stringify(out));
})().catch((e) => { console.error(e); process.exit(1); });
`

// TestDashdRPCOfNPM: the client that JavaScript programs of Dash use. It
// installs @dashevo/dashd-rpc from npm into a directory of its own, which is
// why it runs only with DASH_NPM=1.
func TestDashdRPCOfNPM(t *testing.T) {
	if os.Getenv("DASH_NPM") == "" {
		t.Skip("DASH_NPM is not set")
	}
	for _, program := range []string{"npm", "node"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("no " + program + " here")
		}
	}
	dir := t.TempDir()
	output(t, dir, nil, "npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "@dashevo/dashd-rpc@19")
	script := filepath.Join(dir, "client.js")
	if err := os.WriteFile(script, []byte(dashdRPC), 0o600); err != nil {
		t.Fatal(err)
	}
	n := launch(t)
	u, err := url.Parse(n.url)
	if err != nil {
		t.Fatal(err)
	}
	user, pw, _ := strings.Cut(n.cookie, ":")
	got := output(t, dir, []string{"RPC_HOST=" + u.Hostname(), "RPC_PORT=" + u.Port(), "RPC_USER=" + user, "RPC_PASS=" + pw}, "node", script)
	const want = `{"count":0,"height":0,"header":true,"valid":true,"chain":"regtest",` +
		`"error":{"code":-8,"message":"Block height out of range"},"batch":[true,true]}` + "\n"
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

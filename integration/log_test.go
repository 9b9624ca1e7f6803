package integration

import (
	"bytes"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dashmp/integration/look"
)

// hostileText is what JSON can carry of look.Hostile.
var hostileText = strings.ToValidUTF8(look.Hostile, "?")

// TestStrangersTextInTheLog: what RPC clients send reaches debug.log through the
// real roles only as quoted text, whatever is logged.
func TestStrangersTextInTheLog(t *testing.T) {
	if look.Forged("rpc: "+hostileText+"\n") == "" {
		t.Fatal("control: the text does no harm to a log that takes it as it is")
	}
	n := launch(t, "-debug=1", "-logips=1", "-logthreadnames=1")
	for _, c := range []struct {
		method string
		params []any
	}{
		{hostileText, nil},
		{"echo", []any{hostileText}},
		{"echoipc", []any{hostileText}},
		{"help", []any{hostileText}},
		{"createwallet", []any{hostileText, true, true}},
		{"loadwallet", []any{hostileText}},
		{"unloadwallet", []any{hostileText}},
		{"getblock", []any{hostileText}},
		{"getblockhash", []any{hostileText}},
		{"logging", []any{[]string{hostileText}}},
		{"signmessagewithprivkey", []any{hostileText, hostileText}},
		{"decoderawtransaction", []any{hostileText}},
		{"validateaddress", []any{hostileText}},
	} {
		_, _ = n.call(t.Context(), c.method, c.params...) // most are refused
	}
	addr := strings.TrimSuffix(strings.TrimPrefix(n.url, "http://"), "/")
	for _, request := range []string{
		hostileText + "\r\n\r\n",
		"POST /wallet/%0a%1b[31m" + strings.NewReplacer("\n", "", "\r", "", " ", "").Replace(hostileText) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
		"POST / HTTP/1.1\r\nHost: \x1b[31m\xff\xfe\r\nAuthorization: Basic \x1b\xff\r\nUser-Agent: \x07\r\nContent-Length: 3\r\n\r\n\xff\x1b\x00",
	} {
		c, err := net.Dial("tcp4", addr)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(callTime))
		_, _ = io.WriteString(c, request)
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, c)
		c.Close()
	}
	n.number("uptime")
	var log []byte
	n.eventually("the texts in the log", func() bool {
		log, _ = os.ReadFile(filepath.Join(n.dir, "regtest", "debug.log"))
		return bytes.Count(log, []byte("forged line")) >= 3
	})
	if why := look.Forged(string(log)); why != "" {
		t.Errorf("in the log: %s", why)
	}
	t.Logf("%d records with the text", bytes.Count(log, []byte("forged line")))
	if _, err := n.call(t.Context(), "getblockchaininfo"); err != nil {
		t.Error(err)
	}
}

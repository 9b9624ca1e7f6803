package signer

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dashmp/ipc"
	"dashmp/node"
	"dashmp/node/params"
	"dashmp/node/wire"
	"dashmp/wallet/signer/internal/lockbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const regtestWIF = 239

// regtestBase58 are the version bytes of regtest.
func regtestBase58(t testing.TB) params.Base58 {
	t.Helper()
	p, err := params.Select(params.Regtest, params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Base58
}

// testKey is the regtest spork key, known to all.
const testKey = "cP4EKFyJsHT39LDqgdcB43Y3YXjNyjb5Fuas1GQSeAtjnZWmZEQK"

// log collects what the signer says, to search it for secrets.
func start(t testing.TB) (*Signer, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	s, err := New(Options{Network: "regtest", Base58: regtestBase58(t), Policy: DefaultPolicy("regtest"), Cost: Cost{Time: 1, Memory: 64}, Now: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, &log
}

func deposit(t testing.TB, b *Box, secret string) uint64 {
	t.Helper()
	s, err := ipc.NewSecret([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	h, err := b.Deposit(context.Background(), "signmessagewithprivkey", s)
	if err != nil {
		t.Fatal(err)
	}
	if s.IsValid() {
		t.Error("the descriptor of a deposited secret is still open")
	}
	return h
}

func sign(t testing.TB, b *Box, key, message string) node.RPCReply {
	t.Helper()
	args, err := json.Marshal([]string{key, message})
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.ExecuteRPC(context.Background(), node.RPCRequest{Method: "signmessagewithprivkey", Params: args})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func handle(n uint64) string { return handlePrefix + strconv.FormatUint(n, 10) }

// TestSignaturesAreDashCores: the nonce is deterministic (RFC 6979), so the
// signatures are the same to the last bit.
func TestSignaturesAreDashCores(t *testing.T) {
	s, log := start(t)
	b := s.NewBox()
	defer b.Close()
	data, err := os.ReadFile("testdata/signmessage.tsv")
	if err != nil {
		t.Fatal(err)
	}
	signed := 0
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		message, err := base64.StdEncoding.DecodeString(f[1])
		if err != nil {
			t.Fatal(err)
		}
		got := sign(t, b, handle(deposit(t, b, f[0])), string(message))
		if f[2] == "-5" {
			if got.Code != -5 || got.Message != "Invalid private key" {
				t.Errorf("key %q: %+v", f[0], got)
			}
			continue
		}
		if want := strconv.Quote(f[2]); string(got.Result) != want {
			t.Errorf("key %q, message %q: %+v, want %s", f[0], message, got, want)
		}
		signed++
	}
	if signed < 24 {
		t.Errorf("only %d signatures were compared", signed)
	}
	got := sign(t, b, handle(deposit(t, b, " \t"+testKey+" ")), "blank")
	if string(got.Result) != `"ILqnPfHv1FTKMOp6UuK1cjYU2LRwQKjFsWBVcz83HjSeBALqaCHhNCwYb+Zq2pxP2zrOuEXdbSn1QghE3VOKxEc="` {
		t.Errorf("blanks around the key: %+v", got)
	}
	if strings.Contains(log.String(), testKey[:8]) {
		t.Error("a key is in the log")
	}
}

func TestHandlesAreGoodOnce(t *testing.T) {
	s, _ := start(t)
	b, other := s.NewBox(), s.NewBox()
	defer b.Close()
	defer other.Close()
	h := deposit(t, b, testKey)
	if got := sign(t, other, handle(h), "m"); got.Code != -32603 {
		t.Errorf("on another connection: %+v", got)
	}
	if got := sign(t, b, handle(h), "m"); got.Code != 0 {
		t.Errorf("first use: %+v", got)
	}
	if got := sign(t, b, handle(h), "m"); got.Code != -32603 {
		t.Errorf("second use: %+v", got)
	}
	// A handle is used up by a call that fails, too.
	h = deposit(t, b, testKey)
	for _, args := range []string{`["` + handle(h) + `"]`, `["` + handle(h) + `","m"]`} {
		r, err := b.ExecuteRPC(t.Context(), node.RPCRequest{Method: "signmessagewithprivkey", Params: []byte(args)})
		if err != nil || r.Code == 0 {
			t.Errorf("%s: %+v, %v", args, r, err)
		}
	}
	// A message that looks like a handle is a message.
	h = deposit(t, b, "kept")
	if got := sign(t, b, handle(deposit(t, b, testKey)), handle(h)); got.Code != 0 {
		t.Errorf("%+v", got)
	}
	if err := b.Drop(t.Context(), h); err != nil {
		t.Errorf("a message used a handle up: %v", err)
	}
	if err := b.Drop(t.Context(), h); !errors.Is(err, ErrHandle) {
		t.Errorf("dropped twice: %v", err)
	}
}

func TestKeyInClearIsRefused(t *testing.T) {
	s, log := start(t)
	b := s.NewBox()
	defer b.Close()
	h := deposit(t, b, testKey)
	for _, key := range []string{testKey, "", "secret:", "secret:+1", "secret:01", "secret:-1", "secret:1 ", "SECRET:1", "secret:99999999999999999999"} {
		if got := sign(t, b, key, "m"); got.Code != -32603 || strings.Contains(got.Message, testKey[:8]) {
			t.Errorf("%q: %+v", key, got)
		}
	}
	for _, args := range []string{`[]`, `[1,"m"]`, `[null,"m"]`, `[["secret:1"],"m"]`} {
		r, err := b.ExecuteRPC(t.Context(), node.RPCRequest{Method: "signmessagewithprivkey", Params: []byte(args)})
		if err != nil || r.Code != -3 {
			t.Errorf("%s: %+v, %v", args, r, err)
		}
	}
	if r, err := b.ExecuteRPC(t.Context(), node.RPCRequest{Method: "dumpprivkey", Params: []byte(`[]`)}); err != nil || r.Code != -32601 {
		t.Errorf("a method that does not exist: %+v, %v", r, err)
	}
	if got := sign(t, b, handle(h), "m"); got.Code != 0 {
		t.Errorf("afterwards: %+v", got)
	}
	if strings.Contains(log.String(), testKey[:8]) {
		t.Error("a key is in the log")
	}
}

func TestBoxIsBounded(t *testing.T) {
	s, _ := start(t)
	b := s.NewBox()
	var last uint64
	for range maxSecrets {
		last = deposit(t, b, "x")
	}
	full, err := ipc.NewSecret([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Deposit(t.Context(), "signmessagewithprivkey", full); !errors.Is(err, ErrBox) {
		t.Errorf("one secret too many: %v", err)
	}
	if full.IsValid() {
		t.Error("the descriptor of a refused secret is still open")
	}
	if err := b.Drop(t.Context(), last); err != nil {
		t.Error(err)
	}
	deposit(t, b, "there is room again")
	b.Close()
	for name, size := range map[string]int{"empty": 0, "large": maxSecretBytes + 1} {
		other := s.NewBox()
		sec, err := ipc.NewSecret(make([]byte, size))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.Deposit(t.Context(), "signmessagewithprivkey", sec); !errors.Is(err, ErrBox) || sec.IsValid() {
			t.Errorf("%s: %v, open %v", name, err, sec.IsValid())
		}
		other.Close()
	}
	if _, err := b.Deposit(t.Context(), "signmessagewithprivkey", ipc.Secret{}); !errors.Is(err, ErrBox) {
		t.Errorf("no secret at all: %v", err)
	}
}

// regions returns how many secrets a Box holds, and their memory.
func regions(b *Box) []*lockbox.Region {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []*lockbox.Region
	for _, r := range b.secrets {
		all = append(all, r.region)
	}
	return all
}

func TestEndOfConnectionWipes(t *testing.T) {
	s, _ := start(t)
	ends := map[string]func(*Box){
		"the connection": func(b *Box) { b.Close(); b.Close() },
		"the signer":     func(*Box) { s.Close() },
	}
	for _, name := range []string{"the connection", "the signer"} {
		b := s.NewBox()
		h := deposit(t, b, testKey)
		held := regions(b)
		ends[name](b)
		if len(held) != 1 || len(held[0].Bytes()) != 0 {
			t.Errorf("%s ended, and a secret is still there", name)
		}
		if err := b.Drop(t.Context(), h); !errors.Is(err, ErrHandle) {
			t.Errorf("%s ended: %v", name, err)
		}
		sec, _ := ipc.NewSecret([]byte("x"))
		if _, err := b.Deposit(t.Context(), "signmessagewithprivkey", sec); !errors.Is(err, ErrBox) {
			t.Errorf("%s ended: deposit: %v", name, err)
		}
	}
	late := s.NewBox()
	sec, _ := ipc.NewSecret([]byte("x"))
	if _, err := late.Deposit(t.Context(), "signmessagewithprivkey", sec); !errors.Is(err, ErrBox) {
		t.Errorf("a Box made after the end: %v", err)
	}
}

func TestStatus(t *testing.T) {
	s, log := start(t)
	st, err := s.Status(t.Context())
	if err != nil || st.KeyStores != 0 || (st.SecretMemory != lockbox.MemfdSecret && st.SecretMemory != lockbox.Mlock) {
		t.Errorf("%+v, %v", st, err)
	}
	if warned := strings.Contains(log.String(), "GOEXPERIMENT=runtimesecret"); warned == s.Erases() {
		t.Errorf("erases: %v, warned: %v", s.Erases(), warned)
	}
}

func TestConcurrentUse(t *testing.T) {
	s, _ := start(t)
	b := s.NewBox()
	defer b.Close()
	want := ""
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				got := string(sign(t, b, handle(deposit(t, b, testKey)), "m").Result)
				mu.Lock()
				if want == "" {
					want = got
				}
				if got != want || got == "" {
					t.Errorf("%s, not %s", got, want)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if left := regions(b); len(left) != 0 {
		t.Errorf("%d secrets are left", len(left))
	}
}

// TestMessageLengths compares the length prefix with package wire's.
func TestMessageLengths(t *testing.T) {
	for _, n := range []int{0, 1, 0xfc, 0xfd, 0xffff, 0x10000} {
		m := strings.Repeat("m", n)
		if !bytes.Equal(appendString(nil, m), wire.AppendVarBytes(nil, []byte(m))) {
			t.Errorf("%d bytes", n)
		}
	}
}

// FuzzDecode holds that decoding any text neither panics nor signs with an

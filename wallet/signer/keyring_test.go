package signer

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dashmp/ipc"
	"dashmp/node/address"
	"dashmp/node/descriptor"
	"dashmp/wallet"
)

// files is a broker over a directory.
type files struct{ dir string }

func (f files) OpenKeyStore(_ context.Context, name string, create bool) (ipc.FD, error) {
	flags := os.O_RDWR
	if create {
		flags |= os.O_CREATE | os.O_EXCL
	}
	return f.open(name+".bolt", flags)
}

func (f files) OpenStoreKey(_ context.Context, name string) (ipc.FD, error) {
	return f.open(name+".secret", os.O_RDWR|os.O_CREATE)
}

func (f files) open(name string, flags int) (ipc.FD, error) {
	file, err := os.OpenFile(filepath.Join(f.dir, name), flags, 0o600)
	switch {
	case errors.Is(err, os.ErrExist):
		return ipc.FD{}, ipc.Errorf(kindExists, "it exists")
	case err != nil:
		return ipc.FD{}, err
	}
	return ipc.FromFile(file)
}

// rig is a signer with key stores in a directory.
type rig struct {
	*Signer
	box *Box
	now time.Time
}

func newRig(t testing.TB, dir string, p Policy) *rig {
	t.Helper()
	r := &rig{now: time.Unix(1_800_000_000, 0)}
	var err error
	r.Signer, err = New(Options{
		Network: "regtest", Base58: regtestBase58(t), Broker: files{dir}, Policy: p,
		Cost: Cost{Time: 1, Memory: 64}, Now: func() time.Time { return r.now }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.box = r.NewBox()
	t.Cleanup(func() { r.Close() })
	return r
}

func (r *rig) deposit(t testing.TB, method, secret string) uint64 {
	t.Helper()
	s, err := ipc.NewSecret([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	h, err := r.box.Deposit(context.Background(), method, s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// What Dash Core v23.1.2 made of this mnemonic (shared test data,
// core_descriptor_wallet_dump.json: listdescriptors true, getnewaddress).
const (
	coreMnemonic   = "legal winner thank year wave sausage worth useful legal winner thank yellow"
	corePassphrase = "TREZOR"
	coreRoot       = "tprv8ZgxMBicQKsPdVPegAPkTV65T6QDr34Aj8MwxKJYqDvpS8XHJrMB1DgL4Rg2TyFBERBY4fEWXVKroiZ2E1HajGjXK8LHttb5Cn95Sb7WxK3"
)

var (
	coreDescriptors = []string{
		"pkh(" + coreRoot + "/44'/1'/0'/0/*)#rwrwh0pe",
		"pkh(" + coreRoot + "/44'/1'/0'/1/*)#j6x0263p",
		"pkh(" + coreRoot + "/9'/1'/4'/0'/0/*)#gpy647f8",
	}
	// coreAddresses are those at positions 0 to 3 of the first.
	coreAddresses = []string{
		"yLysyyQbUN8AHKPkqYuxzaSvwBUkkrJHBE", "yd5gjLZUx6fKUqXTb2pVTNmFz9jAmGhDHR",
		"yQeRssiaNHWBjwWXYy8fVqtJebWec478Pu", "ySp24QW7rBtGW91Mr3DYYDBagPYfFB7c4c",
	}
)

// seeded opens a new store with the mnemonic.
func (r *rig) seeded(t testing.TB, name string) []wallet.PublicDescriptor {
	t.Helper()
	if _, err := r.OpenKeyStore(t.Context(), name, true); err != nil {
		t.Fatal(err)
	}
	list, err := r.AddSeed(t.Context(), name, wallet.SeedRequest{
		Mnemonic:   r.deposit(t, "upgradetohd", coreMnemonic),
		Passphrase: r.deposit(t, "upgradetohd", corePassphrase), Method: "upgradetohd",
	})
	if err != nil || len(list) != 3 {
		t.Fatal(list, err)
	}
	return list
}

// take is what an export's handle stands for.
func (r *rig) take(t *testing.T, handle uint64) (text string) {
	t.Helper()
	s, err := r.box.Take(t.Context(), handle)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Open(func(b []byte) error { text = string(b); return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := r.box.Take(t.Context(), handle); !errors.Is(err, ErrHandle) {
		t.Errorf("an export can be taken twice: %v", err)
	}
	return text
}

func (r *rig) exportText(t *testing.T, name string, req wallet.ExportRequest) string {
	t.Helper()
	h, err := r.Export(t.Context(), name, req)
	if err != nil {
		t.Fatal(err)
	}
	if h == 0 {
		return ""
	}
	return r.take(t, h)
}

func TestSeedIsDashCores(t *testing.T) {
	r := newRig(t, t.TempDir(), DefaultPolicy("regtest"))
	list := r.seeded(t, "w")
	for i, d := range list {
		if !d.FromSeed || !d.Complete || d.Keys != 1 {
			t.Errorf("%+v", d)
		}
		if strings.Contains(d.Text+d.Normalized, "prv") {
			t.Errorf("a private key is in %+v", d)
		}
		if got := r.exportText(t, "w", wallet.ExportRequest{Kind: wallet.ExportDescriptor, Descriptor: d.ID}); got != coreDescriptors[i] {
			t.Errorf("descriptor %d: %s", i, got)
		}
	}
	d, err := descriptor.ParsePublic(list[0].Normalized, regtestBase58(t), true)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range coreAddresses {
		scripts, _, ok := d.Expand(uint32(i), nil, nil)
		if !ok {
			t.Fatal("the descriptor does not expand")
		}
		if got := addressOf(t, scripts[0]); got != want {
			t.Errorf("address %d: %s, want %s", i, got, want)
		}
	}
	for kind, want := range map[wallet.ExportKind]string{
		wallet.ExportMnemonic: coreMnemonic, wallet.ExportMnemonicPassphrase: corePassphrase,
		wallet.ExportSeed: "2e8905819b8723fe2c1d161860e5ee1830318dbf49a83bd451cfb8440c28bd6fa457fe1296106559a3c80937a1c1069be3a3a5bd381ee6260e8d9739fce1f607",
	} {
		if got := r.exportText(t, "w", wallet.ExportRequest{Kind: kind}); got != want {
			t.Errorf("export %d: %q", kind, got)
		}
	}
}

func addressOf(t *testing.T, s []byte) string {
	t.Helper()
	return address.Encode(address.Destination{Kind: address.PubKeyHash, Hash: [20]byte(s[3:23])}, regtestBase58(t))
}

// TestNewSeed: every new store has words of its own.
func TestNewSeed(t *testing.T) {
	r := newRig(t, t.TempDir(), DefaultPolicy("regtest"))
	seen := map[string]bool{}
	for _, bits := range []uint32{128, 160, 192, 224, 256} {
		name := string(rune('a' + bits/32))
		if _, err := r.OpenKeyStore(t.Context(), name, true); err != nil {
			t.Fatal(err)
		}
		if _, err := r.AddSeed(t.Context(), name, wallet.SeedRequest{Bits: bits}); err != nil {
			t.Fatal(err)
		}
		words := r.exportText(t, name, wallet.ExportRequest{Kind: wallet.ExportMnemonic})
		if n := len(strings.Fields(words)); n != int(bits)*3/32 || seen[words] {
			t.Errorf("%d bits: %d words", bits, n)
		}
		seen[words] = true
		if got := r.exportText(t, name, wallet.ExportRequest{Kind: wallet.ExportMnemonicPassphrase}); got != "" {
			t.Errorf("a passphrase: %q", got)
		}
	}
	for _, bits := range []uint32{0, 100, 120, 288} {
		if _, err := r.AddSeed(t.Context(), "e", wallet.SeedRequest{Bits: bits}); err == nil {
			t.Errorf("%d bits were accepted", bits)
		}
	}
	if _, err := r.AddSeed(t.Context(), "e", wallet.SeedRequest{Mnemonic: r.deposit(t, "upgradetohd", "legal winner"), Method: "upgradetohd"}); !errors.Is(err, ErrMnemonic) {
		t.Errorf("two words: %v", err)
	}
}

// TestPassphrase goes through locked and unlocked, over a restart too.
func TestPassphrase(t *testing.T) {
	dir := t.TempDir()
	r := newRig(t, dir, DefaultPolicy("regtest"))
	d := r.seeded(t, "w")[0]
	if err := r.Encrypt(t.Context(), "w", r.deposit(t, "encryptwallet", "correct horse")); err != nil {
		t.Fatal(err)
	}
	export := func() error {
		_, err := r.Export(t.Context(), "w", wallet.ExportRequest{Kind: wallet.ExportDescriptor, Descriptor: d.ID})
		return err
	}
	unlock := func(passphrase string, seconds int64) error {
		return r.Unlock(t.Context(), "w", r.deposit(t, "walletpassphrase", passphrase), seconds)
	}
	if err := export(); !errors.Is(err, ErrLocked) {
		t.Errorf("after Encrypt: %v", err)
	}
	if err := unlock("wrong", 60); !errors.Is(err, ErrPassphrase) {
		t.Errorf("got %v", err)
	}
	if err := unlock("correct horse", 60); err != nil {
		t.Fatal(err)
	}
	if info, err := r.KeyStore(t.Context(), "w"); err != nil || !info.Encrypted || !info.Unlocked || info.Until != r.now.Unix()+60 || !info.Mnemonic {
		t.Errorf("%+v, %v", info, err)
	}
	if err := export(); err != nil {
		t.Error(err)
	}
	if err := r.Lock(t.Context(), "w"); err != nil {
		t.Fatal(err)
	}
	if err := export(); !errors.Is(err, ErrLocked) {
		t.Errorf("after Lock: %v", err)
	}
	// A passphrase is good for the RPC it was given to.
	if err := r.Unlock(t.Context(), "w", r.deposit(t, "encryptwallet", "correct horse"), 60); !errors.Is(err, ErrHandle) {
		t.Errorf("another RPC's passphrase: %v", err)
	}
	if err := r.ChangePassphrase(t.Context(), "w", r.deposit(t, "walletpassphrasechange", "correct horse"),
		r.deposit(t, "walletpassphrasechange", "battery staple")); err != nil {
		t.Fatal(err)
	}
	if err := r.CloseKeyStore(t.Context(), "w"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.OpenKeyStore(t.Context(), "w", false); err != nil {
		t.Fatal(err)
	}
	if err := export(); !errors.Is(err, ErrLocked) {
		t.Errorf("after a restart: %v", err)
	}
	if err := unlock("battery staple", 0); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); export() == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the time of an unlocking does not end")
		}
	}
}

func TestAddDescriptor(t *testing.T) {
	r := newRig(t, t.TempDir(), DefaultPolicy("regtest"))
	if _, err := r.OpenKeyStore(t.Context(), "w", true); err != nil {
		t.Fatal(err)
	}
	h := r.deposit(t, "importdescriptors", coreDescriptors[0])
	seen, err := r.ParseDescriptor(t.Context(), "importdescriptors", h)
	if err != nil || seen.Keys != 1 || !seen.Complete {
		t.Fatal(seen, err)
	}
	if _, err := r.ParseDescriptor(t.Context(), "getdescriptorinfo", h); !errors.Is(err, ErrHandle) {
		t.Errorf("another RPC's descriptor: %v", err)
	}
	kept, err := r.AddDescriptor(t.Context(), "w", "importdescriptors", h)
	if err != nil || kept != seen {
		t.Fatal(kept, err)
	}
	if got := r.exportText(t, "w", wallet.ExportRequest{Kind: wallet.ExportDescriptor, Descriptor: kept.ID}); got != coreDescriptors[0] {
		t.Errorf("got %s", got)
	}
	hardened := descriptor.AddChecksum("pkh(" + coreRoot + "/1'/*')")
	h = r.deposit(t, "importdescriptors", hardened)
	keys, err := r.ExpandDeposited(t.Context(), "importdescriptors", h, 5, 3)
	if err != nil || len(keys) != 3 {
		t.Fatal(len(keys), err)
	}
	for name, text := range map[string]string{
		"no checksum": "pkh(" + coreRoot + ")",
		"a bad key":   descriptor.AddChecksum("pkh(" + coreRoot[:60] + "x" + coreRoot[61:] + ")"),
		"a bad WIF":   descriptor.AddChecksum("pk(" + testKey[:20] + "2" + testKey[21:] + ")"),
	} {
		_, err := r.ParseDescriptor(t.Context(), "importdescriptors", r.deposit(t, "importdescriptors", text))
		if !errors.Is(err, ErrDescriptor) || strings.Contains(err.Error(), text[10:30]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

package keystore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"dashmp/wallet/signer/internal/lockbox"
)

// cheap is a passphrase's cost in tests.
var cheap = Cost{Time: 1, Memory: 64}

type paths struct{ db, key string }

func place(t *testing.T) paths {
	dir := t.TempDir()
	return paths{filepath.Join(dir, "keys.bolt"), filepath.Join(dir, "keys.secret")}
}

func (p paths) open(t *testing.T, o Options) (*Store, error) {
	t.Helper()
	var files [2]*os.File
	for i, name := range []string{p.db, p.key} {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		files[i] = f
	}
	if o.Network == "" {
		o.Network = "regtest"
	}
	o.Cost = cheap
	return Open(files[0], files[1], o)
}

func (p paths) must(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := p.open(t, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func region(t *testing.T, text string) *lockbox.Region {
	t.Helper()
	r, err := lockbox.New(len(text))
	if err != nil {
		t.Fatal(err)
	}
	copy(r.Bytes(), text)
	t.Cleanup(r.Close)
	return r
}

func want(t *testing.T, s *Store, bucket, key, text string) {
	t.Helper()
	r, err := s.Secret(bucket, []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if string(r.Bytes()) != text {
		t.Errorf("%s/%s: got %q", bucket, key, r.Bytes())
	}
}

const words = "legal winner thank year wave sausage worth useful legal winner thank yellow"

func filled(t *testing.T, p paths) *Store {
	t.Helper()
	s := p.must(t, Options{Name: "w", Create: true})
	if err := s.Put(Record{Bucket: "seed", Key: []byte("mnemonic"), Secret: region(t, words)},
		Record{Bucket: "key", Key: []byte("id"), Secret: region(t, "thirty-two bytes of a secret key")},
		Record{Bucket: "descriptor", Key: []byte("d"), Public: []byte("pkh(xpub)")}); err != nil {
		t.Fatal(err)
	}
	return s
}

func reopen(t *testing.T, s *Store, p paths) *Store {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return p.must(t, Options{Name: "w"})
}

func TestPlain(t *testing.T) {
	p := place(t)
	s := reopen(t, filled(t, p), p)
	want(t, s, "seed", "mnemonic", words)
	if s.Encrypted() || !s.Unlocked() {
		t.Error("a store without a passphrase is locked")
	}
	if _, err := s.Secret("seed", []byte("other")); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if err := s.Lock(); !errors.Is(err, ErrState) {
		t.Errorf("Lock: %v", err)
	}
	if err := s.Unlock([]byte("x")); !errors.Is(err, ErrState) {
		t.Errorf("Unlock: %v", err)
	}
	n := 0
	s.Public("descriptor", func(k, v []byte) error { n++; return nil })
	if n != 1 {
		t.Errorf("%d public records", n)
	}
}

// TestEncrypt goes through the life of a passphrase.
func TestEncrypt(t *testing.T) {
	p := place(t)
	s := filled(t, p)
	if err := s.Encrypt([]byte("first")); err != nil {
		t.Fatal(err)
	}
	locked := func() {
		t.Helper()
		if _, err := s.Secret("seed", []byte("mnemonic")); !errors.Is(err, ErrLocked) || s.Unlocked() {
			t.Fatalf("got %v", err)
		}
		if err := s.Put(Record{Bucket: "key", Key: []byte("n"), Secret: region(t, "x")}); !errors.Is(err, ErrLocked) {
			t.Fatalf("Put: %v", err)
		}
	}
	locked()
	s = reopen(t, s, p)
	locked()
	if err := s.Unlock([]byte("second")); !errors.Is(err, ErrPassphrase) {
		t.Fatalf("got %v", err)
	}
	locked()
	if err := s.Unlock([]byte("first")); err != nil {
		t.Fatal(err)
	}
	want(t, s, "seed", "mnemonic", words)
	if err := s.ChangePassphrase([]byte("wrong"), []byte("second")); !errors.Is(err, ErrPassphrase) {
		t.Fatalf("got %v", err)
	}
	if err := s.ChangePassphrase([]byte("first"), []byte("second")); err != nil {
		t.Fatal(err)
	}
	want(t, s, "key", "id", "thirty-two bytes of a secret key")
	if err := s.Lock(); err != nil {
		t.Fatal(err)
	}
	if err := s.Unlock([]byte("first")); !errors.Is(err, ErrPassphrase) {
		t.Fatalf("the old passphrase: %v", err)
	}
	if err := s.Unlock([]byte("second")); err != nil {
		t.Fatal(err)
	}
	want(t, s, "seed", "mnemonic", words)
	if err := s.Encrypt([]byte("third")); !errors.Is(err, ErrState) {
		t.Errorf("got %v", err)
	}
}

// TestAtRest: no file shows a secret, and after Encrypt none shows the key.
func TestAtRest(t *testing.T) {
	p := place(t)
	s := filled(t, p)
	before, err := os.ReadFile(p.key)
	if err != nil || len(before) != fileSize {
		t.Fatal(len(before), err)
	}
	key := before[len(fileMagic) : len(fileMagic)+keySize]
	if err := s.Encrypt([]byte("passphrase")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{p.db, p.key} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range [][]byte{[]byte("sausage"), []byte("of a secret"), []byte("passphrase"), key} {
			if bytes.Contains(b, secret) {
				t.Errorf("%s shows %q", filepath.Base(name), secret)
			}
		}
	}
	// The control: the search finds the key where it was.
	if !bytes.Contains(before, key) {
		t.Error("the search finds nothing")
	}
}

// TestCrashWhileEncrypting: the key file still holds the old key when the
// database says that there is a passphrase.
func TestCrashWhileEncrypting(t *testing.T) {
	p := place(t)
	s := filled(t, p)
	old, err := os.ReadFile(p.key)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Encrypt([]byte("passphrase")); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if err := os.WriteFile(p.key, old, 0o600); err != nil {
		t.Fatal(err)
	}
	s = p.must(t, Options{Name: "w"})
	if s.Unlocked() {
		t.Error("the store is unlocked")
	}
	if now, err := os.ReadFile(p.key); err != nil || len(bytes.Trim(now, "\x00")) != 0 {
		t.Errorf("the old key is still there (%v)", err)
	}
	if err := s.Unlock([]byte("passphrase")); err != nil {
		t.Fatal(err)
	}
	want(t, s, "seed", "mnemonic", words)
}

func TestRefused(t *testing.T) {
	p := place(t)
	filled(t, p).Close()
	for name, c := range map[string]struct {
		o    Options
		want error
	}{
		"another network": {Options{Name: "w", Network: "main"}, ErrForeign},
		"another wallet":  {Options{Name: "v"}, ErrForeign},
		"made again":      {Options{Name: "w", Create: true}, ErrState},
	} {
		if _, err := p.open(t, c.o); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := place(t).open(t, Options{Name: "w"}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("an empty database: %v", err)
	}
	good, err := os.ReadFile(p.key)
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if err := os.WriteFile(p.key, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := p.open(t, Options{Name: "w"}); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("byte %d of the key file: %v", i, err)
		}
	}
	if err := os.WriteFile(p.key, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.open(t, Options{Name: "w"}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("no key: %v", err)
	}
}

// TestSwapped: a sealed record under another's name does not open.
func TestSwapped(t *testing.T) {
	p := place(t)
	s := filled(t, p)
	var sealed []byte
	s.Public("seed", func(_, v []byte) error { sealed = bytes.Clone(v); return nil })
	if err := s.Put(Record{Bucket: "seed", Key: []byte("moved"), Public: sealed}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Secret("seed", []byte("moved")); !errors.Is(err, ErrCorrupt) {
		t.Errorf("got %v", err)
	}
}

func FuzzDecodeKDF(f *testing.F) {
	f.Add((&kdf{cost: cheap, sealed: make([]byte, overhead+keySize)}).encode())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := decodeKDF(b)
		if err == nil && !bytes.Equal(k.encode(), b) {
			t.Errorf("%x is not encoded as it was", b)
		}
	})
}

// BenchmarkGuess is the time of one guess at a passphrase.
func BenchmarkGuess(b *testing.B) {
	k := kdf{cost: DefaultCost}
	for b.Loop() {
		r, err := k.derive([]byte("a passphrase"))
		if err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}

package datadir

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitName(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
		ok       bool
	}{
		{"default", "", nil, true},
		{"simple", "w1", []string{"w1"}, true},
		{"below", "sub/w5", []string{"sub", "w5"}, true},
		{"trailing slash", "w/", []string{"w"}, true},
		{"any character", "\x01\x7f %s;'\"\n", []string{"\x01\x7f %s;'\"\n"}, true},
		{"dots inside", "a..b", []string{"a..b"}, true},
		{"parent", "..", nil, false},
		{"through parent", "a/../../b", nil, false},
		{"self", "./a", nil, false},
		{"empty component", "a//b", nil, false},
		{"absolute", "/etc", nil, false},
		{"slash", "/", nil, false},
		{"zero byte", "a\x00b", nil, false},
		{"long component", strings.Repeat("x", 256), nil, false},
		{"long", strings.Repeat("x/", 1025), nil, false},
		{"deep", strings.Repeat("x/", 17), nil, false},
		{"our file", walletFile, nil, false},
		{"our file below", "a/" + keyStoreFile, nil, false},
	} {
		got, err := splitName(c.in)
		if (err == nil) != c.ok || cmp.Diff(c.want, got) != "" {
			t.Errorf("%s: got %q, %v", c.name, got, err)
		}
		if err != nil && !errors.Is(err, ErrName) {
			t.Errorf("%s: kind of %v", c.name, err)
		}
	}
}

// FuzzSplitName: an accepted name is a list of plain components.
func FuzzSplitName(f *testing.F) {
	for _, s := range []string{"", "w", "a/b", "../x", "/x", "a\x00", "x//y", "a/./b", "a/b/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parts, err := splitName(s)
		if err != nil {
			return
		}
		for _, p := range parts {
			if p == "" || p == "." || p == ".." || strings.ContainsAny(p, "/\x00") || len(p) > maxComponent {
				t.Fatalf("%q has component %q", s, p)
			}
		}
		if p := filepath.Join(append([]string{"/w"}, parts...)...); p != "/w" && !strings.HasPrefix(p, "/w/") {
			t.Fatalf("%q leads to %s", s, p)
		}
	})
}

func TestWallets(t *testing.T) {
	o := Options{Root: t.TempDir(), Net: "regtest"}
	d := open(t, o)
	for _, name := range []string{"", "w1", "sub/w2"} {
		if _, err := d.OpenWallet(name); !errors.Is(err, ErrNotFound) {
			t.Errorf("open %q before it exists: %v", name, err)
		}
		f, err := d.CreateWallet(name)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		if _, err := d.CreateWallet(name); !errors.Is(err, ErrExists) {
			t.Errorf("create %q twice: %v", name, err)
		}
		if f, err = d.OpenWallet(name); err != nil {
			t.Fatal(err)
		}
		f.Close()
		if _, err := d.OpenKeyStore(name); !errors.Is(err, ErrNotFound) {
			t.Errorf("key store of %q before it exists: %v", name, err)
		}
		if f, err = d.CreateKeyStore(name); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	got, err := d.ListWallets()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"", "sub/w2", "w1"}, got); diff != "" {
		t.Error(diff)
	}
}

// A wallet of Dash Core is neither opened nor joined by one of ours.
func TestWalletOfDashCore(t *testing.T) {
	o := Options{Root: t.TempDir(), Net: "regtest"}
	d := open(t, o)
	p := filepath.Join(mkdir(t, o.Path(), "wallets", "theirs"), "wallet.dat")
	if err := os.WriteFile(p, []byte("SQLite format 3\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.CreateWallet("theirs"); !errors.Is(err, ErrExists) {
		t.Errorf("create: %v", err)
	}
	if _, err := d.OpenWallet("theirs"); !errors.Is(err, ErrNotFound) {
		t.Errorf("open: %v", err)
	}
	if names, _ := d.ListWallets(); len(names) != 0 {
		t.Errorf("listed: %q", names)
	}
}

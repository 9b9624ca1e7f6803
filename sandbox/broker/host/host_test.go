package host

import (
	"bytes"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The cases are those of Dash Core's rpc_bind.py.
func TestEndpoints(t *testing.T) {
	loopback := "[::1]:19898 127.0.0.1:19898"
	for _, c := range []struct {
		name        string
		bind, allow []string
		want        string
		warnings    int
		err         string
	}{
		{"default", nil, nil, loopback, 0, ""},
		{"allow alone", nil, []string{"127.0.0.1"}, loopback, 1, ""},
		{"bind alone is ignored", []string{"0.0.0.0"}, nil, loopback, 1, ""},
		{"address", []string{"127.0.0.1"}, []string{"127.0.0.1"}, "127.0.0.1:19898", 0, ""},
		{"ports", []string{"127.0.0.1:32171", "127.0.0.1:32172"}, []string{"127.0.0.1"}, "127.0.0.1:32171 127.0.0.1:32172", 0, ""},
		{"v6 in brackets", []string{"[::1]"}, []string{"::1"}, "[::1]:19898", 0, ""},
		{"v6 with port", []string{"[::1]:1"}, []string{"::1"}, "[::1]:1", 0, ""},
		{"bare v6", []string{"::1"}, []string{"::1"}, "[::1]:19898", 0, ""},
		{"any", []string{"0.0.0.0", "::"}, []string{"::/0"}, "0.0.0.0:19898 [::]:19898", 2, ""},
		{"localhost", []string{"localhost"}, []string{"::1"}, "127.0.0.1:19898", 0, ""},
		{"port 0", []string{"127.0.0.1:0"}, []string{"::1"}, "", 0, "Invalid port"},
		{"port too high", []string{"127.0.0.1:65536"}, []string{"::1"}, "", 0, "Invalid port"},
		{"name", []string{"example.org"}, []string{"::1"}, "", 0, "Cannot resolve"},
		{"rubbish", []string{"1.2.3"}, []string{"::1"}, "", 0, "Cannot resolve"},
	} {
		at, warnings, err := RPCBind{Port: 19898, Bind: c.bind, AllowIP: c.allow}.Endpoints()
		var got []string
		for _, a := range at {
			got = append(got, a.String())
		}
		if strings.Join(got, " ") != c.want || len(warnings) != c.warnings {
			t.Errorf("%s: got %q, warnings %q", c.name, got, warnings)
		}
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: error %v", c.name, err)
		}
	}
}

func FuzzParseEndpoint(f *testing.F) {
	for _, s := range []string{"", "127.0.0.1", "[::1]:80", "::1", ":80", "[", "[]:1", "localhost:1", "fe80::1%1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if ap, err := parseEndpoint(s, 1); err == nil && (!ap.IsValid() || ap.Port() == 0) {
			t.Fatalf("%q gives %v", s, ap)
		}
	})
}

func TestListen(t *testing.T) {
	f, err := Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fd := int(f.Fd())
	if p, _ := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL); p != unix.IPPROTO_TCP {
		t.Errorf("protocol %d", p)
	}
	l, err := net.FileListener(f)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	at := netip.MustParseAddrPort(l.Addr().String())
	if _, err := Listen(at); err == nil || !strings.Contains(err.Error(), at.String()) {
		t.Errorf("bound twice: %v", err)
	}
	v6, err := Listen(netip.AddrPortFrom(netip.IPv6Loopback(), at.Port()))
	if err != nil {
		t.Skipf("no IPv6: %v", err)
	}
	v6.Close()
}

func TestCookie(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".cookie")
	c, content, err := WriteCookie(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b, content) || !regexp.MustCompile(`^__cookie__:[0-9a-f]{64}$`).Match(b) {
		t.Errorf("cookie %q", b)
	}
	if st, _ := os.Stat(path); st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", st.Mode())
	}
	_, again, err := WriteCookie(path)
	if err != nil || bytes.Equal(again, content) {
		t.Errorf("the second cookie is the first one, %v", err)
	}
	if err := c.Remove(); err != nil {
		t.Error(err)
	}
	if err := c.Remove(); err != nil {
		t.Errorf("removed twice: %v", err)
	}
	if e, _ := os.ReadDir(filepath.Dir(path)); len(e) != 0 {
		t.Errorf("left behind: %v", e)
	}
	if err := os.Mkdir(path+".tmp", 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := WriteCookie(path); err == nil {
		t.Error("a directory in the way was removed")
	}
	if _, _, err := WriteCookie(filepath.Join(path, "x")); err == nil {
		t.Error("written into nowhere")
	}
}

// A link in the place of the temporary file is replaced, not written through.
func TestReplaceFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	victim := filepath.Join(dir, "victim")
	if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "f")
	if err := os.Symlink(victim, path+".tmp"); err != nil {
		t.Fatal(err)
	}
	if err := Replace(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	v, _ := os.ReadFile(victim)
	n, _ := os.ReadFile(path)
	if d := cmp.Diff([]string{"precious", "new"}, []string{string(v), string(n)}); d != "" {
		t.Error(d)
	}
}

func TestWritePID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dashd.pid")
	if err := WritePID(path); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); string(b) != strings.TrimSpace(string(b))+"\n" || len(b) < 2 {
		t.Errorf("pid file %q", b)
	}
	err := WritePID(filepath.Join(path, "x"))
	if err == nil || !strings.HasPrefix(err.Error(), "Unable to create the PID file '"+path+"/x': ") {
		t.Errorf("got %v", err)
	}
}

func TestSecretFile(t *testing.T) {
	f, err := SecretFile("test", []byte("hunter2"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || st.Size() != 7 {
		t.Fatalf("size %d, %v", st.Size(), err)
	}
	m, err := unix.Mmap(int(f.Fd()), 0, 7, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	if string(m) != "hunter2" {
		t.Errorf("got %q", m)
	}
	_ = unix.Munmap(m)
	if err := f.Truncate(1 << 20); err == nil {
		t.Error("the secret can be resized under its readers")
	}
	if _, err := SecretFile("test", nil); err == nil {
		t.Error("an empty secret")
	}
}

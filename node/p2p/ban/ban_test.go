package ban

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashmp/node/p2p/netaddr"
)

func subnet(t *testing.T, s string) netaddr.Subnet {
	t.Helper()
	n, ok := netaddr.ParseSubnet(s)
	if !ok {
		t.Fatal(s)
	}
	return n
}

func TestBans(t *testing.T) {
	now, changes := int64(1000), 0
	m := New(Options{Now: func() time.Time { return time.Unix(now, 0) }, Default: 100, Changed: func() { changes++ }})
	m.Ban(subnet(t, "1.2.3.0/24"), 0, false)
	m.Ban(subnet(t, "8.8.8.8"), 5000, true)
	m.Ban(subnet(t, "8.8.8.8"), 2000, true) // shorter: nothing changes
	if changes != 2 {
		t.Errorf("%d changes", changes)
	}
	inside, _ := netaddr.Parse("1.2.3.77")
	if !m.IsBanned(inside) || m.IsSubnetBanned(subnet(t, "1.2.0.0/16")) || !m.IsSubnetBanned(subnet(t, "1.2.3.0/24")) {
		t.Error("who is banned")
	}
	file := m.Encode()
	const want = `{
    "banned_nets": [
        {
            "version": 1,
            "ban_created": 1000,
            "banned_until": 1100,
            "address": "1.2.3.0/24"
        },
        {
            "version": 1,
            "ban_created": 1000,
            "banned_until": 5000,
            "address": "8.8.8.8/32"
        }
    ]
}
`
	if d := cmp.Diff(want, string(file)); d != "" {
		t.Error(d)
	}
	again := New(m.o)
	if err := again.Decode(file); err != nil || len(again.List()) != 2 {
		t.Errorf("%v %v", again.List(), err)
	}
	now = 1101
	if m.IsBanned(inside) || len(m.List()) != 1 {
		t.Error("a ban does not end")
	}
	if !m.Unban(subnet(t, "8.8.8.8")) || m.Unban(subnet(t, "8.8.8.8")) || len(m.List()) != 0 {
		t.Error("unban")
	}
	for _, bad := range []string{"", "[", `{"banned_nets":1}`} {
		if err := m.Decode([]byte(bad)); err == nil {
			t.Errorf("%q is a list of bans", bad)
		}
	}
	odd := `{"banned_nets":[{"version":2,"address":"1.1.1.1"},{"version":1,"address":"x","banned_until":9999999999},{"version":1,"address":"9.9.9.9","banned_until":9999999999}]}`
	if err := m.Decode([]byte(odd)); err != nil || len(m.List()) != 1 {
		t.Errorf("%v %v", m.List(), err)
	}
}

// A stranger cannot fill the memory by being discouraged under many addresses.
func TestDiscouragedIsBounded(t *testing.T) {
	m := New(Options{Now: time.Now})
	at := func(i int) netaddr.Addr {
		return netaddr.FromLegacy([16]byte{0x2a, 0, byte(i >> 16), byte(i >> 8), byte(i), 1})
	}
	for i := range 3 * maxDiscouraged {
		m.Discourage(at(i))
	}
	if len(m.discouraged) != maxDiscouraged || len(m.order) != maxDiscouraged {
		t.Errorf("%d are remembered", len(m.discouraged))
	}
	if m.IsDiscouraged(at(0)) || !m.IsDiscouraged(at(3*maxDiscouraged-1)) {
		t.Error("the wrong ones are remembered")
	}
	m.ClearDiscouraged()
	if m.IsDiscouraged(at(3*maxDiscouraged - 1)) {
		t.Error("not forgotten")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"banned_nets":[{"version":1,"ban_created":1,"banned_until":9999999999,"address":"1.2.3.4/32"}]}`)
	f.Add(strings.Repeat("[", 1000))
	f.Fuzz(func(t *testing.T, s string) {
		m := New(Options{Now: func() time.Time { return time.Unix(5, 0) }})
		if m.Decode([]byte(s)) != nil {
			return
		}
		again := New(m.o)
		if err := again.Decode(m.Encode()); err != nil || cmp.Diff(len(m.List()), len(again.List())) != "" {
			t.Fatalf("%v", err)
		}
	})
}

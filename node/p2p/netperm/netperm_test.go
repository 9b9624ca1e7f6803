package netperm

import (
	"strings"
	"testing"
)

// The cases are those of Dash Core's netbase_tests.cpp and p2p_permissions.py.
func TestWhitelist(t *testing.T) {
	for _, c := range []struct{ in, perms, err string }{
		{"1.2.3.4", "", ""},
		{"@1.2.3.4/32", "", ""},
		{"bloom@1.2.3.4/32", "bloomfilter", ""},
		{"bloom,forcerelay,noban,relay@1.2.3.4/32", "bloomfilter noban forcerelay relay download", ""},
		{"forcerelay@::/0", "forcerelay relay", ""},
		{"all@1.2.3.4", "bloomfilter noban forcerelay relay mempool download addr", ""},
		{",,noban,,@1.2.3.4", "noban download", ""},
		{"oopsie@127.0.0.1", "", "Invalid P2P permission: 'oopsie'"},
		{"bloom,forcerelay,oopsie@1.2.3.4/32", "", "Invalid P2P permission: 'oopsie'"},
		{"noban@127.0.0.1:230", "", "Invalid netmask specified in -whitelist: '127.0.0.1:230'"},
		{"", "", "Invalid netmask specified in -whitelist: ''"},
	} {
		w, err := ParseWhitelist(c.in)
		if text := errorText(err); text != c.err || err == nil && strings.Join(w.Permissions.Strings(), " ") != c.perms {
			t.Errorf("%q: %v, %q", c.in, w.Permissions.Strings(), text)
		}
		if err == nil && w.Permissions.Has(Implicit) != !strings.Contains(c.in, "@") {
			t.Errorf("%q: implicit", c.in)
		}
	}
}

func TestWhitebind(t *testing.T) {
	for _, c := range []struct{ in, at, err string }{
		{"noban@1.2.3.4:32", "1.2.3.4:32", ""},
		{"[::1]:9", "[::1]:9", ""},
		{"noban@127.0.0.1", "", "Need to specify a port with -whitebind: '127.0.0.1'"},
		{"noban@", "", "Cannot resolve -whitebind address: ''"},
		{"x@1.2.3.4:1", "", "Invalid P2P permission: 'x'"},
	} {
		w, err := ParseWhitebind(c.in)
		if errorText(err) != c.err || err == nil && w.Service.String() != c.at {
			t.Errorf("%q: %s, %v", c.in, w.Service, err)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func FuzzWhitelist(f *testing.F) {
	f.Add("noban,relay@1.2.3.4/24")
	f.Add("@")
	f.Fuzz(func(t *testing.T, s string) {
		if w, err := ParseWhitelist(s); err == nil && !w.Subnet.IsValid() {
			t.Fatalf("%q: no subnet", s)
		}
		if w, err := ParseWhitebind(s); err == nil && w.Service.Port == 0 {
			t.Fatalf("%q: no port", s)
		}
	})
}

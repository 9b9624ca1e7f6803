package options

import (
	"strings"
	"testing"
)

// FuzzConf holds that any text either parses or is an error with a line, that
// parsing is stable, and that no name or value keeps blanks or line ends.
func FuzzConf(f *testing.F) {
	for _, s := range []string{
		"", "regtest=1\n[regtest]\nport=1 # comment\n", "nono\n", "-a=1", "[a]\n[b\n", "rpcpassword=a#b", "a.b.c=d\n[x]\ny.z=1\n",
		"=\n", "[]\n=a", "includeconf=x\nincludeconf=y\nnoincludeconf=1", "\x00=\xff\n", "a=b=c\r\n", "no.no=1\n", "conf=1",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, sections, err := parseConf(data, "file")
		if err != nil {
			if !strings.Contains(err.Error(), "on line ") {
				t.Fatalf("error without a line: %v", err)
			}
			return
		}
		for _, e := range entries {
			if strings.ContainsAny(e.name+e.value, "\n") || strings.Trim(e.value, confBlanks) != e.value {
				t.Fatalf("entry %q", e)
			}
		}
		for _, s := range sections {
			if s.Line < 1 || strings.Contains(s.Name, "\n") {
				t.Fatalf("section %+v", s)
			}
		}
		// The whole way through must not panic either.
		machine := withConf(string(data))
		for _, p := range []Program{DashNode, DashCLI} {
			if c, err := Parse(p, []string{"-datadir=/d"}, machine); err == nil {
				c.ArgumentLog()
				c.SettingsJSON()
			}
		}
	})
}

// FuzzSettings holds that what is read is written so that it reads the same.
func FuzzSettings(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"a":[1,2,{"b":null}],"c":"\u0000\"\\"}`, `{"a":1,"a":2}`, `[[[[`, `1e400`, `"x"`, `{"wallet":[]}`, `{"":{}}`, "\xff",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := parseJSON(data)
		if err != nil {
			return
		}
		var b strings.Builder
		v.write(&b, 4, 1)
		again, err := parseJSON([]byte(b.String()))
		if err != nil {
			t.Fatalf("%q is written as %q, which is no JSON: %v", data, b.String(), err)
		}
		if again.JSON() != v.JSON() {
			t.Fatalf("%s became %s", v.JSON(), again.JSON())
		}
	})
}

// FuzzArgs holds that any command line parses or is an error of its kind, and
// that the merged configuration answers every accessor.
func FuzzArgs(f *testing.F) {
	for _, s := range []string{"-server\n-noserver=0", "--nolisten\nword", "-", "-=", "--", "-no", "-chain=devnet", "-devnet=\x00", "-prune=-9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, joined string) {
		args := strings.Split(joined, "\n")
		c, err := Parse(DashNode, args, withConf("regtest=1\n[regtest]\nwallet=a\n"))
		if err != nil {
			if _, ok := err.(*Error); !ok {
				t.Fatalf("error %T", err)
			}
			return
		}
		for _, o := range Table(DashNode) {
			c.String(o.Name)
			c.Bool(o.Name)
			c.Int64(o.Name)
			c.Strings(o.Name)
			c.Path(o.Name)
		}
	})
}

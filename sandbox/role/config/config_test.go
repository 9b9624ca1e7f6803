package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashmp/policy"
)

// source answers every option with its own name.
type source struct{ asked map[string]bool }

func (s source) IsSet(n string) bool       { s.asked[n] = true; return true }
func (s source) IsNegated(n string) bool   { return false }
func (s source) String(n string) string    { return "text of " + n }
func (s source) Bool(n string) bool        { return true }
func (s source) Int64(n string) int64      { return 7 }
func (s source) Strings(n string) []string { return []string{"a " + n, "b"} }

func TestRoundTrip(t *testing.T) {
	spec, _ := policy.Get(policy.Core)
	c := New(spec, source{map[string]bool{}}, Config{Chain: "regtest", ChainName: "regtest", Started: 5, DataDir: "/d"})
	got, err := Parse(c.JSON())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(c, *got); d != "" {
		t.Error(d)
	}
	if got.String("dbcache") != "text of dbcache" || !got.Bool("par") || got.Int64("par") != 7 ||
		len(got.Strings("debug")) != 2 || !got.IsSet("reindex") || got.StartTime().Unix() != 5 {
		t.Error("accessors")
	}
}

// No role is told an option that its policy does not list, and secret values
// are not even asked for.
func TestOnlyListedOptionsTravel(t *testing.T) {
	for _, spec := range policy.All() {
		s := source{map[string]bool{}}
		c := New(spec, s, Config{})
		text := string(c.JSON())
		listed := map[string]policy.Option{}
		for _, o := range spec.Options {
			listed[o.Name] = o
			if strings.HasSuffix(o.Name, "notify") && strings.Contains(text, "text of "+o.Name) {
				t.Errorf("%s: is told the command of -%s", spec.Role, o.Name)
			}
			if o.Secret && (s.asked[o.Name] || strings.Contains(text, "text of "+o.Name)) {
				t.Errorf("%s: the secret option %s travels in clear", spec.Role, o.Name)
			}
		}
		for name := range c.Options {
			if _, ok := listed[name]; !ok {
				t.Errorf("%s: is told -%s", spec.Role, name)
			}
		}
	}
}

func TestUnlistedOptionPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	c := &Config{}
	c.Bool("rpcpassword")
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{"", "[]", `{"options":3}`} {
		if _, err := Parse([]byte(s)); err == nil {
			t.Errorf("%q accepted", s)
		}
	}
}

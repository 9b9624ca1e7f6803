package method

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWords: the rows of the table take the same parameters as JSON as Dash
// Core's do (what its rpc_help.py compares), under the same names.
func TestWords(t *testing.T) {
	ours := map[string]bool{"getisolationinfo": true} // Dash Core has no such method
	for _, m := range Standard().All() {
		var want, got []string
		offset := strings.Count(m.Name, " ")
		for _, w := range foreign(m.Name) {
			want = append(want, fmt.Sprint(w.index-offset, w.name, w.form))
		}
		for i := range m.Params {
			p := &m.Params[i]
			if form := p.form(); form != ByType {
				for _, name := range p.Names() {
					got = append(got, fmt.Sprint(i, name, form))
				}
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if d := cmp.Diff(want, got); d != "" && !ours[m.Name] {
			t.Errorf("%s: - Dash Core, + here:\n%s", m.Name, d)
		}
	}
}

// TestForeignMethods: words of methods that this build lacks.
func TestForeignMethods(t *testing.T) {
	n := 0
	for line := range strings.Lines(wordsTSV) {
		if name, list, ok := strings.Cut(strings.TrimRight(line, "\n"), "\t"); ok && !strings.HasPrefix(line, "#") {
			if got := len(words(list)); got != 1+strings.Count(list, "\t") {
				t.Errorf("%s: %d of the fields are read", name, got)
			}
			n += len(words(list))
		}
	}
	if n != 297 {
		t.Errorf("%d parameters; src/rpc/client.cpp of v23.1.2 has 297", n)
	}
	empty, err := NewTable(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		named bool
		name  string
		words []string
		want  string
	}{
		{false, "generatetoaddress", []string{"1", "5", "7"}, `[1,"5",7]`},
		{false, "protx", []string{"register_fund", "1", "[\"a\"]", "3"}, `["register_fund","1",["a"],"3"]`},
		{false, "protx", []string{"register_fund", "1", "a", "3"}, `["register_fund","1","a","3"]`},
		{false, "protx", []string{"list", "x", "true"}, `["list","x",true]`},
		{true, "protx", []string{"list", "detailed=true", "type=1"}, `{"detailed":true,"type":"1","args":["list"]}`},
		{true, "sendtoaddress", []string{"amount=1.5", "address=1"}, `{"amount":1.5,"address":"1"}`},
	} {
		convert := empty.ConvertPositional
		if c.named {
			convert = empty.ConvertNamed
		}
		if got, err := convert(c.name, c.words); err != nil || string(got) != c.want {
			t.Errorf("%s %q: %s, %v", c.name, c.words, got, err)
		}
	}
}

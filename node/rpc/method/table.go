package method

import (
	"fmt"
	"slices"
	"strings"
)

// Table is a set of methods. It is read-only.
type Table struct {
	byName map[string]*Method
	sorted []*Method // by category, then name
}

// Standard returns the table of every method that has an owner which answers
// it.
func Standard() *Table {
	t, err := NewTable(slices.Concat(control(), blockchain(), mempool(), mining(), generators(),
		rawTransaction(), unspent(), chainControl(), rawInChain(), descriptors(), submitting(), psbt(), util(), []Method{estimateSmartFee()}, wallet(), walletKeys(), walletLists(), walletSpend(), network(), hiddenNetwork(), hidden(), hiddenMempool()))
	if err != nil {
		panic(err) // a row is wrong: the tests of this package fail first
	}
	return t
}

// NewTable makes a table of rows and checks the package's invariants.
func NewTable(rows []Method) (*Table, error) {
	t := &Table{byName: make(map[string]*Method, len(rows))}
	for i := range rows {
		m := &rows[i]
		if err := m.check(); err != nil {
			return nil, fmt.Errorf("method %q: %w", m.Name, err)
		}
		if t.byName[m.Name] != nil {
			return nil, fmt.Errorf("method %q: two rows", m.Name)
		}
		t.byName[m.Name] = m
		t.sorted = append(t.sorted, m)
	}
	slices.SortFunc(t.sorted, func(a, b *Method) int {
		return strings.Compare(a.Category+a.Name, b.Category+b.Name)
	})
	return t, nil
}

// Without returns a table without the methods of an owner, as it is when that
// owner is switched off (-disablewallet).
func (t *Table) Without(o Owner) *Table {
	out := &Table{byName: make(map[string]*Method, len(t.byName))}
	for _, m := range t.sorted {
		if m.Owner != o {
			out.byName[m.Name] = m
			out.sorted = append(out.sorted, m)
		}
	}
	return out
}

// Get returns the row with exactly that name.
func (t *Table) Get(name string) (*Method, bool) {
	m, ok := t.byName[name]
	return m, ok
}

// All returns the rows ordered by category and name; callers must not change
// them.
func (t *Table) All() []*Method { return slices.Clone(t.sorted) }

func (m *Method) check() error {
	if m.Name == "" || m.Category == "" || m.Desc == "" {
		return fmt.Errorf("name, category or description is missing")
	}
	if len(m.Results) == 0 {
		return fmt.Errorf("result is not documented")
	}
	seen := map[string]bool{}
	hidden := false
	for i := range m.Params {
		p := &m.Params[i]
		for _, n := range p.Names() {
			if n == "" || n == "args" || seen[n] {
				return fmt.Errorf("parameter name %q is empty, reserved or not unique", n)
			}
			seen[n] = true
		}
		if hidden && !p.Hidden {
			return fmt.Errorf("parameter %q follows a hidden one", p.Name)
		}
		hidden = p.Hidden
		if err := p.check(); err != nil {
			return fmt.Errorf("parameter %q: %w", p.Name, err)
		}
	}
	return m.checkFirst()
}

// checkFirst: a secret is named to the signer alone, and where a call before
// has used it up the owner gets its result instead.
func (m *Method) checkFirst() error {
	f := m.First
	switch {
	case f == nil:
		return nil
	case f.Param < 0 || f.Param >= len(m.Params) || f.Into < 0 || f.Into > len(m.Params) || f.Method == "":
		return fmt.Errorf("the call before names no parameter or no method")
	case m.Params[f.Param].HasSecret() && (f.Owner != Signer || f.Into != f.Param):
		return fmt.Errorf("the call before gives a secret away")
	}
	return nil
}

// checkElements: what an element may be is found by its JSON type.
func (p *Param) checkElements() error {
	seen := map[bool]bool{}
	for i := range p.Inner {
		object := p.Inner[i].Type == Obj
		if seen[object] || !object && !p.Inner[i].Secret && len(p.Inner) > 1 {
			return fmt.Errorf("elements of an array with secrets must be alike, or a string and an object")
		}
		seen[object] = true
	}
	return nil
}

func (p *Param) check() error {
	nested := p.Type == Arr || p.Type == Obj || p.Type == ObjKeys
	if nested != (len(p.Inner) > 0) {
		return fmt.Errorf("parts are described exactly for arrays and objects")
	}
	if p.Secret && p.Type != Str && p.Type != Hex {
		return fmt.Errorf("a secret must be a string")
	}
	if p.Secret && (p.Default != "" || p.Hint != "") {
		return fmt.Errorf("a secret has no default")
	}
	if p.Type == Arr && p.HasSecret() {
		if err := p.checkElements(); err != nil {
			return err
		}
	}
	for i := range p.Inner {
		if err := p.Inner[i].check(); err != nil {
			return fmt.Errorf("%s: %w", p.Inner[i].Name, err)
		}
	}
	return nil
}

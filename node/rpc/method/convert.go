package method

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"dashmp/node/rpc/univalue"
)

// ConvertPositional turns the words after a method's name on a command line
// into the JSON array of its parameters (RPCConvertValues of
// src/rpc/client.cpp). A word for a parameter that is no string is read as
// JSON; every word of a method without a row is a string.
func (t *Table) ConvertPositional(name string, words []string) ([]byte, error) {
	f := t.former(name, words)
	out := []byte{'['}
	for i, w := range words {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = appendWord(out, w, f.at(i)); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

// ConvertNamed does the same for words of the form name=value
// (RPCConvertNamedValues). Of equal names the last counts. Words without "="
// are positional and go into "args"; if there is an "args=" too, both are sent
// and the server refuses them.
func (t *Table) ConvertNamed(name string, words []string) ([]byte, error) {
	f := t.former(name, words)
	type member struct{ key, value []byte }
	var members []member
	index := map[string]int{}
	var args []byte
	n := 0
	for _, w := range words {
		key, value, ok := strings.Cut(w, "=")
		if !ok {
			if n > 0 {
				args = append(args, ',')
			}
			var err error
			if args, err = appendWord(args, w, f.at(n)); err != nil {
				return nil, err
			}
			n++
			continue
		}
		v, err := appendWord(nil, value, f.named(key))
		if err != nil {
			return nil, err
		}
		if i, ok := index[key]; ok {
			members[i].value = v
			continue
		}
		index[key] = len(members)
		members = append(members, member{univalue.AppendString(nil, key), v})
	}
	if n > 0 {
		members = append(members, member{[]byte(`"args"`), append(append([]byte{'['}, args...), ']')})
	}
	out := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, m.key...), ':'), m.value...)
	}
	return append(out, '}'), nil
}

// former knows the forms of a method's parameters on a command line.
type former struct {
	m       *Method // nil if the table does not have it
	foreign []word  // then what Dash Core's does
	offset  int     // 1 if the first word is the subcommand
}

func (t *Table) former(name string, words []string) former {
	if len(words) > 0 {
		composite := name + " " + words[0]
		if m, ok := t.byName[composite]; ok {
			return former{m: m, offset: 1}
		}
		if w := foreign(composite); w != nil {
			// The indices of vRPCConvertParams count the subcommand.
			return former{foreign: w}
		}
	}
	if m, ok := t.byName[name]; ok {
		return former{m: m}
	}
	return former{foreign: foreign(name)}
}

func (f former) at(i int) CLIForm {
	if i -= f.offset; f.m != nil && i >= 0 && i < len(f.m.Params) {
		return f.m.Params[i].form()
	}
	for _, w := range f.foreign {
		if w.index == i {
			return w.form
		}
	}
	return ByType
}

func (f former) named(name string) CLIForm {
	if f.m != nil {
		if i, _ := f.m.param(name); i >= 0 {
			return f.m.Params[i].form()
		}
	}
	for _, w := range f.foreign {
		if w.name == name {
			return w.form
		}
	}
	return ByType
}

// form resolves ByType: what is left as ByType is a string.
func (p *Param) form() CLIForm {
	if p.CLI == ByType && p.Type != Str && p.Type != Hex {
		return AlwaysJSON
	}
	return p.CLI
}

// badWord is the error for a word that cannot be converted, in Dash Core's
// wording.
type badWord string

func (b badWord) Error() string { return string(b) }

func appendWord(dst []byte, w string, form CLIForm) ([]byte, error) {
	unquoted := unquote(w)
	if form == AlwaysJSON || form == JSONIfBracket && bracketed(unquoted) {
		v, ok := univalue.Parse([]byte(unquoted))
		if !ok {
			return nil, badWord("Error parsing JSON: " + unquoted)
		}
		return v.AppendCompact(dst), nil
	}
	if !utf8.ValidString(w) {
		return nil, badWord("Error parsing arguments: not valid UTF-8")
	}
	return univalue.AppendString(dst, w), nil
}

// unquote takes off one pair of quotes that a shell has left.
func unquote(w string) string {
	if n := len(w); n >= 2 && w[0] == w[n-1] && (w[0] == '\'' || w[0] == '"') {
		return w[1 : n-1]
	}
	return w
}

func bracketed(w string) bool {
	n := len(w)
	return n >= 2 && (w[0] == '[' && w[n-1] == ']' || w[0] == '{' && w[n-1] == '}')
}

// AppendConversions appends the JSON that "help dump_all_command_conversions"
// answers: for each parameter the method, its index, its name, and whether it
// is a string (CRPCTable::dumpArgMap). Composite commands are left out.
func (t *Table) AppendConversions(dst []byte) []byte {
	dst = append(dst, '[')
	sep := ""
	for _, m := range t.sorted {
		if strings.Contains(m.Name, " ") {
			continue
		}
		for i := range m.Params {
			p := &m.Params[i]
			for _, n := range p.Names() {
				dst = fmt.Appendf(dst, `%s[%q,%d,%q,%t]`, sep, m.Name, i, n, p.Type == Str || p.Type == Hex)
				sep = ","
			}
		}
	}
	return append(dst, ']')
}

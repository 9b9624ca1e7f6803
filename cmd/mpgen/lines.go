package main

import (
	"os"
	"path/filepath"
	"strings"
)

// lineFinder knows the line of each declaration in the schema files. The
// request of capnp 0.9 carries no positions, so they are read from the text.
type lineFinder map[string]map[string]int // path, "Outer.name" → line

// find returns 0 for a declaration or a file that was not seen.
func (l lineFinder) find(path, name string) int { return l[displayPath(path)][name] }

// displayPath is how the compiler names a file that it was given as path.
func displayPath(path string) string { return strings.TrimPrefix(filepath.Clean(path), "/") }

// read scans a schema file. A file that cannot be read has no lines: the
// compiler has read it before, so this costs at most a less exact message.
func (l lineFinder) read(path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		return
	}
	l[displayPath(path)] = scanLines(string(text))
}

// scanLines finds what stands before a brace (struct, interface, enum) and
// what stands before an ordinal (field, method, enumerant).
func scanLines(text string) map[string]int {
	lines := map[string]int{}
	var scopes []string
	pending := ""
	prev, prev2 := "", ""
	for _, t := range schemaTokens(text) {
		switch {
		case t.text == "{":
			scopes = append(scopes, pending)
			pending = ""
		case t.text == "}":
			if len(scopes) > 0 {
				scopes = scopes[:len(scopes)-1]
			}
		case t.text == ";":
			pending = ""
		case prev == "struct" || prev == "interface" || prev == "enum":
			if isName(t.text) && prev2 != "(" && prev2 != "," {
				pending = t.text
				lines[scoped(scopes, t.text)] = t.line
			}
		case strings.HasPrefix(t.text, "@") && isName(prev):
			if _, seen := lines[scoped(scopes, prev)]; !seen {
				lines[scoped(scopes, prev)] = t.line
			}
		}
		prev2, prev = prev, t.text
	}
	return lines
}

func scoped(scopes []string, name string) string {
	var b strings.Builder
	for _, s := range scopes {
		if s != "" {
			b.WriteString(s + ".")
		}
	}
	return b.String() + name
}

func isName(s string) bool {
	return s != "" && (s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z')
}

type schemaToken struct {
	text string
	line int
}

// schemaTokens splits schema text into words, "@n" and single characters,
// without comments and the contents of strings.
func schemaTokens(text string) []schemaToken {
	var out []schemaToken
	line := 1
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\n':
			line++
			i++
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case c == '#':
			for i < len(text) && text[i] != '\n' {
				i++
			}
		case c == '"':
			for i++; i < len(text) && text[i] != '"' && text[i] != '\n'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			i++
		case isWordByte(c) || c == '@':
			j := i + 1
			for j < len(text) && isWordByte(text[j]) {
				j++
			}
			out = append(out, schemaToken{text[i:j], line})
			i = j
		default:
			out = append(out, schemaToken{text[i : i+1], line})
			i++
		}
	}
	return out
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

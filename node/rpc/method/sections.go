package method

import "strings"

// sections is two columns of text, the right one aligned (struct Sections of
// src/rpc/util.cpp).
type sections struct {
	rows []section
	pad  int
}

type section struct{ left, right string }

func (s *sections) push(left, right string) {
	s.pad = max(s.pad, len(left))
	s.rows = append(s.rows, section{left, right})
}

// dropComma takes the comma off the last row, where JSON allows none.
func (s *sections) dropComma() {
	last := &s.rows[len(s.rows)-1]
	last.left = strings.TrimSuffix(last.left, ",")
}

// append renders the rows. Lines after the first of a right column keep its
// indentation; what the text itself indents them by is dropped.
func (s *sections) append(b *strings.Builder) {
	width := s.pad + 4
	indent := strings.Repeat(" ", width)
	for _, r := range s.rows {
		b.WriteString(r.left)
		if r.right != "" {
			b.WriteString(indent[:width-len(r.left)])
			for i, line := range strings.Split(r.right, "\n") {
				if i > 0 {
					b.WriteString("\n" + indent)
					line = strings.TrimLeft(line, " ")
				}
				b.WriteString(line)
			}
		}
		b.WriteByte('\n')
	}
}

// outer is the container that a part is shown in; only the parts of an object
// have a key.
type outer uint8

const (
	top outer = iota
	inArr
	inObj
)

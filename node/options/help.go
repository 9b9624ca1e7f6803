package options

import (
	"fmt"
	"slices"
	"strings"
)

// The layout of the help, that of Dash Core (HelpMessageOpt).
const (
	screenWidth  = 79
	optionIndent = 2
	textIndent   = 7
)

// Help returns the list of a program's options, by category and name. Options
// for debugging are in it only if debug is set, hidden ones never. The line
// with the version and the usage are the program's own.
func Help(program Program, debug bool) string {
	rows := Table(program)
	slices.SortStableFunc(rows, func(a, b Option) int {
		if a.Category != b.Category {
			return int(a.Category) - int(b.Category)
		}
		return strings.Compare(a.Name, b.Name)
	})
	var b strings.Builder
	current := Hidden
	for _, o := range rows {
		if o.Category == Hidden || (o.Has(DebugOnly) && !debug) {
			continue
		}
		if o.Category != current {
			current = o.Category
			b.WriteString(current.Title() + "\n\n")
		}
		b.WriteString(o.help())
	}
	return b.String()
}

// Syntax returns how the option is written: "-name=<n>", or the word of a
// command.
func (o *Option) Syntax() string {
	if o.Flags&(Command|Register) != 0 {
		return o.Name + o.Param
	}
	return "-" + o.Name + o.Param
}

// Describe returns the help text with the default and the state of support, in
// one line.
func (o *Option) Describe() string {
	s := o.Help
	if d := o.shownDefault(); d != "" {
		s += " (default: " + d + ")"
	}
	switch o.Support {
	case Harmless:
		s += " [no effect in this build]"
	case Later:
		s += " [not supported yet]"
	}
	return s
}

func (o *Option) shownDefault() string {
	if o.Note != "" {
		return o.Note
	}
	nets := strings.Split(o.Default, "|")
	if len(nets) != 4 {
		return o.Default
	}
	shown := nets[0]
	for i, n := range []string{"testnet", "devnet", "regtest"} {
		if nets[i+1] != nets[0] {
			shown += fmt.Sprintf(", %s: %s", n, nets[i+1])
		}
	}
	return shown
}

func (o *Option) help() string {
	return strings.Repeat(" ", optionIndent) + o.Syntax() + "\n" +
		wrap(o.Describe(), screenWidth, textIndent) + "\n\n"
}

// wrap breaks s at blanks into lines of at most width bytes, indent included.
// A word that is longer has a line of its own.
func wrap(s string, width, indent int) string {
	margin := strings.Repeat(" ", indent)
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(s) {
		switch {
		case column == 0:
			b.WriteString(margin)
			column = indent
		case column+1+len(word) > width:
			b.WriteString("\n" + margin)
			column = indent
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

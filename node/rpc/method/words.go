package method

import (
	_ "embed"
	"strconv"
	"strings"
)

//go:embed words.tsv
var wordsTSV string

// word is a parameter of a method that is not in the table, as the command line
// has to know it.
type word struct {
	index int
	name  string
	form  CLIForm
}

// foreign returns the parameters that are JSON on the command line of a method
// of Dash Core. dash-cli may talk to a node which has methods that this build
// lacks; the rows of a Table go first.
func foreign(name string) []word {
	for line := range strings.Lines(wordsTSV) {
		method, list, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		if method == name {
			return words(list)
		}
	}
	return nil
}

func words(list string) []word {
	var out []word
	for _, field := range strings.Split(list, "\t") {
		parts := strings.Split(field, ":")
		index, err := strconv.Atoi(parts[0])
		if err != nil || len(parts) < 2 {
			continue // TestWords: there is none
		}
		w := word{index, parts[1], AlwaysJSON}
		if len(parts) > 2 {
			w.form = JSONIfBracket
		}
		out = append(out, w)
	}
	return out
}

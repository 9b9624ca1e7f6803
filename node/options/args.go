package options

import (
	"strings"
)

// commandLine is a parsed command line.
type commandLine struct {
	values map[string][]Value
	// words are the first word without a dash and everything after it.
	words []string
	notes []string
}

// parseArgs reads a command line without the program's name (Dash Core:
// ArgsManager::ParseParameters).
func parseArgs(t *table, args []string) (*commandLine, error) {
	c := &commandLine{values: map[string][]Value{}}
	for i, arg := range args {
		if arg == "-" { // dash-tx: the transaction is on standard input
			break
		}
		if !strings.HasPrefix(arg, "-") {
			word, _, _ := strings.Cut(arg, "=")
			if !t.anyCommand && !t.command(word) {
				return nil, textf("Invalid command '%s'", arg)
			}
			c.words = append(c.words, args[i:]...)
			break
		}
		if err := c.add(t, arg); err != nil {
			return nil, err
		}
	}
	if v := c.values["includeconf"]; len((span{values: v}).live()) > 0 {
		first := (span{values: v}).live()[0]
		return nil, textf("-includeconf cannot be used from commandline; -includeconf=%s", first.JSON())
	}
	return c, nil
}

func (c *commandLine) add(t *table, arg string) error {
	name, text, given := strings.Cut(arg, "=")
	name = strings.TrimPrefix(name, "-")
	name = strings.TrimPrefix(name, "-")
	k := parseKey(name)
	o, known := t.option(k.name)
	if !known || k.section != "" {
		return textf("Invalid parameter %s", arg)
	}
	v, note, err := interpret(k, text, given, o)
	if err != nil {
		return err
	}
	if note != "" {
		c.notes = append(c.notes, note)
	}
	c.values[k.name] = append(c.values[k.name], v)
	return nil
}

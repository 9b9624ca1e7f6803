package options

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
)

// MaxFileBytes bounds each configuration file and settings.json. Dash Core has
// no bound; real files are a few kilobytes.
const MaxFileBytes = 1 << 20

// Section is a section name that appeared in a configuration file.
type Section struct {
	Name string
	File string
	Line int
}

// confEntry is one "name=value" line; the name carries its section.
type confEntry struct{ name, value string }

const confBlanks = " \t\r\n"

// parseConf reads one configuration file (Dash Core: GetConfigOptions).
func parseConf(data []byte, file string) ([]confEntry, []Section, error) {
	var entries []confEntry
	var sections []Section
	prefix := ""
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, MaxFileBytes+1)
	lines.Split(splitLines)
	for n := 1; lines.Scan(); n++ {
		text, _, hash := strings.Cut(lines.Text(), "#")
		text = strings.Trim(text, confBlanks)
		if text == "" {
			continue
		}
		if text[0] == '[' && text[len(text)-1] == ']' {
			name := text[1 : len(text)-1]
			sections = append(sections, Section{name, file, n})
			prefix = name + "."
			continue
		}
		e, err := parseConfLine(text, prefix, n, hash)
		if err != nil {
			return nil, nil, err
		}
		entries = append(entries, e)
		if dot := strings.LastIndexByte(e.name, '.'); dot >= len(prefix) {
			sections = append(sections, Section{e.name[:dot], file, n})
		}
	}
	if err := lines.Err(); err != nil {
		return nil, nil, err
	}
	return entries, sections, nil
}

// splitLines ends lines at \n only: bufio.ScanLines would also take a \r off,
// which is done by trimming, but only where Dash Core trims.
func splitLines(data []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

func parseConfLine(text, prefix string, line int, hash bool) (confEntry, error) {
	if text[0] == '-' {
		return confEntry{}, textf("parse error on line %d: %s, options in configuration file must be specified without leading -", line, text)
	}
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		hint := ""
		if strings.HasPrefix(text, "no") {
			hint = fmt.Sprintf(", if you intended to specify a negated option, use %s=1 instead", text)
		}
		return confEntry{}, textf("parse error on line %d: %s%s", line, text, hint)
	}
	name = prefix + strings.Trim(name, confBlanks)
	if hash && strings.Contains(name, "rpcpassword") {
		return confEntry{}, textf("parse error on line %d, using # in rpcpassword can be ambiguous and should be avoided", line)
	}
	return confEntry{name, strings.Trim(value, confBlanks)}, nil
}

// confReader collects the values of dash.conf and of the files it includes.
type confReader struct {
	t        *table
	values   map[string]map[string][]Value
	sections []Section
	notes    []string
}

// read takes in one file (Dash Core: ArgsManager::ReadConfigStream).
func (r *confReader) read(data []byte, file string) error {
	entries, sections, err := parseConf(data, file)
	r.sections = append(r.sections, sections...)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := r.add(e); err != nil {
			return err
		}
	}
	return nil
}

func (r *confReader) add(e confEntry) error {
	k := parseKey(e.name)
	switch k.name {
	case "conf":
		return textf("conf cannot be set in the configuration file; use includeconf= if you want to include additional config files")
	case "reindex":
		r.notes = append(r.notes, "Warning: reindex=1 is set in the configuration file, which will significantly slow down startup. "+
			"Consider removing or commenting out this option for better performance, unless there is currently a condition which makes rebuilding the indexes necessary")
	}
	o, known := r.t.option(k.name)
	if !known {
		r.notes = append(r.notes, "Ignoring unknown configuration value "+e.name)
		return nil
	}
	v, note, err := interpret(k, e.value, true, o)
	if err != nil {
		return err
	}
	if note != "" {
		r.notes = append(r.notes, note)
	}
	if r.values[k.section] == nil {
		r.values[k.section] = map[string][]Value{}
	}
	r.values[k.section][k.name] = append(r.values[k.section][k.name], v)
	return nil
}

// includes returns the files that section names, after the first skip values,
// and how many values there are.
func (r *confReader) includes(section string, skip int) ([]string, int) {
	values := r.values[section]["includeconf"]
	var names []string
	for i := max(skip, (span{values: values}).negated()); i < len(values); i++ {
		names = append(names, values[i].Text())
	}
	return names, len(values)
}

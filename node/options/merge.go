package options

// source is where a setting came from, in order of precedence.
type source uint8

const (
	fromForced source = iota
	fromCommandLine
	fromSettings
	fromNetworkSection
	fromDefaultSection
)

func (s source) isConf() bool { return s == fromNetworkSection || s == fromDefaultSection }

// sources holds everything that was given, unmerged.
type sources struct {
	forced      map[string]Value
	commandLine map[string][]Value
	settings    map[string]Value
	// conf is by section ("" is the top part), then by name.
	conf map[string]map[string][]Value
}

func newSources() *sources {
	return &sources{
		forced:      map[string]Value{},
		commandLine: map[string][]Value{},
		settings:    map[string]Value{},
		conf:        map[string]map[string][]Value{},
	}
}

// span is what one source says about one option.
type span struct {
	from   source
	values []Value
}

// negated returns how many values up to and including the last negation.
func (s span) negated() int {
	for i := len(s.values); i > 0; i-- {
		if s.values[i-1].isFalse() {
			return i
		}
	}
	return 0
}

func (s span) lastNegated() bool {
	return len(s.values) > 0 && s.values[len(s.values)-1].isFalse()
}

// live are the values after the last negation.
func (s span) live() []Value { return s.values[s.negated():] }

// spans returns what is said about name, highest precedence first (Dash Core:
// MergeSettings).
func (s *sources) spans(section, name string) []span {
	var all []span
	if v, ok := s.forced[name]; ok {
		all = append(all, span{fromForced, []Value{v}})
	}
	if v, ok := s.commandLine[name]; ok {
		all = append(all, span{fromCommandLine, v})
	}
	if v, ok := s.settings[name]; ok {
		all = append(all, span{fromSettings, []Value{v}})
	}
	if section != "" {
		if v, ok := s.conf[section][name]; ok {
			all = append(all, span{fromNetworkSection, v})
		}
	}
	if v, ok := s.conf[""][name]; ok {
		all = append(all, span{fromDefaultSection, v})
	}
	return all
}

// query says how one option is looked up.
type query struct {
	section string
	// skipTop ignores the top part of dash.conf (network-only options).
	skipTop bool
	// chainName is set when the answer selects the chain: then the last value
	// in dash.conf counts, and negations are ignored.
	chainName bool
}

// get returns the one value that counts; Null if nothing was said (Dash Core:
// util::GetSetting). Kept oddities: the first value wins in dash.conf, and a
// negation in the top part counts even for a network-only option.
func (s *sources) get(name string, q query) Value {
	for _, sp := range s.spans(q.section, name) {
		if q.skipTop && sp.from == fromDefaultSection && !sp.lastNegated() {
			continue
		}
		if q.chainName && sp.lastNegated() {
			continue
		}
		if live := sp.live(); len(live) > 0 {
			if sp.from.isConf() && !q.chainName {
				return live[0]
			}
			return live[len(live)-1]
		}
		if sp.lastNegated() {
			return boolValue(false)
		}
	}
	return Value{}
}

// list returns all values that count (Dash Core: util::GetSettingsList). Kept
// oddity: values of dash.conf come back when a negation on the command line is
// followed by another value there.
func (s *sources) list(name string, q query) []Value {
	var result []Value
	done, negatedEmpty := false, false
	for _, sp := range s.spans(q.section, name) {
		if q.skipTop && sp.from == fromDefaultSection {
			continue
		}
		if !done || (sp.from.isConf() && !negatedEmpty) {
			for _, v := range sp.live() {
				if v.kind == Array {
					result = append(result, v.list...)
				} else {
					result = append(result, v)
				}
			}
		}
		done = done || sp.negated() > 0 || sp.from == fromForced
		negatedEmpty = negatedEmpty || (sp.lastNegated() && len(result) == 0)
	}
	return result
}

// onlyInTop reports whether name is set in the top part of dash.conf and
// nowhere else (Dash Core: OnlyHasDefaultSectionSetting).
func (s *sources) onlyInTop(section, name string) bool {
	top := false
	for _, sp := range s.spans(section, name) {
		if len(sp.live()) == 0 {
			continue
		}
		if sp.from != fromDefaultSection {
			return false
		}
		top = true
	}
	return top
}

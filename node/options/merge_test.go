package options

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// The three digests below are those of Dash Core's own regression tests
// (src/test/settings_tests.cpp Merge, src/test/argsman_tests.cpp util_ArgsMerge
// and util_ChainMerge): the double SHA-256 over one line of outcome for every
// combination of sources. A single differing combination changes them.
const (
	settingsMergeDigest = "79db02d74e3e193196541b67c068b40ebd0c124a24b3ecbe9cbf7e85b1c4ba7a"
	argsMergeDigest     = "c78db4195fcbe4cf3f535f9a72b963bba77fd36099da29dfb8845291a2cf760a"
	chainMergeDigest    = "1cd2697d1665d086f15ed18b3333bc356c3d39ba490589dc58afd8fc2f457731"
)

// action is one thing that a source says in the regression tests; 0 is the end
// of the list.
type action int

const (
	set action = iota + 1
	negate
	sectionSet
	sectionNegate
)

// sequences returns all lists of actions from 1 to last, at most length long,
// without the same action twice in a row, in the order of Dash Core's
// ForEachNoDup: a counter whose first digit turns fastest.
func sequences(last action, length int) [][]action {
	var all [][]action
	digits := make([]action, length)
	for {
		if s, ok := prefix(digits); ok {
			all = append(all, s)
		}
		i := 0
		for ; i < length; i++ {
			more := digits[i] != last
			digits[i]++
			if !more {
				digits[i] = 1
			}
			if more {
				break
			}
		}
		if i == length {
			return all
		}
	}
}

func prefix(digits []action) ([]action, bool) {
	var s []action
	for i, d := range digits {
		if i > 0 && d == digits[i-1] && d != 0 {
			return nil, false
		}
		if d == 0 {
			// What follows an end must be an end, else the list came up before.
			for _, rest := range digits[i:] {
				if rest != 0 {
					return nil, false
				}
			}
			break
		}
		s = append(s, d)
	}
	return s, true
}

func checkDigest(t *testing.T, lines []string, want string) {
	t.Helper()
	once := sha256.Sum256([]byte(strings.Join(lines, "")))
	twice := sha256.Sum256(once[:])
	if got := hex.EncodeToString(twice[:]); got != want {
		t.Errorf("digest of %d outcomes is %s, Dash Core's is %s; the first:\n%s", len(lines), got, want, strings.Join(lines[:20], ""))
	}
}

func TestSettingsMergeIsDashCores(t *testing.T) {
	var lines []string
	for _, args := range sequences(negate, 3) {
		for _, conf := range sequences(sectionNegate, 3) {
			for _, force := range []bool{false, true} {
				for _, skipTop := range []bool{false, true} {
					lines = append(lines, settingsMergeLine(args, conf, force, skipTop))
				}
			}
		}
	}
	checkDigest(t, lines, settingsMergeDigest)
}

func settingsMergeLine(args, conf []action, force, skipTop bool) string {
	s := newSources()
	name := "server"
	if skipTop {
		name = "wallet"
	}
	var desc strings.Builder
	suffix := 0
	values := func(a action, value, where string) (all []Value) {
		if a == negate || a == sectionNegate {
			fmt.Fprintf(&desc, " %sno%s", where, name)
			return []Value{boolValue(false)}
		}
		for range 2 {
			suffix++
			v := fmt.Sprintf("%s%d", value, suffix)
			fmt.Fprintf(&desc, " %s%s=%s", where, name, v)
			all = append(all, stringValue(v))
		}
		return all
	}
	if force {
		s.forced[name] = stringValue("forced")
		desc.WriteString(" " + name + "=forced")
	}
	for _, a := range args {
		s.commandLine[name] = append(s.commandLine[name], values(a, "a", "-")...)
	}
	for _, a := range conf {
		section, where := "", ""
		if a == sectionSet || a == sectionNegate {
			section, where = sectionMain, "main."
		}
		if s.conf[section] == nil {
			s.conf[section] = map[string][]Value{}
		}
		s.conf[section][name] = append(s.conf[section][name], values(a, "c", where)...)
	}
	q := query{section: sectionMain, skipTop: skipTop}
	desc.WriteString(" || " + s.get(name, q).JSON() + " |")
	for _, v := range s.list(name, q) {
		desc.WriteString(" " + v.JSON())
	}
	desc.WriteString(" |")
	if s.onlyInTop(sectionMain, name) {
		desc.WriteString(" ignored")
	}
	return desc.String() + "\n"
}

func TestArgsMergeIsDashCores(t *testing.T) {
	var lines []string
	chains := []string{sectionMain, sectionTest, sectionDevnet}
	for _, args := range sequences(negate, 3) {
		for _, conf := range sequences(sectionNegate, 3) {
			for bits := range 4 {
				for _, section := range chains {
					for _, network := range chains {
						for _, netOnly := range []bool{false, true} {
							m := argsMerge{args, conf, bits&2 != 0, bits&1 != 0, section, network, netOnly}
							lines = append(lines, m.line(t))
						}
					}
				}
			}
		}
	}
	checkDigest(t, lines, argsMergeDigest)
}

type argsMerge struct {
	args, conf       []action
	soft, force      bool
	section, network string
	netOnly          bool
}

func (m argsMerge) values(actions []action, name, value string) []string {
	var all []string
	suffix := 0
	for _, a := range actions {
		where := ""
		if a == sectionSet || a == sectionNegate {
			where = m.section + "."
		}
		if a == negate || a == sectionNegate {
			all = append(all, where+"no"+name+"=1")
			continue
		}
		for range 2 {
			suffix++
			all = append(all, fmt.Sprintf("%s%s=%s%d", where, name, value, suffix))
		}
	}
	return all
}

// line drives the command line parser, the file parser and the accessors as
// one, on a table with the one option that Dash Core's test registers.
func (m argsMerge) line(t *testing.T) string {
	name, flags := "server", Flags(0)
	if m.netOnly {
		name, flags = "wallet", NetworkOnly
	}
	row := Option{Name: name, Flags: flags}
	c := &Config{
		table: &table{rows: []Option{row}, byName: map[string]*Option{name: &row}, anyCommand: true},
		src:   newSources(), chain: chain{section: m.network},
	}
	desc := "net=" + m.network
	var args []string
	for _, v := range m.values(m.args, name, "a") {
		args = append(args, "-"+v)
		desc += " -" + v
	}
	line, err := parseArgs(c.table, args)
	if err != nil {
		t.Fatal(err)
	}
	c.src.commandLine = line.values
	conf := m.values(m.conf, name, "c")
	for _, v := range conf {
		desc += " " + v
	}
	r := &confReader{t: c.table, values: c.src.conf}
	if err := r.read([]byte(strings.Join(conf, "\n")), "filepath"); err != nil {
		t.Fatal(err)
	}
	if m.soft {
		desc += " soft"
		c.softSet(name, "soft1")
		c.softSet(name, "soft2")
	}
	if m.force {
		desc += " force"
		c.src.forced[name] = stringValue("force2")
	}
	return desc + " || " + outcome(c, name) + "\n"
}

func outcome(c *Config, name string) string {
	desc := ""
	switch {
	case !c.IsSet(name):
		desc = "unset"
	case c.IsNegated(name):
		desc = "negated"
	default:
		desc = c.StringOr(name, "default") + " |"
		for _, v := range c.Strings(name) {
			desc += " " + v
		}
	}
	if c.row(name).Has(NetworkOnly) && c.chain.section != sectionMain && c.src.onlyInTop(c.chain.section, name) {
		desc += " | ignored -" + name
	}
	return desc
}

func TestChainMergeIsDashCores(t *testing.T) {
	texts := []string{"", "-testnet=1", "-testnet=0", "-notestnet=1", "-regtest=1", "-regtest=0", "-noregtest=1"}
	var lines []string
	for _, args := range sequences(6, 2) {
		for _, conf := range sequences(6, 2) {
			tab := newTable(DashCLI)
			desc := ""
			var words []string
			for _, a := range args {
				words = append(words, texts[a])
				desc += " " + texts[a]
			}
			line, err := parseArgs(tab, words)
			if err != nil {
				t.Fatal(err)
			}
			s := newSources()
			s.commandLine = line.values
			r := &confReader{t: tab, values: s.conf}
			for _, a := range conf {
				desc += " " + texts[a][1:]
				if err := r.read([]byte(texts[a][1:]), "filepath"); err != nil {
					t.Fatal(err)
				}
			}
			chosen, err := s.chainSection()
			if err != nil {
				chosen = "error: " + err.Error()
			}
			lines = append(lines, desc+" || "+chosen+"\n")
		}
	}
	checkDigest(t, lines, chainMergeDigest)
}

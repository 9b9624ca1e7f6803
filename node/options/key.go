package options

import (
	"fmt"
	"math"
	"strings"
)

// key is "name", "noname", "section.name" or "section.noname" taken apart
// (Dash Core: InterpretKey).
type key struct {
	name    string
	section string
	negated bool
}

func parseKey(s string) key {
	var k key
	if section, name, ok := strings.Cut(s, "."); ok {
		k.section, s = section, name
	}
	if rest, ok := strings.CutPrefix(s, "no"); ok {
		k.negated, s = true, rest
	}
	k.name = s
	return k
}

// interpret turns a key and its text into a value; given says whether there
// was a text at all. The note, if any, belongs in the log.
func interpret(k key, text string, given bool, o *Option) (v Value, note string, err error) {
	if k.negated {
		if o.Has(NoNegation) {
			return Value{}, "", textf("Negating of -%s is meaningless and therefore forbidden", k.name)
		}
		if given && !interpretBool(text) {
			shown := text
			if o.Has(Sensitive) {
				shown = "****"
			}
			return boolValue(true), fmt.Sprintf("Warning: parsed potentially confusing double-negative -%s=%s", k.name, shown), nil
		}
		return boolValue(false), "", nil
	}
	if !given && o.Has(NeedsValue) {
		return Value{}, "", textf("Can not set -%s with no value. Please specify value with -%s=value.", k.name, k.name)
	}
	return stringValue(text), "", nil
}

// interpretBool: an option without a value is true, one with a value is true
// if that is a number other than 0. "true" is therefore false, as in Dash Core.
func interpretBool(s string) bool { return s == "" || atoi(s, math.MinInt32, math.MaxInt32) != 0 }

// atoi is C's atoi made total: leading blanks and one sign, digits as far as
// they go, 0 if there are none, clamped to the given range.
func atoi(s string, lowest, highest int64) int64 {
	s = strings.Trim(s, " \f\n\r\t\v")
	if rest, ok := strings.CutPrefix(s, "+"); ok {
		if strings.HasPrefix(rest, "-") {
			return 0
		}
		s = rest
	}
	negative := false
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		negative, s = true, rest
	}
	var n uint64
	const ceiling = uint64(math.MaxInt64) + 1
	for i := 0; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		if n > ceiling/10 {
			n = ceiling
			break
		}
		n = min(n*10+uint64(s[i]-'0'), ceiling)
	}
	if negative {
		if n >= ceiling {
			return lowest
		}
		return max(-int64(n), lowest)
	}
	if n >= ceiling {
		return highest
	}
	return min(int64(n), highest)
}

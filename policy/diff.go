package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Change is one difference between two specs.
type Change struct {
	// Area is "rule", "part", "limit", "landlock", "boot", "dynamic", "option",
	// "call" or "program".
	Area string `json:"area"`
	// Old and New are the entry in each spec, "" where it is missing.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
}

// String is the change as one or two lines, each after - or +.
func (c Change) String() string {
	var lines []string
	if c.Old != "" {
		lines = append(lines, "- "+c.Area+" "+c.Old)
	}
	if c.New != "" {
		lines = append(lines, "+ "+c.Area+" "+c.New)
	}
	return strings.Join(lines, "\n")
}

// entry is one comparable line of a spec; key pairs old and new.
type entry struct{ area, key, text string }

// Diff returns what differs between two specs in power: reasons and purposes
// are not compared. Rules are compared over all parts.
func Diff(old, new *Spec) []Change {
	before, after := entries(old), entries(new)
	var changes []Change
	for _, a := range before {
		i := slices.IndexFunc(after, func(b entry) bool { return a.area == b.area && a.key == b.key })
		switch {
		case i < 0:
			changes = append(changes, Change{Area: a.area, Old: a.text})
		case after[i].text != a.text:
			changes = append(changes, Change{Area: a.area, Old: a.text, New: after[i].text})
		}
	}
	for _, b := range after {
		if !slices.ContainsFunc(before, func(a entry) bool { return a.area == b.area && a.key == b.key }) {
			changes = append(changes, Change{Area: b.area, New: b.text})
		}
	}
	return changes
}

// entries flattens a spec. Conditions are compared without their names.
func entries(s *Spec) []entry {
	all := []entry{{"program", "program", s.Program}}
	for _, r := range s.Rules() {
		r.Args = slices.Clone(r.Args)
		for i := range r.Args {
			r.Args[i].Name = ""
		}
		all = append(all, entry{"rule", r.String(), r.String()})
	}
	for _, l := range s.Limits {
		all = append(all, entry{"limit", l.Name, fmt.Sprintf("%s soft %d hard %d", l.Name, l.Soft, l.Hard)})
	}
	for _, set := range [][]LandlockRight{s.Landlock.FS, s.Landlock.Net, s.Landlock.Scoped} {
		for _, r := range set {
			all = append(all, entry{"landlock", r.Name, fmt.Sprintf("%s denied from ABI %d", r.Name, r.ABI)})
		}
	}
	for _, c := range s.Boot {
		all = append(all, entry{"boot", c.Name, c.String()})
	}
	for _, c := range s.Dynamic {
		all = append(all, entry{"dynamic", c.Name, c.String()})
	}
	for _, o := range s.Options {
		text := o.Name
		if o.Secret {
			text += " (as a secret)"
		}
		all = append(all, entry{"option", o.Name, text})
	}
	for _, r := range s.MayCall {
		all = append(all, entry{"call", string(r), string(r)})
	}
	return all
}

// String is the class without its reason.
func (c FDClass) String() string {
	count := fmt.Sprintf("%d to %d", c.Min, c.Max)
	if c.Min == c.Max {
		count = fmt.Sprint(c.Min)
	}
	text := fmt.Sprintf("%s: %s of %s, %s, from %s", c.Name, count, c.Kind, c.Access, c.Source)
	if c.Seals != 0 {
		text += fmt.Sprintf(", seals %#x", c.Seals)
	}
	return text
}

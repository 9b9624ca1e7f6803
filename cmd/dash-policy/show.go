package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"dashmp/policy"
)

func roles(_ context.Context, a arguments, out io.Writer) error {
	type row struct {
		Role    policy.Role `json:"role"`
		Program string      `json:"program"`
		Rules   int         `json:"rules"`
		Purpose string      `json:"purpose"`
	}
	var rows []row
	for _, s := range policy.All() {
		rows = append(rows, row{s.Role, s.Program, len(s.RulesFor(a.arch)), s.Purpose})
	}
	if a.json {
		return writeJSON(out, rows)
	}
	for _, r := range rows {
		fmt.Fprintf(out, "%-8s %-15s %3d rules  %s\n", r.Role, r.Program, r.Rules, r.Purpose)
	}
	return nil
}

func show(_ context.Context, a arguments, out io.Writer) error {
	s, err := specOf(a.words[0])
	if err != nil {
		return err
	}
	if a.json {
		return writeJSON(out, s)
	}
	fmt.Fprintf(out, "%s (%s): %s\n", s.Role, s.Program, s.Purpose)
	showEdges(out, s.Role)
	fmt.Fprintf(out, "\nSystem calls; every other one kills the process\n")
	for _, p := range s.Parts {
		fmt.Fprintf(out, "  %s: %s\n", p.Name, p.Reason)
		for _, r := range p.Rules {
			fmt.Fprintf(out, "    %s\n        %s\n", r, r.Reason)
		}
	}
	fmt.Fprintf(out, "\nLandlock: %s\n", s.Landlock.Reason)
	for _, set := range []struct {
		name   string
		rights []policy.LandlockRight
	}{{"files", s.Landlock.FS}, {"network", s.Landlock.Net}, {"scopes", s.Landlock.Scoped}} {
		fmt.Fprintf(out, "  %s, all denied: %s\n", set.name, rightNames(set.rights))
	}
	fmt.Fprintf(out, "\nLimits\n")
	for _, l := range s.Limits {
		fmt.Fprintf(out, "  %-9s %12d  %s\n", l.Name, l.Hard, l.Reason)
	}
	showClasses(out, "Descriptors at the start, exactly", s.Boot)
	showClasses(out, "Descriptors later", s.Dynamic)
	fmt.Fprintf(out, "\nOptions\n")
	for _, o := range s.Options {
		how := ""
		if o.Secret {
			how = " (as secret memory)"
		}
		fmt.Fprintf(out, "  -%s%s: %s\n", o.Name, how, o.Reason)
	}
	if len(s.Options) == 0 {
		fmt.Fprintf(out, "  none\n")
	}
	return nil
}

func showEdges(out io.Writer, role policy.Role) {
	for _, e := range policy.Graph() {
		if e.From == role {
			fmt.Fprintf(out, "  may call      %-10s %s\n", e.To, edgeText(e))
		}
	}
	for _, e := range policy.Graph() {
		if e.To == role {
			fmt.Fprintf(out, "  is called by  %-10s %s\n", e.From, edgeText(e))
		}
	}
}

func edgeText(e policy.Edge) string {
	text := strings.Join(e.Interfaces, ", ")
	if len(e.Callbacks) > 0 {
		text += ", which may call back " + strings.Join(e.Callbacks, ", ")
	}
	return text
}

func showClasses(out io.Writer, title string, classes []policy.FDClass) {
	fmt.Fprintf(out, "\n%s\n", title)
	for _, c := range classes {
		fmt.Fprintf(out, "  %s\n      %s\n", c, c.Reason)
	}
	if len(classes) == 0 {
		fmt.Fprintf(out, "  none\n")
	}
}

func rightNames(rights []policy.LandlockRight) string {
	var names []string
	for _, r := range rights {
		names = append(names, r.Name)
	}
	return strings.Join(names, " ")
}

package main

import (
	"context"
	"fmt"
	"io"

	"dashmp/policy"
)

func graph(_ context.Context, a arguments, out io.Writer) error {
	edges := policy.Graph()
	switch {
	case a.json:
		return writeJSON(out, edges)
	case a.dot:
		fmt.Fprintf(out, "digraph dash {\n\trankdir=LR;\n\tsupervisor [shape=box];\n")
		for _, e := range edges {
			fmt.Fprintf(out, "\t%s -> %s [label=%q];\n", e.From, e.To, edgeText(e))
		}
		fmt.Fprintf(out, "}\n")
	default:
		for _, e := range edges {
			fmt.Fprintf(out, "%-10s -> %-10s  %s\n%27s%s\n", e.From, e.To, edgeText(e), "", e.Reason)
		}
	}
	return nil
}

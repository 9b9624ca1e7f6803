// Package genfile is the main of a program that generates one file of Go.
package genfile

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// Generator makes one file.
type Generator struct {
	// Name is the directory of the program below policy/internal, File the file
	// below policy.
	Name, File string
	Generate   func() ([]byte, error)
	// Same, if set, reports whether a file that differs is as good.
	Same func(have []byte) bool
}

// Main writes the file, or with -check compares it, and exits.
func (g Generator) Main() {
	if err := g.run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", g.Name, err)
		os.Exit(1)
	}
}

func (g Generator) run(args []string) error {
	flags := flag.NewFlagSet(g.Name, flag.ContinueOnError)
	check := flags.Bool("check", false, "compare instead of writing")
	out := flags.String("out", filepath.Join("policy", g.File), "the file to write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	text, err := g.Generate()
	if err != nil {
		return err
	}
	if !*check {
		return os.WriteFile(*out, text, 0o644)
	}
	have, err := os.ReadFile(*out)
	if err != nil || bytes.Equal(have, text) || g.Same != nil && g.Same(have) {
		return err
	}
	return fmt.Errorf("%s is stale: run go run ./policy/internal/%s", *out, g.Name)
}

// Command docgen writes the manual pages and the completions for bash from the
// tables that the programs themselves use: the option table (node/options) and
// the method table (node/rpc/method). dash-policy has no option table; its page
// is made from its own help.
//
//	docgen [-check] -policy-help FILE [-man DIR] [-completion DIR]
//
// With -check it writes nothing, names each file that is not as it would write
// it on stderr, and exits with 1. hack/generate runs it.
//
// It opens no file but those it writes and the one named, and what it writes
// depends on its input only: pages carry no date.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"dashmp/node/options"
)

func main() {
	if err := run(os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "docgen:", err)
		os.Exit(1)
	}
}

// errStale is the outcome of -check for files that have been named already.
var errStale = errors.New("generated files are stale: run hack/generate")

func run(args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("docgen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	check := flags.Bool("check", false, "compare instead of writing")
	man := flags.String("man", "cmd/doc/man", "directory of the manual pages")
	completion := flags.String("completion", "cmd/doc/completion", "directory of the completions")
	policyHelp := flags.String("policy-help", "", "file with the help of dash-policy")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *policyHelp == "" || flags.NArg() > 0 {
		return errors.New("usage: docgen [-check] -policy-help FILE [-man DIR] [-completion DIR]")
	}
	help, err := os.ReadFile(*policyHelp)
	if err != nil {
		return err
	}
	if len(help) == 0 {
		return fmt.Errorf("%s is empty", *policyHelp)
	}
	return write(files(*man, *completion, string(help)), *check, stderr)
}

// files returns the content of every file by its path.
func files(man, completion, policyHelp string) map[string][]byte {
	out := map[string][]byte{}
	for _, p := range pages() {
		out[filepath.Join(man, p.name+".1")] = p.render(policyHelp)
	}
	for _, p := range []options.Program{options.DashNode, options.Dashd, options.DashCLI, options.DashTx, options.DashUtil} {
		out[filepath.Join(completion, string(p)+".bash")] = completionOf(p)
	}
	return out
}

// write writes the files, or names those that differ.
func write(files map[string][]byte, check bool, stderr io.Writer) error {
	var paths []string
	for p := range files {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	stale := false
	for _, p := range paths {
		if check {
			if have, err := os.ReadFile(p); err != nil || !bytes.Equal(have, files[p]) {
				fmt.Fprintln(stderr, "docgen: stale:", p)
				stale = true
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(p, files[p], 0o644); err != nil {
			return err
		}
	}
	if stale {
		return errStale
	}
	return nil
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

const usage = `Usage: dash-policy COMMAND [ARGUMENT...] [--OPTION...]

  roles                              the roles, one line each
  show ROLE                          all that a role may do, with reasons
  may ROLE SYSCALL [ARG...]          is this call allowed, and by which rule;
                                     ARG is a number, or "pid" for the own pid
  pfc ROLE                           the filter in libseccomp's readable form
  bpf ROLE --pid N [--out FILE]      the exact program of a process, and its digest
  diff A B                           what differs in power; A and B are roles or
                                     files written by show --json
  graph [--dot]                      who may call whom
  check PID [--role ROLE]            compare the kernel's filter of a running
                                     process with the compiled one (needs root)
  map [FILE] [--pids]                the process map, from what getisolationinfo
                                     answered (FILE, else standard input);
                                     --pids prints the role processes' ids

Options: --json (roles, show, may, bpf, diff, graph, check), --arch amd64|arm64,
--mode enforce|trace, --pid N.
`

// failure is an error with what the user can do about it.
type failure struct {
	err  error
	hint string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func fail(hint, format string, args ...any) error {
	return &failure{fmt.Errorf(format, args...), hint}
}

// errDiffers is the result of a check that was made and did not hold; its
// output says all there is to say.
var errDiffers = errors.New("the kernel's filter is not the compiled one")

// command is one row of the table of commands.
type command struct {
	// least and most are the numbers of positional arguments.
	least, most int
	// options are the names that the command takes.
	options string
	run     func(ctx context.Context, a arguments, out io.Writer) error
}

func commands() map[string]command {
	return map[string]command{
		"roles": {0, 0, "json", roles},
		"show":  {1, 1, "json", show},
		"may":   {2, 8, "json arch mode pid", may},
		"pfc":   {1, 1, "arch mode", pfc},
		"bpf":   {1, 1, "json arch mode pid out", program},
		"diff":  {2, 2, "json", diff},
		"graph": {0, 0, "json dot", graph},
		"check": {1, 1, "json role mode", check},
		"map":   {0, 1, "pids", processMap},
	}
}

// run is the whole program; it returns the exit code: 0, or 1 after an error or
// a check that did not hold.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	err := dispatch(ctx, args, stdout)
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "Error: %v\n", err)
	var f *failure
	if errors.As(err, &f) && f.hint != "" {
		fmt.Fprintf(stderr, "Hint: %s\n", f.hint)
	}
	return 1
}

func dispatch(ctx context.Context, args []string, stdout io.Writer) error {
	if len(args) == 0 {
		return fail("dash-policy help", "no command")
	}
	switch args[0] {
	case "help", "-h", "-help", "--help", "-?":
		_, err := io.WriteString(stdout, usage)
		return err
	}
	c, ok := commands()[args[0]]
	if !ok {
		return fail("dash-policy help lists the commands", "no command %q", args[0])
	}
	a, err := parse(args[1:], strings.Fields(c.options))
	if err != nil {
		return err
	}
	if n := len(a.words); n < c.least || n > c.most {
		return fail("dash-policy help", "%s: %d arguments", args[0], n)
	}
	return c.run(ctx, a, stdout)
}

// writeJSON writes a value for a program to read.
func writeJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

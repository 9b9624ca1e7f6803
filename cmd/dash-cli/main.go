package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"dashmp/node/options"
	"dashmp/node/options/hostfiles"
	"dashmp/node/rpc/method"
	"dashmp/sandbox/build"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr})) }

// stdio is what the program reads from and talks to.
type stdio struct {
	in       *os.File
	out, err io.Writer
}

// run is the program; it returns the exit code.
func run(ctx context.Context, args []string, io stdio) int {
	files, err := hostfiles.New()
	if err != nil {
		fmt.Fprintf(io.err, "Error: %v\n", err)
		return 1
	}
	conf, err := options.Parse(options.DashCLI, args, files)
	if err != nil {
		complain(io.err, err)
		return 1
	}
	for _, w := range conf.Warnings {
		fmt.Fprintln(io.err, w)
	}
	if len(args) == 0 || conf.Information() != options.None {
		return inform(conf, len(args) == 0, io)
	}
	c := &cli{conf: conf, table: method.Standard(), io: io, sleep: time.Sleep, now: time.Now, terminal: isTerminalWriter(io.out)}
	code, err := c.command(ctx)
	if err != nil {
		fmt.Fprintf(io.err, "error: %v\n", err)
		return 1
	}
	return code
}

// complain prints what is wrong with the options (AppInitRPC of
// src/bitcoin-cli.cpp).
func complain(w io.Writer, err error) {
	prefix := "Error: "
	if errors.Is(err, options.ErrCommandLine) || errors.Is(err, options.ErrConf) {
		prefix = ""
	}
	fmt.Fprintf(w, "%s%v\n", prefix, err)
	var e *options.Error
	if errors.As(err, &e) && e.Hint != "" {
		fmt.Fprintln(w, e.Hint)
	}
}

// fullVersion is the version as Dash Core writes it (FormatFullVersion).
func fullVersion() string { return "v" + build.Dash }

const usage = `
Usage:  dash-cli [options] <command> [params]  Send command to Dash Core
or:     dash-cli [options] -named <command> [name=value]...  Send command to Dash Core (with named arguments)
or:     dash-cli [options] help                List commands
or:     dash-cli [options] help <command>      Get help for a command

`

// inform prints the version or the help.
func inform(conf *options.Config, nothingSaid bool, io stdio) int {
	fmt.Fprintf(io.out, "Dash Core RPC client version %s\n", fullVersion())
	if conf.Information() == options.VersionRequested {
		return 0
	}
	fmt.Fprint(io.out, usage+options.Help(options.DashCLI, false))
	if nothingSaid {
		fmt.Fprintln(io.err, "Error: too few parameters")
		return 1
	}
	return 0
}

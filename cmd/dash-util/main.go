package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"dashmp/node/options"
	"dashmp/node/options/hostfiles"
	"dashmp/sandbox/build"
)

func main() { os.Exit(run(os.Args[1:], stdio{os.Stdout, os.Stderr})) }

// stdio is where the program talks.
type stdio struct{ out, err io.Writer }

const usage = `
Usage:  dash-util [options] [commands]  Do stuff

`

// run is the program; it returns the exit code.
func run(args []string, io stdio) int {
	files, err := hostfiles.New()
	if err != nil {
		fmt.Fprintf(io.err, "Error: %v\n", err)
		return 1
	}
	conf, err := options.Parse(options.DashUtil, args, files)
	if err != nil {
		prefix := "Error: "
		if errors.Is(err, options.ErrCommandLine) {
			prefix = ""
		}
		fmt.Fprintf(io.err, "%s%v\n", prefix, err)
		return 1
	}
	if conf.Information() != options.None {
		return inform(conf, io)
	}
	words := conf.Words()
	if len(words) == 0 {
		fmt.Fprintln(io.err, "Error: must specify a command")
		return 1
	}
	out, err := grind(words[1:], runtime.GOMAXPROCS(0)) // grind is the only command
	if err != nil {
		fmt.Fprintln(io.err, err)
		return 1
	}
	fmt.Fprintln(io.out, out)
	return 0
}

func inform(conf *options.Config, io stdio) int {
	fmt.Fprintf(io.out, "Dash Core dash-util utility version v%s\n", build.Dash)
	if conf.Information() == options.HelpRequested {
		fmt.Fprint(io.out, usage+options.Help(options.DashUtil, false))
	}
	return 0
}

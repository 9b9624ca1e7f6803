package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"dashmp/node/options"
	"dashmp/node/options/hostfiles"
	"dashmp/node/params"
	"dashmp/node/rawtx"
	"dashmp/node/wire"
	"dashmp/sandbox/build"
)

func main() { os.Exit(run(os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr})) }

// stdio is what the program reads from and talks to.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

const usage = `
Usage:  dash-tx [options] <hex-tx> [commands]  Update hex-encoded dash transaction
or:     dash-tx [options] -create [commands]   Create hex-encoded dash transaction

`

// text is an error whose wording is Dash Core's.
type text string

func (t text) Error() string { return string(t) }

func textf(format string, args ...any) error { return text(fmt.Sprintf(format, args...)) }

// run is the program; it returns the exit code.
func run(args []string, io stdio) int {
	files, err := hostfiles.New()
	if err != nil {
		fmt.Fprintf(io.err, "Error: %v\n", err)
		return 1
	}
	conf, err := options.Parse(options.DashTx, args, files)
	if err != nil {
		prefix := "Error: "
		if errors.Is(err, options.ErrCommandLine) {
			prefix = ""
		}
		fmt.Fprintf(io.err, "%s%v\n", prefix, err)
		return 1
	}
	if len(args) == 0 || conf.Information() != options.None {
		return inform(conf, len(args) == 0, io)
	}
	chain, err := params.Select(conf.Chain(), params.Options{})
	if err != nil {
		fmt.Fprintf(io.err, "Error: %v\n", err)
		return 1
	}
	e := &editor{base58: chain.Base58, tx: &wire.Tx{Version: 2}, registers: registers{}}
	if err := e.edit(io.in, words(args), conf.Bool("create")); err != nil {
		fmt.Fprintf(io.err, "error: %v\n", err)
		return 1
	}
	if err := e.print(io.out, conf); err != nil {
		fmt.Fprintf(io.err, "error: %v\n", err)
		return 1
	}
	return 0
}

// words skips the options; a dash alone is none.
func words(args []string) []string {
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		args = args[1:]
	}
	return args
}

func inform(conf *options.Config, nothingSaid bool, io stdio) int {
	fmt.Fprintf(io.out, "Dash Core dash-tx utility version v%s\n", build.Dash)
	if conf.Information() == options.VersionRequested {
		return 0
	}
	fmt.Fprint(io.out, usage+options.Help(options.DashTx, false))
	if nothingSaid {
		fmt.Fprintln(io.err, "Error: too few parameters")
		return 1
	}
	return 0
}

// maxInput bounds what is read from standard input and from files, in bytes.
const maxInput = 64 << 20

// edit takes the transaction and carries out the commands.
func (e *editor) edit(in io.Reader, args []string, create bool) error {
	if !create {
		if len(args) == 0 {
			return text("too few parameters")
		}
		encoded := args[0]
		if encoded == "-" {
			b, err := io.ReadAll(io.LimitReader(in, maxInput))
			if err != nil {
				return text("error reading stdin")
			}
			encoded = strings.Trim(string(b), " \f\n\r\t\v")
		}
		tx, ok := rawtx.DecodeHex(encoded)
		if !ok {
			return text("invalid transaction encoding")
		}
		e.tx, args = tx.Clone(), args[1:]
	}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		do, ok := commands[name]
		if !ok {
			return text("unknown command")
		}
		if err := do(e, value); err != nil {
			return err
		}
	}
	return nil
}

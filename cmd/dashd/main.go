package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"dashmp/cmd/internal/daemon"
	"dashmp/node/options"
	"dashmp/node/options/hostfiles"
	"dashmp/sandbox/broker/datadir"
	"dashmp/sandbox/broker/host"
)

// stdio is where the program talks.
type stdio struct {
	out, err *os.File
}

func main() {
	// Dash Core's umask: what the node writes is its owner's only.
	syscall.Umask(0o077)
	if err := run(context.Background(), os.Args[1:], os.Environ(), stdio{os.Stdout, os.Stderr}); err != nil {
		complain(os.Stderr, err)
		os.Exit(1)
	}
}

// run is the program. It returns when the node has stopped, or has not started.
func run(ctx context.Context, args, env []string, std stdio) error {
	parent, env := daemon.Inherit(env)
	defer parent.Close()
	files, err := hostfiles.New()
	if err != nil {
		return err
	}
	c, err := options.Parse(options.Dashd, args, files)
	if err != nil {
		return err
	}
	if inform(c, std.out) {
		return nil
	}
	if err := refuseSandbox(c); err != nil {
		return err
	}
	for _, w := range c.Warnings {
		fmt.Fprintln(std.err, w)
	}
	n := &process{c: c, env: env, std: std, parent: parent, data: host.DataDir(c, files.WorkDir())}
	if err := n.check(); err != nil {
		return err
	}
	if (c.Bool("daemon") || c.Bool("daemonwait")) && parent == nil {
		return daemon.Start(args, env, std.out, std.err)
	}
	return n.run(ctx)
}

// inform answers -version and -help.
func inform(c *options.Config, out io.Writer) bool {
	switch c.Information() {
	case options.VersionRequested:
		fmt.Fprintf(out, "%s\n\nDistributed under the MIT software license.\nThis is experimental software.\n", host.VersionLine())
	case options.HelpRequested:
		fmt.Fprintf(out, "%s\n\nUsage:  dashd [options]                     Start the node in one process, without isolation\n\n%s",
			host.VersionLine(), options.Help(options.Dashd, c.IsSet("help-debug")))
	default:
		return false
	}
	return true
}

// refuseSandbox: an operator who asks for isolation must not believe to have
// it.
func refuseSandbox(c *options.Config) error {
	if mode := c.String("sandbox"); c.IsSet("sandbox") && mode != "off" {
		return &options.Error{
			Kind: options.ErrValue,
			Text: fmt.Sprintf("-sandbox=%s is not possible: dashd is one process", mode),
			Hint: "run dash-node, or give -sandbox=off",
		}
	}
	return nil
}

// complain prints an error as Dash Core does (noui.cpp), with its hint.
func complain(w io.Writer, err error) {
	if errors.Is(err, daemon.ErrFailed) {
		return // said already
	}
	text := strings.TrimRight(err.Error(), "\n")
	if h := hint(err); h != "" {
		text += "; hint: " + h
	}
	fmt.Fprintln(w, host.ErrorText(text))
}

// hint returns what an error says beyond its text.
func hint(err error) string {
	var (
		opt *options.Error
		dir *datadir.Error
	)
	switch {
	case errors.As(err, &opt):
		return opt.Hint
	case errors.As(err, &dir):
		return dir.Hint
	}
	return ""
}

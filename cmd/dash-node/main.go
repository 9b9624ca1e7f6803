package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"dashmp/node/options"
	"dashmp/sandbox"
	"dashmp/sandbox/broker/datadir"
	"dashmp/sandbox/broker/host"
	"dashmp/sandbox/role"
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
func run(ctx context.Context, args, env []string, io stdio) error {
	if role.IsSpawned(args) {
		return becomeEcho(args)
	}
	return start(ctx, args, env, io)
}

// shownError has been shown already; the exit code is all that is left of it.
type shownError struct{ error }

// complain prints an error in one line, as Dash Core does (noui.cpp), with its
// hint.
func complain(w io.Writer, err error) {
	var shown shownError
	if errors.As(err, &shown) {
		return
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

// parseMode reads -sandbox.
func parseMode(c *options.Config) (sandbox.Mode, error) {
	return sandbox.ParseMode(c.String("sandbox"))
}

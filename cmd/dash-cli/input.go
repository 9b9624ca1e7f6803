package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// readInput returns the command and its arguments, with what -stdinrpcpass,
// -stdinwalletpassphrase and -stdin read from standard input, in this order.
func (c *cli) readInput() ([]string, error) {
	words := append([]string{}, c.conf.Words()...)
	in := bufio.NewReader(c.io.in)
	var err error
	if c.conf.Bool("stdinrpcpass") {
		if c.password, err = c.ask(in, "RPC password> "); err != nil {
			return nil, text("-stdinrpcpass specified but failed to read from standard input")
		}
	}
	if c.conf.Bool("stdinwalletpassphrase") {
		if len(words) < 1 || !strings.HasPrefix(words[0], "walletpassphrase") {
			return nil, text("-stdinwalletpassphrase is only applicable for walletpassphrase(change)")
		}
		pass, err := c.ask(in, "Wallet passphrase> ")
		if err != nil {
			return nil, text("-stdinwalletpassphrase specified but failed to read from standard input")
		}
		words = append([]string{words[0], pass}, words[1:]...)
	}
	if c.conf.Bool("stdin") {
		for {
			line, err := readLine(in)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
			words = append(words, line)
		}
		if isTerminal(c.io.in) {
			fmt.Fprintln(c.io.out)
		}
	}
	return words, nil
}

// ask reads a line that is not shown; on a terminal it prompts for it.
func (c *cli) ask(in *bufio.Reader, prompt string) (string, error) {
	if isTerminal(c.io.in) {
		restore := hideInput(c.io.in)
		defer restore()
		fmt.Fprint(c.io.err, prompt)
		defer fmt.Fprintln(c.io.out)
	}
	return readLine(in)
}

// readLine returns the next line without its end. The last need not have one;
// after it comes io.EOF.
func readLine(in *bufio.Reader) (string, error) {
	line, err := in.ReadString('\n')
	if errors.Is(err, io.EOF) && line != "" {
		err = nil
	}
	return strings.TrimSuffix(line, "\n"), err
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// isTerminalWriter reports whether what is written to w is seen on a terminal.
func isTerminalWriter(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isTerminal(f)
}

// hideInput switches the terminal's echo off and returns what restores it.
func hideInput(f *os.File) func() {
	fd := int(f.Fd())
	old, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return func() {}
	}
	hidden := *old
	hidden.Lflag &^= unix.ECHO
	_ = unix.IoctlSetTermios(fd, unix.TCSETS, &hidden)
	return func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, old) }
}

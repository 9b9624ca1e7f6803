package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"dashmp/node/options"
	"dashmp/node/rpc/method"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
)

// text is an error whose wording, capitals and full stops are Dash Core's.
type text string

func (t text) Error() string { return string(t) }

func textf(format string, args ...any) error { return text(fmt.Sprintf(format, args...)) }

// cli is one run of the program.
type cli struct {
	conf  *options.Config
	table *method.Table
	io    stdio
	// password is what -stdinrpcpass read.
	password string
	// terminal says whether the output goes to one.
	terminal bool
	sleep    func(time.Duration)
	now      func() time.Time
}

// command does what the command line asks for (CommandLineRPC) and returns the
// exit code.
func (c *cli) command(ctx context.Context) (int, error) {
	words, err := c.readInput()
	if err != nil {
		return 1, err
	}
	var x exchange
	switch {
	case c.conf.IsSet("getinfo"):
		x, err = c.getinfo(words)
	case c.conf.Bool("netinfo") && len(words) > 0 && words[0] == "help":
		fmt.Fprint(c.io.out, netinfoHelp)
		return 0, nil
	case c.conf.Bool("netinfo"):
		x, err = c.netinfo(words)
	case c.conf.Bool("generate"):
		var reply univalue.Value
		var ok bool
		if x, reply, ok, err = c.generate(ctx, words); err == nil && !ok {
			return c.show(reply), nil
		}
	case c.conf.Bool("addrinfo"):
		x, err = c.addrinfo(words)
	default:
		x, err = c.plain(words)
	}
	if err != nil {
		return 1, err
	}
	reply, err := c.callPatiently(ctx, x)
	if err == nil && c.conf.Bool("getinfo") && reply.Find("error").IsNull() {
		return c.showInfo(ctx, reply.Find("result"))
	}
	if err != nil {
		return 1, err
	}
	return c.show(reply), nil
}

// plain is the call that the words spell.
func (c *cli) plain(words []string) (exchange, error) {
	if len(words) == 0 {
		return exchange{}, text("too few parameters (need at least command)")
	}
	convert := c.table.ConvertPositional
	if c.conf.Bool("named") {
		convert = c.table.ConvertNamed
	}
	params, err := convert(words[0], words[1:])
	return exchange{body: request(words[0], params, 1), wallet: c.wallet()}, err
}

// wallet is the wallet that -rpcwallet names, nil if it was not given.
func (c *cli) wallet() *string {
	if !c.conf.IsSet("rpcwallet") {
		return nil
	}
	name := c.conf.StringOr("rpcwallet", "")
	return &name
}

// showInfo prints -getinfo for people.
func (c *cli) showInfo(ctx context.Context, info univalue.Value) (int, error) {
	var balances univalue.Value
	if c.wallet() == nil {
		var err error
		if balances, err = c.walletBalances(ctx); err != nil {
			return 1, err
		}
	}
	out, err := c.infoText(info, balances)
	if err != nil {
		return 1, err
	}
	fmt.Fprintln(c.io.out, out)
	return 0, nil
}

func toUTF8(s string) string { return strings.ToValidUTF8(s, "\ufffd") }

// noConnection is a failure that -rpcwait waits out.
type noConnection struct{ error }

// callPatiently makes the call, again and again with -rpcwait while nobody
// answers or the node is warming up (ConnectAndCallRPC).
func (c *cli) callPatiently(ctx context.Context, x exchange) (univalue.Value, error) {
	wait := c.conf.Bool("rpcwait")
	limit := time.Duration(c.conf.Int64("rpcwaittimeout")) * time.Second
	deadline := c.now().Add(limit)
	for {
		reply, err := c.call(ctx, x)
		if err == nil && wait && code(reply) == int64(rpcerr.InWarmup) {
			err = noConnection{text("server in warmup")}
		}
		var transient noConnection
		if !errors.As(err, &transient) {
			return reply, err
		}
		if !wait || limit > 0 && !c.now().Before(deadline) {
			return reply, textf("timeout on transient error: %v", err)
		}
		c.sleep(time.Second)
	}
}

// code returns the error code of a reply, 0 if it has none.
func code(reply univalue.Value) int64 {
	n, err := strconv.ParseInt(string(reply.Find("error").Find("code").Raw()), 10, 32)
	if err != nil {
		return 0
	}
	return n
}

// show prints a reply (ParseResult, ParseError) and returns the exit code:
// strings as they are, null not at all, everything else as indented JSON.
func (c *cli) show(reply univalue.Value) int {
	fail := reply.Find("error")
	if fail.IsNull() {
		switch result := reply.Find("result"); result.Kind() {
		case univalue.Null:
		case univalue.String:
			if s := result.Text(); s != "" {
				fmt.Fprintln(c.io.out, s)
			}
		default:
			fmt.Fprintf(c.io.out, "%s\n", result.AppendIndented(nil, 2))
		}
		return 0
	}
	if fail.Kind() != univalue.Object {
		fmt.Fprintf(c.io.err, "error: %s\n", fail.AppendCompact(nil))
		return 1
	}
	out := ""
	if v := fail.Find("code"); !v.IsNull() {
		out = "error code: " + string(v.Raw()) + "\n"
	}
	if v := fail.Find("message"); v.Kind() == univalue.String {
		out += "error message:\n" + v.Text()
	}
	n := code(reply)
	if n == int64(rpcerr.WalletNotSpecified) {
		out += "\nTry adding \"-rpcwallet=<filename>\" option to dash-cli command line."
	}
	fmt.Fprintln(c.io.err, out)
	switch {
	case n == 0: // an error without a code is none of a Dash node, but an error
		return 1
	case n < 0:
		return int(-n)
	default:
		return int(n)
	}
}

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
	sleep    func(time.Duration)
	now      func() time.Time
}

// command does what the command line asks for (CommandLineRPC) and returns the
// exit code.
func (c *cli) command(ctx context.Context) (int, error) {
	for _, later := range []string{"getinfo", "netinfo", "generate", "addrinfo"} {
		if c.conf.Bool(later) || later == "getinfo" && c.conf.IsSet(later) {
			return 1, textf("-%s is not supported yet by this build", later)
		}
	}
	words, err := c.readInput()
	if err != nil {
		return 1, err
	}
	if len(words) == 0 {
		return 1, text("too few parameters (need at least command)")
	}
	convert := c.table.ConvertPositional
	if c.conf.Bool("named") {
		convert = c.table.ConvertNamed
	}
	params, err := convert(words[0], words[1:])
	if err != nil {
		return 1, err
	}
	reply, err := c.callPatiently(ctx, request(words[0], params))
	if err != nil {
		return 1, err
	}
	return c.show(reply), nil
}

// request is the body of a call (JSONRPCRequestObj).
func request(name string, params []byte) []byte {
	b := univalue.AppendString([]byte(`{"method":`), strings.ToValidUTF8(name, "\ufffd"))
	b = append(append(b, `,"params":`...), params...)
	return append(b, `,"id":1}`+"\n"...)
}

// noConnection is a failure that -rpcwait waits out.
type noConnection struct{ error }

// callPatiently makes the call, again and again with -rpcwait while nobody
// answers or the node is warming up (ConnectAndCallRPC).
func (c *cli) callPatiently(ctx context.Context, body []byte) (univalue.Value, error) {
	wait := c.conf.Bool("rpcwait")
	limit := time.Duration(c.conf.Int64("rpcwaittimeout")) * time.Second
	deadline := c.now().Add(limit)
	for {
		reply, err := c.call(ctx, body)
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

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"dashmp/node/rpc/univalue"
)

// maxReply bounds what is read of an answer.
const maxReply = 1 << 30

// server is where to connect.
type server struct {
	host string
	port uint16
}

// address takes -rpcport, else the port of -rpcconnect, else the chain's.
func (c *cli) address() server {
	host, port := splitHostPort(c.conf.String("rpcconnect"), uint16(c.conf.Int64("rpcport")))
	if c.conf.IsSet("rpcport") {
		port = uint16(c.conf.Int64("rpcport"))
	}
	return server{host, port}
}

// splitHostPort takes the port off a host, if there is one (SplitHostPort of
// src/util/strencodings.cpp).
func splitHostPort(in string, port uint16) (string, uint16) {
	colon := strings.LastIndexByte(in, ':')
	if colon >= 0 {
		bracketed := in[0] == '[' && colon > 0 && in[colon-1] == ']'
		several := strings.IndexByte(in[:colon], ':') >= 0
		if colon == 0 || bracketed || !several {
			if n, err := strconv.ParseUint(in[colon+1:], 10, 16); err == nil {
				in = in[:colon]
				if n != 0 {
					port = uint16(n)
				}
			}
		}
	}
	if n := len(in); n > 0 && in[0] == '[' && in[n-1] == ']' {
		in = in[1 : n-1]
	}
	return in, port
}

// credentials returns "user:password", from the cookie file unless there is a
// password. haveCookie is false if that was needed and could not be read.
func (c *cli) credentials() (userPass string, haveCookie bool) {
	password := c.password
	if password == "" {
		password = c.conf.StringOr("rpcpassword", "")
	}
	if password != "" {
		return c.conf.StringOr("rpcuser", "") + ":" + password, true
	}
	f, err := os.Open(c.conf.NetPath("rpccookiefile"))
	if err != nil {
		return "", false
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return "", false
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return line, true
}

// call makes an exchange and returns the reply object (CallRPC).
func (c *cli) call(ctx context.Context, x exchange) (univalue.Value, error) {
	to := c.address()
	userPass, haveCookie := c.credentials()
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	status, answer, err := post(ctx, to, endpoint(x.wallet), userPass, append(x.body, '\n'))
	if err != nil {
		return univalue.Value{}, noConnection{textf("Could not connect to the server %s:%d%s\n\n"+
			"Make sure the dashd server is running and that you are connecting to the correct RPC port.\n"+
			"Use \"dash-cli -help\" for more info.%s", to.host, to.port, reason(err), lostAnswer(err))}
	}
	switch {
	case status == http.StatusUnauthorized && !haveCookie:
		return univalue.Value{}, textf("Could not locate RPC credentials. No authentication cookie could be found, "+
			"and RPC password is not set.  See -rpcpassword and -stdinrpcpass.  Configuration file: (%s)", c.conf.ConfPath())
	case status == http.StatusUnauthorized:
		return univalue.Value{}, text("Authorization failed: Incorrect rpcuser or rpcpassword")
	case status == http.StatusServiceUnavailable:
		return univalue.Value{}, textf("Server response: %s", answer)
	case status >= 400 && status != http.StatusBadRequest && status != http.StatusNotFound && status != http.StatusInternalServerError:
		return univalue.Value{}, textf("server returned HTTP error %d", status)
	case len(answer) == 0:
		return univalue.Value{}, text("no response from server")
	}
	reply, ok := univalue.Parse(answer)
	if !ok {
		return reply, text("couldn't parse reply from server")
	}
	if x.read != nil {
		return x.read(reply)
	}
	if reply.Kind() != univalue.Object {
		return reply, textf("JSON value of type %s is not of expected type object", reply.Kind())
	}
	if reply.Len() == 0 {
		return reply, text("expected reply to have result, error and id properties")
	}
	return reply, nil
}

// bounded applies -rpcclienttimeout.
func (c *cli) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if n := c.conf.Int64("rpcclienttimeout"); n > 0 {
		return context.WithTimeout(ctx, time.Duration(min(n, 1<<31))*time.Second)
	}
	return context.WithCancel(ctx)
}

// endpoint is the path of a wallet, "/" for none.
func endpoint(wallet *string) string {
	if wallet == nil {
		return "/"
	}
	return "/wallet/" + strings.ReplaceAll(url.QueryEscape(*wallet), "+", "%20")
}

// post makes one request on a connection of its own.
func post(ctx context.Context, to server, path, userPass string, body []byte) (int, []byte, error) {
	t := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	defer t.CloseIdleConnections()
	req := (&http.Request{
		Method: "POST",
		URL:    &url.URL{Scheme: "http", Host: net.JoinHostPort(to.host, strconv.Itoa(int(to.port))), Opaque: path},
		Host:   to.host,
		Header: http.Header{"Content-Type": {"application/json"}},
		Close:  true,
		Body:   io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}).WithContext(ctx)
	user, password, _ := strings.Cut(userPass, ":")
	req.SetBasicAuth(user, password)
	resp, err := t.RoundTrip(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	if err == nil && len(answer) > maxReply {
		err = errTooLong
	}
	return resp.StatusCode, answer, err
}

var errTooLong = errors.New("reply too long")

// lostAnswer explains a connection that ended before the answer: nobody but the
// process that held it could have said so on it.
func lostAnswer(err error) string {
	var refused *net.OpError
	if errors.As(err, &refused) && refused.Op == "dial" || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errTooLong) {
		return ""
	}
	return "\nThe connection was made and then lost: if the node runs, its process dash-node-rpc ended while it answered. The call may have been made; debug.log has the reason."
}

// reason is what libevent says of a failure, with its number; nothing for a
// connection that could not be made (http_errorstring).
func reason(err error) string {
	var refused *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return ` (error code 0 - "timeout reached")`
	case errors.Is(err, errTooLong):
		return ` (error code 5 - "response body is larger than allowed")`
	case errors.As(err, &refused) && refused.Op == "dial":
		return ""
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ` (error code 1 - "EOF reached")`
	case errors.As(err, &refused):
		return ` (error code 3 - "error encountered while reading or writing")`
	default:
		return ` (error code 2 - "error while reading header, or invalid header")`
	}
}

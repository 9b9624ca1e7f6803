package rpc

import (
	"context"
	"log/slog"
	"strconv"
	"strings"

	"dashmp/node/rpc/internal/httpd"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
)

// call is one JSON-RPC request.
type call struct {
	id     univalue.Value
	method string
	params univalue.Value
	user   string
	remote string
	// exports are the secrets in the results of the whole request.
	exports *exports
	// wallet is the wallet that the path names, if hasWallet is set.
	wallet    string
	hasWallet bool
}

// answer runs the request of a body and appends the reply to dst
// (HTTPReq_JSONRPC). As in Dash Core v23.1 a request is answered in the one
// form of JSON-RPC 1.1 whatever version it names, and one without id is
// answered as well.
func (s *Server) answer(ctx context.Context, r *httpd.Request, user string, dst []byte) (httpd.Reply, []byte) {
	if s.isExternal(user) {
		s.opt.Logger.Info("HTTP: Calling handler for external user...")
	}
	body, ok := univalue.Parse(r.Body)
	if !ok {
		return failed(dst, rpcerr.Errorf(rpcerr.Parse, "Parse error"), univalue.Value{})
	}
	if s.opt.Whitelist.refuses(user) {
		s.opt.Logger.Info("RPC User " + strconv.Quote(user) + " not allowed to call any methods")
		return httpd.Reply{Status: 403}, dst
	}
	base := call{user: user, remote: r.Remote.String(), exports: &exports{}}
	base.wallet, base.hasWallet = walletName(r.URI)
	var reply httpd.Reply
	out := dst
	switch body.Kind() {
	case univalue.Object:
		reply, out = s.answerOne(ctx, base, body, dst)
	case univalue.Array:
		reply, out = s.answerBatch(ctx, base, body, dst)
	default:
		return failed(dst, rpcerr.Errorf(rpcerr.Parse, "Top-level object parse error"), univalue.Value{})
	}
	out, err := s.reveal(ctx, base.exports, out, len(dst))
	if err != nil {
		clear(out[len(dst):])
		return failed(out[:len(dst)], err, univalue.Value{})
	}
	return reply, out
}

func (s *Server) answerOne(ctx context.Context, c call, body univalue.Value, dst []byte) (httpd.Reply, []byte) {
	if err := c.parse(body); err != nil {
		return failed(dst, err, c.id)
	}
	if !s.permitted(&c) {
		return httpd.Reply{Status: 403}, dst
	}
	out, err := s.run(ctx, &c, append(dst, `{"result":`...))
	if err != nil {
		clear(out[len(dst):])
		return failed(out[:len(dst)], err, c.id)
	}
	out = append(c.id.AppendCompact(append(out, `,"error":null,"id":`...)), "}\n"...)
	return httpd.Reply{Status: 200, ContentType: "application/json"}, out
}

// answerBatch runs the requests of a batch one after another (JSONRPCExecBatch);
// neighbours that the core owns cross to it together.
func (s *Server) answerBatch(ctx context.Context, base call, body univalue.Value, dst []byte) (httpd.Reply, []byte) {
	if s.opt.Whitelist != nil {
		for e := range body.Elements() {
			if c := base; c.parse(e) == nil && !s.permitted(&c) {
				return httpd.Reply{Status: 403}, dst
			}
		}
	}
	start, g := len(dst), group{}
	dst = append(dst, '[')
	for e := range body.Elements() {
		c := base
		err := c.parse(e)
		if err == nil && g.joins(s, ctx, &c) {
			continue
		}
		dst = g.run(ctx, s, dst, start)
		if err == nil && g.joins(s, ctx, &c) { // the group was full
			continue
		}
		dst = separate(dst, start)
		mark := len(dst)
		if err == nil {
			dst, err = s.run(ctx, &c, append(dst, `{"result":`...))
		}
		dst = finish(dst, mark, err, c.id)
		if len(dst)-start > s.opt.MaxReply {
			break
		}
	}
	dst = g.run(ctx, s, dst, start)
	if len(dst)-start > s.opt.MaxReply {
		clear(dst[start:])
		return failed(dst[:start], rpcerr.Errorf(rpcerr.OutOfMemory,
			"The reply to the batch exceeds %d bytes", s.opt.MaxReply), univalue.Value{})
	}
	return httpd.Reply{Status: 200, ContentType: "application/json"}, append(dst, "]\n"...)
}

// parse takes a request apart (JSONRPCRequest::parse). The id is set even if it
// fails.
func (c *call) parse(v univalue.Value) *rpcerr.Error {
	if v.Kind() != univalue.Object {
		return rpcerr.Errorf(rpcerr.InvalidRequest, "Invalid Request object")
	}
	c.id = v.Find("id")
	m := v.Find("method")
	switch m.Kind() {
	case univalue.Null:
		return rpcerr.Errorf(rpcerr.InvalidRequest, "Missing method")
	case univalue.String:
		if c.method = "?"; len(m.Raw()) <= maxMethod {
			c.method = m.Text()
		}
	default:
		return rpcerr.Errorf(rpcerr.InvalidRequest, "Method must be a string")
	}
	c.params = v.Find("params")
	switch c.params.Kind() {
	case univalue.Null, univalue.Array, univalue.Object:
		return nil
	default:
		return rpcerr.Errorf(rpcerr.InvalidRequest, "Params must be an array or object")
	}
}

// maxMethod bounds what of a method's name is looked at; "?" names no method.
const maxMethod = 128

func (s *Server) permitted(c *call) bool {
	if s.opt.Whitelist.permits(c.user, c.method, c.params) {
		return true
	}
	s.opt.Logger.Info("RPC User " + strconv.Quote(c.user) + " not allowed to call method " + sanitize(c.method, safeDefault))
	return false
}

// logCall leaves Dash Core's line in the log. It names the method, which is not
// part of what the table marks as secret, and no argument.
func (s *Server) logCall(ctx context.Context, c *call) {
	log := s.rpcLog
	if c.method == "getblocktemplate" || !log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	line := "ThreadRPCServer method=" + sanitize(c.method, safeDefault) + " user=" + sanitize(c.user, safeDefault)
	if s.opt.LogIPs {
		line += " peeraddr=" + c.remote
	}
	log.Debug(line)
}

// failed appends the reply of a request that failed (JSONErrorReply).
func failed(dst []byte, err *rpcerr.Error, id univalue.Value) (httpd.Reply, []byte) {
	status := 500
	switch err.Code {
	case rpcerr.InvalidRequest:
		status = 400
	case rpcerr.MethodNotFound:
		status = 404
	}
	return httpd.Reply{Status: status, ContentType: "application/json"}, append(appendError(dst, err, id), '\n')
}

func appendError(dst []byte, err *rpcerr.Error, id univalue.Value) []byte {
	dst = append(dst, `{"result":null,"error":{"code":`...)
	dst = strconv.AppendInt(dst, int64(err.Code), 10)
	dst = univalue.AppendString(append(dst, `,"message":`...), err.Message)
	return append(id.AppendCompact(append(dst, `},"id":`...)), '}')
}

// walletName returns the wallet that a path names, false for none
// (GetWalletNameFromJSONRPCRequest).
func walletName(uri string) (string, bool) {
	name, ok := strings.CutPrefix(uri, walletPath)
	if !ok {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] == '%' && i+2 < len(name) {
			if n, err := strconv.ParseUint(name[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(name[i])
	}
	return strings.ToValidUTF8(b.String(), "\ufffd"), true
}

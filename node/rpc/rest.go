package rpc

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"dashmp/node"
	"dashmp/node/rpc/internal/httpd"
	"dashmp/node/rpc/method"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
)

// REST (-rest), as src/rest.cpp of Dash Core has it: requests without a password
// that read the chain. Nothing is answered from here: each is a few RPCs to the
// core, so that a client without a password reaches no code that one with a
// password does not.

// restHandler answers requests below one path.
type restHandler func(s *Server, r *restRequest) ([]byte, error)

// restPaths are looked through in order.
var restPaths = []struct {
	prefix string
	handle restHandler
}{
	{"/rest/tx/", (*Server).restTx},
	{"/rest/block/notxdetails/", (*Server).restBlockShort},
	{"/rest/block/", (*Server).restBlock},
	{"/rest/blockfilter/", (*Server).restFilter},
	{"/rest/blockfilterheaders/", (*Server).restFilterHeaders},
	{"/rest/chaininfo", (*Server).restChainInfo},
	{"/rest/mempool/", (*Server).restMempool},
	{"/rest/headers/", (*Server).restHeaders},
	{"/rest/getutxos", (*Server).restUTXOs},
	{"/rest/blockhashbyheight/", (*Server).restBlockHash},
}

// restHandlerOf returns the handler of a path and what follows its prefix; nil
// if there is none or REST is off.
func (s *Server) restHandlerOf(uri string) (restHandler, string) {
	if s.opt.REST {
		for _, p := range restPaths {
			if rest, ok := strings.CutPrefix(uri, p.prefix); ok {
				return p.handle, rest
			}
		}
	}
	return nil, ""
}

// The formats of answers.
const (
	formatBin  = "bin"
	formatHex  = "hex"
	formatJSON = "json"
)

const allFormats = ".bin, .hex, .json"

// restRequest is one request.
type restRequest struct {
	ctx context.Context
	// path is what follows the prefix, without format and query.
	path string
	// format is bin, hex or json, "" for none of them.
	format string
	query  url.Values
	body   []byte
}

// newRESTRequest takes the path apart (ParseDataFormat).
func newRESTRequest(ctx context.Context, rest string, body []byte) *restRequest {
	r := &restRequest{ctx: ctx, path: rest, body: body}
	if i := strings.LastIndexByte(rest, '?'); i >= 0 {
		r.path = rest[:i]
		// What is malformed counts as not given.
		r.query, _ = url.ParseQuery(rest[i+1:])
	}
	if i := strings.LastIndexByte(r.path, '.'); i >= 0 {
		switch f := r.path[i+1:]; f {
		case formatBin, formatHex, formatJSON:
			r.path, r.format = r.path[:i], f
		}
	}
	return r
}

// restError is an answer that is none.
type restError struct {
	status int
	text   string
}

func (e *restError) Error() string { return e.text }

func badRequestf(format string, args ...any) error {
	return &restError{400, fmt.Sprintf(format, args...)}
}

func notFoundf(format string, args ...any) error {
	return &restError{404, fmt.Sprintf(format, args...)}
}

func noFormat(available string) error {
	return notFoundf("output format not found (available: %s)", available)
}

// rest answers a request.
func (s *Server) rest(ctx context.Context, r *httpd.Request, dst []byte) (httpd.Reply, []byte) {
	handle, path := s.restHandlerOf(r.URI)
	s.mu.RLock()
	warmup := s.warmup
	s.mu.RUnlock()
	req := newRESTRequest(ctx, path, r.Body)
	var out []byte
	var err error = &restError{503, "Service temporarily unavailable: " + warmup}
	if warmup == "" {
		out, err = handle(s, req)
	}
	if err == nil && len(out) > s.opt.MaxReply {
		err = &restError{500, fmt.Sprintf("The reply exceeds %d bytes", s.opt.MaxReply)}
	}
	if err != nil {
		var e *restError
		if !errors.As(err, &e) {
			e = &restError{500, err.Error()}
		}
		return httpd.Reply{Status: e.status, ContentType: "text/plain"}, append(append(dst, e.text...), "\r\n"...)
	}
	reply := httpd.Reply{Status: 200}
	switch req.format {
	case formatBin:
		reply.ContentType = "application/octet-stream"
		return reply, append(dst, out...)
	case formatHex:
		reply.ContentType = "text/plain"
	default:
		reply.ContentType = "application/json"
	}
	return reply, append(append(dst, out...), '\n')
}

// ask runs an RPC of the core with these parameters, which are JSON. The error
// is an *rpcerr.Error for what the core refuses, else a *restError.
func (s *Server) ask(ctx context.Context, name string, params ...string) (univalue.Value, error) {
	owner, down := s.executor(method.Core)
	if down != nil {
		return univalue.Value{}, &restError{503, down.Message}
	}
	ctx, cancel := context.WithTimeout(ctx, s.opt.CallTimeout)
	defer cancel()
	reply, err := owner.ExecuteRPC(ctx, node.RPCRequest{Method: name, Params: []byte("[" + strings.Join(params, ",") + "]")})
	if err != nil {
		return univalue.Value{}, &restError{503, ownerError(method.Core, err, s.opt.CallTimeout).Message}
	}
	if reply.Code != 0 {
		return univalue.Value{}, &rpcerr.Error{Code: rpcerr.Code(reply.Code), Message: reply.Message}
	}
	v, ok := univalue.Parse(reply.Result)
	if !ok {
		return v, &restError{500, program(method.Core) + " gave an answer that is not JSON"}
	}
	return v, nil
}

// refused reports whether the core refused a call with one of these codes.
func refused(err error, codes ...rpcerr.Code) bool {
	var e *rpcerr.Error
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if e.Code == c {
			return true
		}
	}
	return false
}

func quote(s string) string { return string(univalue.AppendString(nil, s)) }

// hash checks that text is the hex of 32 bytes (ParseHashStr).
func restHash(text string) (string, error) {
	if b, err := hex.DecodeString(text); err != nil || len(b) != 32 {
		return "", badRequestf("Invalid hash: %s", text)
	}
	return strings.ToLower(text), nil
}

// restCount reads how many headers are wanted.
func restCount(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n < 1 || n > maxRESTHeaders {
		return 0, badRequestf("Header count is invalid or out of acceptable range (1-%d): %s", maxRESTHeaders, text)
	}
	return int(n), nil
}

// maxRESTHeaders is MAX_REST_HEADERS_RESULTS.
const maxRESTHeaders = 2000

func (r *restRequest) countParameter() string {
	if r.query.Has("count") {
		return r.query.Get("count")
	}
	return "5"
}

// serialized is hex text as the format wants it; JSON is not its business.
func (r *restRequest) serialized(text string) ([]byte, error) {
	if r.format == formatHex {
		return []byte(text), nil
	}
	b, err := hex.DecodeString(text)
	if err != nil {
		return nil, &restError{500, program(method.Core) + " gave an answer that is not hexadecimal"}
	}
	return b, nil
}

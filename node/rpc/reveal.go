package rpc

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"unsafe"

	"dashmp/node/rpc/method"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/wallet"
)

// exportPrefix begins the text that stands for a secret in a result, where the
// method's row says that there is one: "export:N", N being a decimal handle at
// the signer's SecretBox.
const exportPrefix = "export:"

// exports are the handles of secrets in the results of a request. The secrets
// are put in their places when the whole reply is there, into a buffer of the
// right size, so that no growing buffer leaves copies behind.
type exports struct {
	handles []uint64
}

// note remembers the handles that a method's result names.
func (x *exports) note(m *method.Method, result []byte) {
	if !m.HasSecretResult() {
		return
	}
	if v, ok := univalue.Parse(result); ok {
		x.walk(v)
	}
}

func (x *exports) walk(v univalue.Value) {
	switch v.Kind() {
	case univalue.Array:
		for e := range v.Elements() {
			x.walk(e)
		}
	case univalue.Object:
		for _, e := range v.Members() {
			x.walk(e)
		}
	case univalue.String:
		if h, ok := parseExport(v.Text()); ok {
			x.handles = append(x.handles, h)
		}
	}
}

func parseExport(text string) (uint64, bool) {
	digits, ok := strings.CutPrefix(text, exportPrefix)
	if !ok {
		return 0, false
	}
	h, err := strconv.ParseUint(digits, 10, 64)
	return h, err == nil && strconv.FormatUint(h, 10) == digits
}

// quoted is how a handle stands in a result.
func quoted(h uint64) []byte {
	return append(strconv.AppendUint([]byte(`"`+exportPrefix), h, 10), '"')
}

// secretText is a secret as JSON text, for the caller to wipe.
func secretText(ctx context.Context, box wallet.SecretBox, h uint64) ([]byte, error) {
	s, err := box.Take(ctx, h)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	out := make([]byte, 0, 6*s.Len()+2) // room for a text of control characters
	err = s.Open(func(b []byte) error {
		out = univalue.AppendString(out, unsafe.String(unsafe.SliceData(b), len(b)))
		return nil
	})
	return out, err
}

// reveal returns the reply with secrets in place of their handles. body is
// wiped if it is replaced.
func (s *Server) reveal(ctx context.Context, x *exports, body []byte, from int) ([]byte, *rpcerr.Error) {
	if len(x.handles) == 0 {
		return body, nil
	}
	box := s.protector(ctx, "").box
	if box == nil {
		return body, rpcerr.Errorf(rpcerr.Misc, "%s is not running: the result could not be taken", program(method.Signer))
	}
	texts := make([][]byte, len(x.handles))
	defer func() {
		for _, t := range texts {
			clear(t[:cap(t)])
		}
	}()
	size := len(body)
	for i, h := range x.handles {
		var err error
		if texts[i], err = secretText(ctx, box, h); err != nil {
			return body, ownerError(method.Signer, err, 0)
		}
		size += len(texts[i])
	}
	out := append(make([]byte, 0, size), body[:from]...)
	rest := body[from:]
	for i, h := range x.handles {
		before, after, ok := bytes.Cut(rest, quoted(h))
		if !ok {
			clear(out)
			return body, rpcerr.Errorf(rpcerr.Internal, "a secret has no place in the result")
		}
		out = append(append(out, before...), texts[i]...)
		rest = after
	}
	return append(out, rest...), nil
}

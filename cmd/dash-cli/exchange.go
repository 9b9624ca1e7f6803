package main

import (
	"strconv"

	"dashmp/node/rpc/univalue"
)

// exchange is one request with the meaning of its reply (BaseRequestHandler of
// src/bitcoin-cli.cpp).
type exchange struct {
	body []byte
	// wallet is the wallet it goes to, nil for the default path.
	wallet *string
	// read makes the reply object out of what the server sent; nil takes it as
	// it is.
	read func(univalue.Value) (univalue.Value, error)
}

// request is the body of a call (JSONRPCRequestObj). Params are JSON.
func request(name string, params []byte, id int) []byte {
	b := univalue.AppendString([]byte(`{"method":`), toUTF8(name))
	b = append(append(b, `,"params":`...), params...)
	b = strconv.AppendInt(append(b, `,"id":`...), int64(id), 10)
	return append(b, '}')
}

// batch is the body of several calls without parameters; their ids count from 0.
func batch(names ...string) []byte {
	b := []byte{'['}
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, request(name, []byte("null"), i)...)
	}
	return append(b, ']')
}

// members takes the reply to a batch of n calls apart, by id
// (JSONRPCProcessBatchReply).
func members(reply univalue.Value, n int) ([]univalue.Value, error) {
	if reply.Kind() != univalue.Array {
		return nil, text("Batch must be an array")
	}
	// What the server leaves out is null, as is every member of null.
	out := make([]univalue.Value, max(n, reply.Len()))
	for rec := range reply.Elements() {
		if rec.Kind() != univalue.Object {
			return nil, text("Batch member must be an object")
		}
		f := fields{}
		id := f.int(rec.Find("id"))
		switch {
		case f.err != nil:
			return nil, f.err
		case id < 0 || id >= int64(reply.Len()):
			return nil, text("Batch member id is larger than batch size")
		}
		out[id] = rec
	}
	return out, nil
}

// answered makes a reply object of a result (JSONRPCReplyObj).
func answered(result []byte) (univalue.Value, error) {
	reply, ok := univalue.Parse(append(append([]byte(`{"result":`), result...), `,"error":null,"id":1}`...))
	if !ok {
		return reply, text("couldn't parse reply from server")
	}
	return reply, nil
}

// fields reads values that must have a type and remembers the first that has
// another one, with UniValue's text.
type fields struct{ err error }

func (f *fields) want(v univalue.Value, kind univalue.Kind) bool {
	if v.Kind() == kind {
		return true
	}
	if f.err == nil {
		f.err = textf("JSON value of type %s is not of expected type %s", v.Kind(), kind)
	}
	return false
}

func (f *fields) int(v univalue.Value) int64 {
	if !f.want(v, univalue.Number) {
		return 0
	}
	n, err := strconv.ParseInt(string(v.Raw()), 10, 64)
	if err != nil && f.err == nil {
		f.err = text("JSON integer out of range")
	}
	return n
}

func (f *fields) real(v univalue.Value) float64 {
	if !f.want(v, univalue.Number) {
		return 0
	}
	n, err := strconv.ParseFloat(string(v.Raw()), 64)
	if err != nil && f.err == nil {
		f.err = text("JSON double out of range")
	}
	return n
}

func (f *fields) string(v univalue.Value) string {
	f.want(v, univalue.String)
	return v.Text()
}

func (f *fields) bool(v univalue.Value) bool {
	f.want(v, univalue.Bool)
	return v.True()
}

// shown is a value as a line of text shows it: strings and numbers as they are,
// true as 1, everything else as nothing (UniValue::getValStr).
func shown(v univalue.Value) string {
	switch v.Kind() {
	case univalue.String:
		return v.Text()
	case univalue.Number:
		return string(v.Raw())
	case univalue.Bool:
		if v.True() {
			return "1"
		}
	}
	return ""
}

package rpc

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"dashmp/ipc"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/sandbox/broker"
	"dashmp/sandbox/logd/logcategory"
)

// The methods here change what every process does; the supervisor tells them.

// names returns an argument that is an array of strings. Anything else than an
// array counts as none, as in Dash Core.
func names(args []univalue.Value, i int) ([]string, *rpcerr.Error) {
	if i >= len(args) || args[i].Kind() != univalue.Array {
		return nil, nil
	}
	var out []string
	for v := range args[i].Elements() {
		if v.Kind() != univalue.String {
			return nil, wrongType(v, univalue.String)
		}
		out = append(out, v.Text())
	}
	return out, nil
}

// setLogging asks the supervisor to switch log categories.
func (s *Server) setLogging(ctx context.Context, limit time.Duration, include, exclude []string) ([]string, *rpcerr.Error) {
	if s.opt.Broker == nil {
		return nil, rpcerr.Errorf(rpcerr.Misc, "logging: there is no supervisor to ask")
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	on, err := s.opt.Broker.SetLogging(ctx, include, exclude)
	var e *ipc.Error
	if errors.As(err, &e) && e.Kind == broker.ErrCategory {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "%s", e.Text)
	}
	if err != nil {
		return nil, rpcerr.Errorf(rpcerr.Misc, "logging: supervisor: %v", err)
	}
	return on, nil
}

// logging lists the log categories after having changed them.
func (s *Server) logging(ctx context.Context, args []univalue.Value, limit time.Duration, dst []byte) ([]byte, *rpcerr.Error) {
	include, fail := names(args, 0)
	if fail != nil {
		return dst, fail
	}
	exclude, fail := names(args, 1)
	if fail != nil {
		return dst, fail
	}
	on, fail := s.setLogging(ctx, limit, include, exclude)
	if fail != nil {
		return dst, fail
	}
	for i, c := range logcategory.All() {
		dst = append(dst, "{,"[min(i, 1)])
		dst = univalue.AppendString(dst, c)
		dst = strconv.AppendBool(append(dst, ':'), slices.Contains(on, c))
	}
	return append(dst, '}'), nil
}

// debug replaces the set of log categories. Unknown names are passed over.
func (s *Server) debug(ctx context.Context, args []univalue.Value, limit time.Duration, dst []byte) ([]byte, *rpcerr.Error) {
	mode, fail := text(args, 0)
	if fail != nil {
		return dst, fail
	}
	on := map[string]bool{}
	wanted := strings.Split(mode, "+")
	if !slices.Contains(wanted, "0") {
		for _, name := range wanted {
			for _, c := range meaning(name) {
				on[c] = true
			}
		}
	}
	off := slices.DeleteFunc(logcategory.All(), func(c string) bool { return on[c] })
	include := slices.DeleteFunc(logcategory.All(), func(c string) bool { return !on[c] })
	now, fail := s.setLogging(ctx, limit, include, off)
	if fail != nil {
		return dst, fail
	}
	return univalue.AppendString(dst, "Debug mode: "+strings.Join(now, ", ")), nil
}

// meaning returns the categories that a name stands for, none if it is unknown.
func meaning(name string) []string {
	switch name {
	case "", "1", "all":
		return logcategory.All()
	case "dash":
		return logcategory.Dash()
	}
	return []string{name}
}

// setMockTime sets the clocks of all processes.
func (s *Server) setMockTime(ctx context.Context, args []univalue.Value, limit time.Duration, dst []byte) ([]byte, *rpcerr.Error) {
	if args[0].Kind() != univalue.Number {
		return dst, wrongType(args[0], univalue.Number)
	}
	seconds, err := strconv.ParseInt(string(args[0].Raw()), 10, 64)
	if err != nil {
		return dst, rpcerr.Errorf(rpcerr.Misc, "JSON integer out of range")
	}
	if s.opt.Broker == nil {
		return dst, rpcerr.Errorf(rpcerr.Misc, "setmocktime: there is no supervisor to ask")
	}
	if s.opt.Chain != "regtest" {
		return dst, rpcerr.Errorf(rpcerr.Misc, "setmocktime is for regression testing (-regtest mode) only")
	}
	if seconds < 0 {
		return dst, rpcerr.Errorf(rpcerr.InvalidParameter, "Mocktime cannot be negative: %d.", seconds)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := s.opt.Broker.SetMockTime(ctx, seconds); err != nil {
		return dst, rpcerr.Errorf(rpcerr.Misc, "setmocktime: supervisor: %v", err)
	}
	return append(dst, "null"...), nil
}

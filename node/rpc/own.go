package rpc

import (
	"context"
	"strconv"
	"time"

	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
)

// ownMethod is a method that this role executes itself: it appends the result
// to dst. The number of arguments has been checked.
type ownMethod func(s *Server, ctx context.Context, args []univalue.Value, limit time.Duration, dst []byte) ([]byte, *rpcerr.Error)

// ownMethods are the methods with owner RPC. The table is read-only.
var ownMethods = map[string]ownMethod{
	"debug":            (*Server).debug,
	"echo":             (*Server).echo,
	"echoipc":          (*Server).echoIPC,
	"echojson":         (*Server).echo,
	"getisolationinfo": (*Server).getIsolationInfo,
	"getrpcinfo":       (*Server).getRPCInfo,
	"help":             (*Server).help,
	"logging":          (*Server).logging,
	"setmocktime":      (*Server).setMockTime,
	"stop":             (*Server).stop,
	"uptime":           (*Server).uptime,
}

func appendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

// text returns the argument as a string, as UniValue::get_str does.
func text(args []univalue.Value, i int) (string, *rpcerr.Error) {
	if args[i].Kind() != univalue.String {
		return "", wrongType(args[i], univalue.String)
	}
	return args[i].Text(), nil
}

// internalBug is the report of CHECK_NONFATAL (src/util/check.cpp).
const internalBug = "Internal bug detected: request.params[9].get_str() != \"trigger_internal_bug\"\n" +
	"own.go (echo)\nPlease report this issue to whoever gave you this program.\n"

func (s *Server) echo(_ context.Context, args []univalue.Value, _ time.Duration, dst []byte) ([]byte, *rpcerr.Error) {
	if len(args) > 9 && args[9].Is("trigger_internal_bug") {
		return dst, rpcerr.Errorf(rpcerr.Misc, "%s", internalBug)
	}
	dst = append(dst, '[')
	for i, a := range args {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = a.AppendCompact(dst)
	}
	return append(dst, ']'), nil
}

func (s *Server) echoIPC(ctx context.Context, args []univalue.Value, limit time.Duration, dst []byte) ([]byte, *rpcerr.Error) {
	in, err := text(args, 0)
	if err != nil {
		return dst, err
	}
	out := in
	if s.opt.Echo != nil {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		var fail error
		if out, fail = s.opt.Echo(ctx, in); fail != nil {
			return dst, rpcerr.Errorf(rpcerr.Misc, "dash-echo: %v", fail)
		}
	}
	return univalue.AppendString(dst, out), nil
}

func (s *Server) help(_ context.Context, args []univalue.Value, _ time.Duration, dst []byte) ([]byte, *rpcerr.Error) {
	name := ""
	for i := range args {
		word, err := text(args, i)
		if err != nil {
			return dst, err
		}
		if i > 0 {
			name += " "
		}
		name += word
	}
	if name == "dump_all_command_conversions" {
		return s.table.AppendConversions(dst), nil
	}
	return univalue.AppendString(dst, s.table.Help(name)), nil
}

func (s *Server) uptime(_ context.Context, _ []univalue.Value, _ time.Duration, dst []byte) ([]byte, *rpcerr.Error) {
	return appendInt(dst, s.opt.Now().Unix()-s.opt.Started.Unix()), nil
}

// stop asks the supervisor to stop the tree. Like Dash Core it answers after
// wait milliseconds, and the connection ends with the answer.
func (s *Server) stop(ctx context.Context, args []univalue.Value, limit time.Duration, dst []byte) ([]byte, *rpcerr.Error) {
	wait := int64(0)
	if len(args) > 0 && args[0].Kind() == univalue.Number {
		n, err := strconv.ParseInt(string(args[0].Raw()), 10, 32)
		if err != nil {
			return dst, rpcerr.Errorf(rpcerr.Misc, "JSON integer out of range")
		}
		wait = max(n, 0)
	}
	if s.opt.Broker == nil {
		return dst, rpcerr.Errorf(rpcerr.Misc, "stop: there is no supervisor to ask")
	}
	s.stopping.Store(true)
	asked, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := s.opt.Broker.Stop(asked, uint32(wait)); err != nil {
		s.stopping.Store(false)
		return dst, rpcerr.Errorf(rpcerr.Misc, "stop: supervisor: %v", err)
	}
	if wait > 0 {
		s.pause(ctx, time.Duration(wait)*time.Millisecond)
	}
	return append(dst, `"Dash Core stopping"`...), nil
}

func (s *Server) getRPCInfo(_ context.Context, _ []univalue.Value, _ time.Duration, dst []byte) ([]byte, *rpcerr.Error) {
	dst = s.active.append(append(dst, `{"active_commands":`...))
	dst = univalue.AppendString(append(dst, `,"logpath":`...), s.opt.LogPath)
	return append(dst, '}'), nil
}

func (s *Server) getIsolationInfo(ctx context.Context, _ []univalue.Value, limit time.Duration, dst []byte) ([]byte, *rpcerr.Error) {
	if s.opt.Broker == nil {
		return dst, rpcerr.Errorf(rpcerr.Misc, "getisolationinfo: there is no supervisor to ask")
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	info, err := s.opt.Broker.Isolation(ctx)
	if err != nil {
		return dst, rpcerr.Errorf(rpcerr.Misc, "getisolationinfo: supervisor: %v", err)
	}
	return appendResult(dst, "the supervisor", info)
}

package rpc

import (
	"context"
	"errors"
	"strconv"

	"dashmp/ipc"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
)

// newFile has the supervisor create the file that an operator names, and appends
// "export:N:PATH", by which its owner can take it. The owner learns no more of
// the file system than the path that it is to show.
func (p *protector) newFile(dst []byte, v univalue.Value) ([]byte, *rpcerr.Error) {
	if v.Kind() != univalue.String {
		return dst, wrongType(v, univalue.String)
	}
	if p.broker == nil {
		return dst, rpcerr.Errorf(rpcerr.Misc, "there is no supervisor to ask for a new file")
	}
	x, err := p.broker.CreateExport(p.ctx, v.Text())
	if err != nil {
		var own *ipc.Error
		if errors.As(err, &own) {
			return dst, rpcerr.Errorf(rpcerr.InvalidParameter, "%s", own.Text)
		}
		return dst, rpcerr.Errorf(rpcerr.Misc, "supervisor: %v", err)
	}
	p.files = append(p.files, x.Handle)
	return univalue.AppendString(dst, "export:"+strconv.FormatUint(x.Handle, 10)+":"+x.Path), nil
}

// finish gives new files their names, or removes them if the call failed.
func (p *protector) finish(keep bool) *rpcerr.Error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), dropTime)
	defer cancel()
	var failed *rpcerr.Error
	for _, h := range p.files {
		if err := p.broker.FinishExport(ctx, h, keep); err != nil && keep {
			failed = rpcerr.Errorf(rpcerr.Misc, "supervisor: %v", err)
		}
	}
	p.files = nil
	return failed
}

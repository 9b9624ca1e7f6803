package rpc

import (
	"context"
	"strconv"
	"time"

	"dashmp/ipc"
	"dashmp/node/rpc/method"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/sandbox/broker"
	"dashmp/wallet"
)

// dropTime bounds how long dropping the handles of a call may take after it.
const dropTime = 5 * time.Second

// protector turns arguments into what an owner may see: every secret has been
// deposited at the signer and a handle stands in its place.
type protector struct {
	ctx     context.Context
	method  string
	box     wallet.SecretBox // nil: the signer is not running
	handles []uint64
	broker  broker.RPC // nil: there is no supervisor
	files   []uint64   // handles of new files
	buf     []byte     // a secret's text on its way into secret memory, wiped
}

func (s *Server) protector(ctx context.Context, method string) *protector {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &protector{ctx: ctx, method: method, box: s.secrets, broker: s.opt.Broker}
}

// params returns the arguments as an owner may see them, each as JSON.
func (p *protector) params(m *method.Method, args []univalue.Value) ([][]byte, *rpcerr.Error) {
	out := make([][]byte, 0, len(args)+1)
	for i, v := range args {
		b, err := p.append(nil, &m.Params[i], v)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// list is the JSON array of parameters.
func list(params ...[]byte) []byte {
	n := 2
	for _, b := range params {
		n += len(b) + 1
	}
	out := append(make([]byte, 0, n), '[')
	for i, b := range params {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, b...)
	}
	return append(out, ']')
}

// append appends one argument or a part of one. Where a secret can be, only the
// documented shape passes: anything else could be a secret in the wrong place.
func (p *protector) append(dst []byte, par *method.Param, v univalue.Value) ([]byte, *rpcerr.Error) {
	switch {
	case v.IsNull():
		return append(dst, "null"...), nil
	case par.NewFile:
		return p.newFile(dst, v)
	case !par.HasSecret():
		return v.AppendCompact(dst), nil
	case par.Secret:
		if v.Kind() != univalue.String {
			return dst, wrongType(v, univalue.String)
		}
		return p.secret(dst, v)
	case par.Type == method.Arr:
		return p.array(dst, par, v)
	default:
		return p.object(dst, par, v)
	}
}

func (p *protector) array(dst []byte, par *method.Param, v univalue.Value) ([]byte, *rpcerr.Error) {
	if v.Kind() != univalue.Array {
		return dst, wrongType(v, univalue.Array)
	}
	if par.Packed {
		return p.packed(dst, v)
	}
	dst = append(dst, '[')
	sep := false
	for e := range v.Elements() {
		if sep {
			dst = append(dst, ',')
		}
		sep = true
		var err *rpcerr.Error
		if dst, err = p.append(dst, element(par, e), e); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// packSize bounds a secret that holds several, in bytes.
const packSize = 32 << 10

// packed deposits the strings of an array together: each secret is the JSON of
// an array of some of them. One call may bring thousands of keys, and a signer
// keeps hundreds of secrets.
func (p *protector) packed(dst []byte, v univalue.Value) ([]byte, *rpcerr.Error) {
	for e := range v.Elements() {
		if e.Kind() != univalue.String {
			return dst, wrongType(e, univalue.String)
		}
		if len(e.Raw()) > packSize/2 {
			return dst, rpcerr.Errorf(rpcerr.InvalidParameter, "A secret is too long")
		}
	}
	if p.box == nil && v.Len() > 0 {
		return dst, rpcerr.Errorf(rpcerr.Misc, "%s is not running: the call was not made, try again", program(method.Signer))
	}
	if cap(p.buf) < packSize { // never grown while it holds a secret
		p.buf = make([]byte, 0, packSize)
	}
	p.buf = p.buf[:0]
	defer func() { clear(p.buf[:cap(p.buf)]) }()
	dst = append(dst, '[')
	flush := func() (err *rpcerr.Error) {
		if dst[len(dst)-1] != '[' {
			dst = append(dst, ',')
		}
		p.buf = append(p.buf, ']')
		dst, err = p.deposit(dst)
		p.buf = p.buf[:0]
		return err
	}
	for e := range v.Elements() {
		if len(p.buf)+len(e.Raw())+len(",]") > packSize {
			if err := flush(); err != nil {
				return dst, err
			}
		}
		sep := byte(',')
		if len(p.buf) == 0 {
			sep = '['
		}
		p.buf = append(append(p.buf, sep), e.Raw()...)
	}
	if len(p.buf) > 0 {
		if err := flush(); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// element returns what is documented for an element: an object, or the other
// thing that it may be.
func element(par *method.Param, e univalue.Value) *method.Param {
	for i := range par.Inner {
		if (par.Inner[i].Type == method.Obj) == (e.Kind() == univalue.Object) {
			return &par.Inner[i]
		}
	}
	return &par.Inner[0]
}

func (p *protector) object(dst []byte, par *method.Param, v univalue.Value) ([]byte, *rpcerr.Error) {
	if v.Kind() != univalue.Object {
		return dst, wrongType(v, univalue.Object)
	}
	dst = append(dst, '{')
	sep := false
	for k, e := range v.Members() {
		inner := member(par, k)
		if inner == nil {
			return dst, rpcerr.Errorf(rpcerr.Type, "Unexpected key in %s", par.First())
		}
		if sep {
			dst = append(dst, ',')
		}
		sep = true
		dst = append(k.AppendCompact(dst), ':')
		var err *rpcerr.Error
		if dst, err = p.append(dst, inner, e); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// member returns what is documented for a key.
func member(par *method.Param, key univalue.Value) *method.Param {
	if par.Type == method.ObjKeys {
		return &par.Inner[0]
	}
	for i := range par.Inner {
		if key.Is(par.Inner[i].Name) {
			return &par.Inner[i]
		}
	}
	return nil
}

// secret deposits the text of v and appends "secret:N". An empty text hides
// nothing and stays: it is how clients leave a passphrase out.
func (p *protector) secret(dst []byte, v univalue.Value) ([]byte, *rpcerr.Error) {
	if len(v.Raw()) == len(`""`) {
		return append(dst, `""`...), nil
	}
	if p.box == nil {
		return dst, rpcerr.Errorf(rpcerr.Misc, "%s is not running: the call was not made, try again", program(method.Signer))
	}
	if n := len(v.Raw()); cap(p.buf) < n { // never grown while it holds a secret
		p.buf = make([]byte, 0, n)
	}
	p.buf = v.AppendText(p.buf[:0])
	return p.deposit(dst)
}

// deposit takes the secret out of p.buf.
func (p *protector) deposit(dst []byte) ([]byte, *rpcerr.Error) {
	s, err := ipc.NewSecret(p.buf)
	clear(p.buf)
	if err != nil {
		return dst, rpcerr.Errorf(rpcerr.OutOfMemory, "no memory for a secret")
	}
	h, err := p.box.Deposit(p.ctx, p.method, s)
	if err != nil {
		s.Close()
		return dst, ownerError(method.Signer, err, 0)
	}
	p.handles = append(p.handles, h)
	dst = append(dst, `"secret:`...)
	return append(strconv.AppendUint(dst, h, 10), '"'), nil
}

// drop gives up the handles of a call. The owner has used them, or never will;
// for one that was used it does nothing.
func (p *protector) drop() {
	if len(p.handles) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), dropTime)
	defer cancel()
	for _, h := range p.handles {
		if p.box.Drop(ctx, h) != nil {
			return // the signer has gone, and the secrets with it
		}
	}
}

func wrongType(v univalue.Value, want univalue.Kind) *rpcerr.Error {
	return rpcerr.Errorf(rpcerr.Type, "JSON value of type %s is not of expected type %s", v.Kind(), want)
}

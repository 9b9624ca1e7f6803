// Package rpccall is what every owner of RPCs shares: it reads the positional
// parameters of a node.RPCRequest, runs the method and makes the reply.
//
// A method that is not in the owner's table does not exist (deny by default).
// Parameters are checked here again although the rpc role has done so: an owner
// does not rely on another process for its own safety. The texts of errors are
// Dash Core's (src/rpc/util.cpp, src/univalue).
//
// It must not import net or keep state. Everything is safe for concurrent use.
package rpccall

import (
	"context"
	"errors"
	"strconv"

	"dashmp/node"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
)

// Call is one RPC being executed.
type Call struct {
	// Method is the name that was called.
	Method string
	// Wallet is the wallet that the URI names, if HasWallet is set.
	Wallet    string
	HasWallet bool
	params    []univalue.Value
}

// Method runs one RPC. The result becomes JSON by Append. An *rpcerr.Error becomes the caller's
// error, any other error one with code Misc and its text.
type Method func(ctx context.Context, c *Call) (any, error)

// Methods is an owner's table.
type Methods map[string]Method

// Execute runs req. The error result is for cancellation alone.
func (m Methods) Execute(ctx context.Context, req node.RPCRequest) (node.RPCReply, error) {
	run, ok := m[req.Method]
	if !ok {
		return Failure(rpcerr.Errorf(rpcerr.MethodNotFound, "Method not found")), nil
	}
	c, err := newCall(req)
	if err != nil {
		return Failure(err), nil
	}
	result, err := run(ctx, c)
	if ctx.Err() != nil {
		return node.RPCReply{}, ctx.Err()
	}
	if err != nil {
		return Failure(err), nil
	}
	body, err := Encode(result)
	if err != nil {
		return Failure(rpcerr.Errorf(rpcerr.Internal, "%v", err)), nil
	}
	return node.RPCReply{Result: body}, nil
}

// Failure is the reply that carries err.
func Failure(err error) node.RPCReply {
	var e *rpcerr.Error
	if errors.As(err, &e) {
		return node.RPCReply{Code: int32(e.Code), Message: e.Message}
	}
	return node.RPCReply{Code: int32(rpcerr.Misc), Message: err.Error()}
}

func newCall(req node.RPCRequest) (*Call, error) {
	c := &Call{Method: req.Method, Wallet: req.Wallet, HasWallet: req.HasWallet}
	if len(req.Params) == 0 {
		return c, nil
	}
	list, ok := univalue.Parse(req.Params)
	if !ok || list.Kind() != univalue.Array {
		return nil, rpcerr.Errorf(rpcerr.InvalidRequest, "Params must be an array")
	}
	for v := range list.Elements() {
		c.params = append(c.params, v)
	}
	return c, nil
}

// Count refuses a call with fewer or more parameters. The rpc role answers a
// wrong number with the method's help; this is for who does not come from there.
func (c *Call) Count(least, most int) error {
	if n := len(c.params); n < least || n > most {
		return rpcerr.Errorf(rpcerr.Misc, "%s takes %d to %d parameters, not %d", c.Method, least, most, n)
	}
	return nil
}

// Given reports whether parameter i is there and not null.
func (c *Call) Given(i int) bool { return i < len(c.params) && !c.params[i].IsNull() }

// Kind returns the JSON type of parameter i, Null if it is not there.
func (c *Call) Kind(i int) univalue.Kind { return c.value(i).Kind() }

// Len is the number of parameters, nulls included.
func (c *Call) Len() int { return len(c.params) }

// Value is parameter i as JSON, null if it is not there.
func (c *Call) Value(i int) univalue.Value { return c.value(i) }

func (c *Call) value(i int) univalue.Value {
	if i < len(c.params) {
		return c.params[i]
	}
	return univalue.Value{}
}

func (c *Call) typed(i int, want univalue.Kind) (univalue.Value, error) {
	v := c.value(i)
	if v.Kind() != want {
		return v, rpcerr.Errorf(rpcerr.Type, "JSON value of type %s is not of expected type %s", v.Kind(), want)
	}
	return v, nil
}

// String returns string parameter i.
func (c *Call) String(i int) (string, error) {
	v, err := c.typed(i, univalue.String)
	if err != nil {
		return "", err
	}
	return v.Text(), nil
}

// Bool returns boolean parameter i.
func (c *Call) Bool(i int) (bool, error) {
	v, err := c.typed(i, univalue.Bool)
	if err != nil {
		return false, err
	}
	return v.True(), nil
}

// BoolOr is Bool with a default for a parameter that is not given.
func (c *Call) BoolOr(i int, def bool) (bool, error) {
	if !c.Given(i) {
		return def, nil
	}
	return c.Bool(i)
}

// Int returns number parameter i, which must be an integer of 32 bits
// (UniValue::getInt<int>).
func (c *Call) Int(i int) (int, error) {
	v, err := c.typed(i, univalue.Number)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(v.Raw()), 10, 32)
	if err != nil {
		return 0, rpcerr.Errorf(rpcerr.Misc, "JSON integer out of range")
	}
	return int(n), nil
}

package rpccall

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"

	"dashmp/node/rpc/univalue"
)

// Appender writes its own JSON. It is for results that are too large to be
// built as a tree first.
type Appender interface {
	// AppendJSON appends exactly one JSON value.
	AppendJSON(dst []byte) ([]byte, error)
}

// Encode returns the JSON of a result.
func Encode(result any) ([]byte, error) { return Append(nil, result) }

// Append appends the JSON of a result: strings as UniValue escapes them,
// Objects in their order, a json.RawMessage as it is. What it does not know goes
// through package encoding/json, with < and > as they are.
func Append(dst []byte, result any) ([]byte, error) {
	switch v := result.(type) {
	case nil:
		return append(dst, "null"...), nil
	case string:
		return univalue.AppendString(dst, v), nil
	case Object:
		return v.AppendJSON(dst)
	case Appender:
		return v.AppendJSON(dst)
	case json.RawMessage:
		return append(dst, v...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case int:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case int32:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case uint32:
		return strconv.AppendUint(dst, uint64(v), 10), nil
	case uint64:
		return strconv.AppendUint(dst, v, 10), nil
	case []any:
		return appendList(dst, v)
	case []Object:
		return appendList(dst, v)
	case []string:
		return appendList(dst, v)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(result); err != nil {
		return dst, err
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte{'\n'})...), nil
}

func appendList[T any](dst []byte, list []T) ([]byte, error) {
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = Append(dst, v); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// Double is a floating-point number in a result, printed as UniValue does: 16
// significant digits (UniValue::setFloat).
type Double float64

// AppendJSON appends the number; what JSON cannot express is 0.
func (d Double) AppendJSON(dst []byte) ([]byte, error) {
	if f := float64(d); math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, '0'), nil
	}
	return strconv.AppendFloat(dst, float64(d), 'g', 16, 64), nil
}

// MarshalJSON prints the number as AppendJSON does.
func (d Double) MarshalJSON() ([]byte, error) { return d.AppendJSON(nil) }

// Amount is duffs in a result, printed as DASH with eight decimals
// (ValueFromAmount).
type Amount int64

// Append appends the amount.
func (a Amount) Append(dst []byte) []byte {
	const coin = 100_000_000
	n := uint64(a)
	if a < 0 {
		dst, n = append(dst, '-'), -n
	}
	dst = strconv.AppendUint(dst, n/coin, 10)
	at := len(dst)
	dst = strconv.AppendUint(dst, n%coin+coin, 10)
	dst[at] = '.' // in place of the one that keeps the zeros
	return dst
}

// AppendJSON is Append.
func (a Amount) AppendJSON(dst []byte) ([]byte, error) { return a.Append(dst), nil }

// MarshalJSON prints the amount as AppendJSON does.
func (a Amount) MarshalJSON() ([]byte, error) { return a.Append(nil), nil }

// Member is one member of an Object.
type Member struct {
	Key   string
	Value any
}

// Object is a JSON object whose members keep their order.
type Object []Member

// AppendJSON appends the members in order.
func (o Object) AppendJSON(dst []byte) ([]byte, error) {
	dst = append(dst, '{')
	for i, m := range o {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(univalue.AppendString(dst, m.Key), ':')
		var err error
		if dst, err = Append(dst, m.Value); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// MarshalJSON prints the members in order.
func (o Object) MarshalJSON() ([]byte, error) { return o.AppendJSON(nil) }

package rpcdesc

import (
	"errors"

	"dashmp/node/address"
	"dashmp/node/descriptor"
	"dashmp/node/params"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/standard"
)

// parseError is the RPC error of a text that is no descriptor.
func parseError(err error) error {
	var p descriptor.ParseError
	if errors.As(err, &p) {
		return rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "%s", hide(string(p)))
	}
	return err
}

// keyLength is the least length of a text that may be a private key: that of the
// wallet import format.
const keyLength = 50

// hide replaces what may be a private key, mistyped, in a text that repeats a
// part of a descriptor: a long run of letters and digits that is no hexadecimal
// number.
func hide(text string) string {
	out, run := []byte{}, []byte{}
	end := func() {
		if len(run) >= keyLength && !standard.IsHex(string(run)) {
			run = append(run[:0], "[redacted]"...)
		}
		out, run = append(out, run...), run[:0]
	}
	for i := range len(text) {
		if c := text[i]; c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' {
			run = append(run, c)
			continue
		}
		end()
		out = append(out, text[i])
	}
	end()
	return string(out)
}

// Info is getdescriptorinfo. The result is public; an error may
// repeat a part of the text.
func Info(text string, b58 params.Base58) (rpccall.Object, error) {
	d, secrets, err := descriptor.Parse(text, b58, false)
	if err != nil {
		return nil, parseError(err)
	}
	defer secrets.Wipe()
	checksum, err := descriptor.Checksum(text)
	if err != nil {
		return nil, parseError(err)
	}
	return rpccall.Object{
		{Key: "descriptor", Value: d.String()},
		{Key: "checksum", Value: checksum},
		{Key: "isrange", Value: d.IsRange()},
		{Key: "issolvable", Value: d.IsSolvable()},
		{Key: "hasprivatekeys", Value: secrets.Len() > 0},
	}, nil
}

// maxRange is how many positions a range may have.
const maxRange = 1_000_000

// ParseRange reads a range of positions: its end, or both ends
// (ParseDescriptorRange).
func ParseRange(v univalue.Value) (low, high int64, err error) {
	switch {
	case v.Kind() == univalue.Number:
		if high, err = rpcvalue.Integer(v, 64); err != nil {
			return 0, 0, err
		}
	case v.Kind() == univalue.Array && v.Len() == 2:
		if low, high, err = rangeEnds(v); err != nil {
			return 0, 0, err
		}
	default:
		return 0, 0, errRange()
	}
	switch {
	case low < 0:
		return 0, 0, rpcerr.Errorf(rpcerr.InvalidParameter, "Range should be greater or equal than 0")
	case high>>31 != 0:
		return 0, 0, rpcerr.Errorf(rpcerr.InvalidParameter, "End of range is too high")
	case high >= low+maxRange:
		return 0, 0, rpcerr.Errorf(rpcerr.InvalidParameter, "Range is too large")
	}
	return low, high, nil
}

func errRange() error {
	return rpcerr.Errorf(rpcerr.InvalidParameter, "Range must be specified as end or as [begin,end]")
}

func rangeEnds(v univalue.Value) (low, high int64, err error) {
	var ends []int64
	for e := range v.Elements() {
		if e.Kind() != univalue.Number {
			return 0, 0, errRange()
		}
	}
	for e := range v.Elements() {
		n, err := rpcvalue.Integer(e, 64)
		if err != nil {
			return 0, 0, err
		}
		ends = append(ends, n)
	}
	if ends[0] > ends[1] {
		return 0, 0, rpcerr.Errorf(rpcerr.InvalidParameter, "Range specified as [begin,end] must not have begin after end")
	}
	return ends[0], ends[1], nil
}

// Addresses is deriveaddresses. given says whether there was a parameter
// range, null or not; the value of none is null.
func Addresses(text string, given bool, positions univalue.Value, b58 params.Base58) ([]string, error) {
	var low, high int64
	if !positions.IsNull() {
		var err error
		if low, high, err = ParseRange(positions); err != nil {
			return nil, err
		}
	}
	d, secrets, err := descriptor.Parse(text, b58, true)
	if err != nil {
		return nil, parseError(err)
	}
	defer secrets.Wipe()
	if !d.IsRange() && given {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Range should not be specified for an un-ranged descriptor")
	}
	if d.IsRange() && !given {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Range must be specified for a ranged descriptor")
	}
	var out []string
	for pos := low; pos <= high; pos++ {
		scripts, _, ok := d.Expand(uint32(pos), secrets, nil)
		if !ok {
			return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Cannot derive script without private keys")
		}
		for _, s := range scripts {
			dest, ok := standard.Destination(s)
			if !ok {
				return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Descriptor does not have a corresponding address")
			}
			out = append(out, address.Encode(dest, b58))
		}
	}
	if len(out) == 0 {
		return nil, rpcerr.Errorf(rpcerr.Misc, "Unexpected empty result")
	}
	return out, nil
}

// scanRange is the last position of a scan object that names none.
const scanRange = 1000

// ScanObject is one parameter of scantxoutset: a descriptor, or one with a range
// (EvalDescriptorStringOrObject).
type ScanObject struct {
	// Text is the descriptor.
	Text string
	// Range is the parameter of that name, null if there is none.
	Range univalue.Value
}

// Script is a script and the descriptor it can be inferred from.
type Script struct {
	Script     []byte
	Descriptor string
}

// Scan is a scan object that has been read.
type Scan struct {
	d         *descriptor.Descriptor
	secrets   *descriptor.Secrets
	low, high int64
	// text is the descriptor without what may be a private key.
	text string
	b58  params.Base58
}

// ParseScan reads a scan object.
func ParseScan(o ScanObject, b58 params.Base58) (*Scan, error) {
	s := &Scan{high: scanRange, text: hide(o.Text), b58: b58}
	var err error
	if !o.Range.IsNull() {
		if s.low, s.high, err = ParseRange(o.Range); err != nil {
			return nil, err
		}
	}
	if s.d, s.secrets, err = descriptor.Parse(o.Text, b58, false); err != nil {
		return nil, parseError(err)
	}
	if !s.d.IsRange() {
		s.low, s.high = 0, 0
	}
	return s, nil
}

// Private reports whether it holds private keys.
func (s *Scan) Private() bool { return s.secrets.Len() > 0 }

// Wipe clears the private keys.
func (s *Scan) Wipe() { s.secrets.Wipe() }

// Scripts are those that it describes. The result is public.
func (s *Scan) Scripts() ([]Script, error) {
	var out []Script
	var cache descriptor.Cache
	for pos := s.low; pos <= s.high; pos++ {
		// The keys above a wildcard are derived once.
		scripts, known, ok := s.d.ExpandCached(uint32(pos), &cache)
		if !ok {
			scripts, known, ok = s.d.Expand(uint32(pos), s.secrets, &cache)
		}
		if !ok {
			return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Cannot derive script without private keys: '%s'", s.text)
		}
		for _, code := range scripts {
			out = append(out, Script{code, descriptor.Infer(code, known, s.b58).String()})
		}
	}
	return out, nil
}

package rawtx

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
		return rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "%s", string(p))
	}
	return err
}

// DescriptorInfo is getdescriptorinfo. The result is public; an error may
// repeat a part of the text.
func DescriptorInfo(text string, b58 params.Base58) (rpccall.Object, error) {
	d, secrets, err := descriptor.Parse(text, b58, false)
	if err != nil {
		return nil, parseError(err)
	}
	defer secrets.Wipe()
	checksum, err := descriptor.Checksum(text)
	if err != nil {
		return nil, parseError(err)
	}
	return object{
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

// DeriveAddresses is deriveaddresses. given says whether there was a parameter
// range, null or not; the value of none is null.
func DeriveAddresses(text string, given bool, positions univalue.Value, b58 params.Base58) ([]string, error) {
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

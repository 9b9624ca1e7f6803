package rpcdesc

import (
	"errors"

	"dashmp/node/address"
	"dashmp/node/descriptor"
	"dashmp/node/params"
	"dashmp/node/rpc/rpcerr"
)

// OutputScript is the script that a descriptor stands for where one output is
// wanted: of several the one that pays the key's hash (getScriptFromDescriptor
// in Dash Core's src/rpc/mining.cpp).
func OutputScript(text string, b58 params.Base58) ([]byte, error) {
	d, secrets, err := descriptor.Parse(text, b58, false)
	if err != nil {
		return nil, parseError(err)
	}
	defer secrets.Wipe()
	return outputScript(d, secrets)
}

// AddressOrOutputScript is OutputScript for a text that may also be an address.
func AddressOrOutputScript(text string, b58 params.Base58) ([]byte, error) {
	d, secrets, err := descriptor.Parse(text, b58, false)
	var parse descriptor.ParseError
	switch {
	case err == nil:
		defer secrets.Wipe()
		return outputScript(d, secrets)
	case !errors.As(err, &parse):
		return nil, err
	}
	dest, err := address.Decode(text, b58)
	if err != nil {
		return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Error: Invalid address or descriptor")
	}
	return dest.Script(), nil
}

func outputScript(d *descriptor.Descriptor, secrets *descriptor.Secrets) ([]byte, error) {
	if d.IsRange() {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Ranged descriptor not accepted. Maybe pass through deriveaddresses first?")
	}
	scripts, _, ok := d.Expand(0, secrets, nil)
	switch {
	case !ok:
		return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Cannot derive script without private keys")
	case len(scripts) == 1:
		return scripts[0], nil
	}
	return scripts[1], nil
}

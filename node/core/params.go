package core

import (
	"strings"

	"dashmp/node/params"
)

// Params are those of a chain by its section (main, test, devnet or regtest)
// and its name, which on a named devnet is devnet-NAME.
func Params(chain, name string) (*params.Params, error) {
	o := params.Options{}
	if devnet, named := strings.CutPrefix(name, "devnet-"); chain == params.Devnet && named {
		o.DevnetName = devnet
	}
	return params.Select(chain, o)
}

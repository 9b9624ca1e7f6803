package loader

import (
	"fmt"
	"math"

	"dashmp/node/params"
	"dashmp/node/rpcvalue"
	"dashmp/sandbox/role/config"
)

// Configure completes options from what the role is told of the operator's. An
// error has Dash Core's text.
func Configure(c *config.Config, o Options) (Options, error) {
	p, err := params.Select(c.Chain, params.Options{})
	if err != nil {
		return o, err
	}
	o.Network, o.Base58 = c.ChainName, p.Base58
	o.KeyPool = uint32(min(max(c.Int64("keypool"), 1), math.MaxInt32))
	bits := c.Int64("mnemonicbits")
	if bits < 128 || bits > 256 || bits%32 != 0 {
		return o, fmt.Errorf("Invalid '-mnemonicbits'. Allowed values: 128, 160, 192, 224, 256.")
	}
	o.MnemonicBits = uint32(bits)
	for name, to := range map[string]*int64{"maxtxfee": &o.MaxTxFee, "fallbackfee": &o.FallbackFee} {
		n, ok := rpcvalue.FixedPoint(c.String(name), 8)
		if !ok || !rpcvalue.MoneyRange(n) {
			return o, fmt.Errorf("Invalid amount for -%s=<amount>: '%s'", name, c.String(name))
		}
		*to = n
	}
	return o, nil
}

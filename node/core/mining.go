package core

import (
	"context"
	"strings"

	"dashmp/node/mining"
	"dashmp/sandbox/role/config"
)

// openMining makes what composes blocks.
func (c *Core) openMining(context.Context) (part, error) {
	o := mining.Options{
		Chain: c.chain, Rules: c.rules, Pool: c.mempool, Now: c.o.Now, Log: c.o.Log, Governance: c.governance,
		MaxSize: uint64(c.o.Config.Int64("blockmaxsize")), MinFeeRate: money(c.o.Config, "blockmintxfee"),
		LogFeeRates: c.o.Config.Bool("printpriority"), Warnings: c.Warnings,
		Peers: func() int { return c.connections() },
	}
	if c.o.Config.IsSet("blockversion") {
		v := int32(c.o.Config.Int64("blockversion"))
		o.Version = &v
	}
	m := mining.New(o)
	context.AfterFunc(c.background, m.Interrupt)
	return part{name: "mining", methods: m.Methods(), stop: m.Interrupt}, nil
}

// money is an option that is an amount in DASH, in duffs (ParseMoney). That it
// is one has been checked where options are read.
func money(c *config.Config, name string) (duffs int64) {
	whole, fraction, _ := strings.Cut(strings.TrimSpace(c.String(name)), ".")
	for _, digit := range whole + (fraction + "00000000")[:8] {
		duffs = duffs*10 + int64(digit-'0')
	}
	return duffs
}

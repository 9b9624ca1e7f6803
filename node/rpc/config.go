package rpc

import (
	"math"
	"strings"
	"time"

	"dashmp/sandbox/role/config"
)

// OptionsOf turns what the rpc role is told into Options, without what is no
// configuration: listeners, owners, the password and the logger. The error is
// that of a malformed -rpcallowip.
func OptionsOf(c *config.Config) (Options, error) {
	o := Options{
		DisableWallet: c.Bool("disablewallet"),
		REST:          c.Bool("rest"),
		Threads:       positive(c.Int64("rpcthreads")),
		WorkQueue:     positive(c.Int64("rpcworkqueue")),
		ExternalQueue: positive(c.Int64("rpcexternalworkqueue")),
		Timeout:       time.Duration(positive(c.Int64("rpcservertimeout"))) * time.Second,
		Credentials:   Credentials{Auth: c.Strings("rpcauth")},
		Chain:         c.Chain,
		Started:       c.StartTime(),
		LogPath:       c.LogPath,
		LogIPs:        c.Bool("logips"),
	}
	if users := c.String("rpcexternaluser"); users != "" {
		o.ExternalUsers = strings.Split(users, ",")
	}
	for _, s := range c.Strings("rpcallowip") {
		p, err := ParseAllow(s)
		if err != nil {
			return o, err
		}
		o.Allow = append(o.Allow, p)
	}
	if c.IsSet("rpcwhitelist") || c.Bool("rpcwhitelistdefault") {
		refuse := c.IsSet("rpcwhitelist")
		if c.IsSet("rpcwhitelistdefault") {
			refuse = c.Bool("rpcwhitelistdefault")
		}
		o.Whitelist = NewWhitelist(c.Strings("rpcwhitelist"), refuse)
	}
	return o, nil
}

// positive is Dash Core's max(n, 1) for thread and queue counts.
func positive(n int64) int { return int(min(max(n, 1), math.MaxInt32)) }

package options

import (
	"fmt"
	"slices"
	"strings"
)

// interaction is one rule by which an option that was given sets others that
// were not.
type interaction struct {
	// when decides whether the rule applies; cause is its reason in the log.
	when func(c *Config) (cause string, applies bool)
	sets []softSet
	// force overrides what the operator gave.
	force bool
}

type softSet struct {
	name, value string
	// shown is the value in the log, if Dash Core words it differently.
	shown string
}

// interactions returns Dash Core's parameter interactions (init.cpp:
// InitParameterInteraction) in its order, which matters: -bind is looked at
// before -connect, so that the suite's "connect=0, bind=127.0.0.1" listens.
//
//	given                             sets, unless given
//	-bind, -whitebind                 listen=1
//	-connect, -maxconnections<=0      dnsseed=0 listen=0
//	-proxy=X                          listen=0 upnp=0 natpmp=0 discover=0
//	listen=0, also by the above       upnp=0 natpmp=0 discover=0 listenonion=0 i2pacceptincoming=0
//	-externalip                       discover=0
//	-blocksonly                       whitelistrelay=0
//	-whitelistforcerelay              whitelistrelay=1
//	-onlynet without ipv4 and ipv6    dnsseed=0
//	-prune=N                          disablegovernance=1 txindex=0
//	an address, spent or time index   checklevel=4 (forced if lower)
//	-masternodeblsprivkey             disablewallet=1 peerblockfilters=1 blockfilterindex=basic
func interactions() []interaction {
	one := func(name, value string) []softSet { return []softSet{{name: name, value: value}} }
	return []interaction{
		{when: ifSet("bind"), sets: one("listen", "1")},
		{when: ifSet("whitebind"), sets: one("listen", "1")},
		{
			when: func(c *Config) (string, bool) {
				return "-connect or -maxconnections=0 set", c.IsSet("connect") || c.Int64("maxconnections") <= 0
			},
			sets: []softSet{{name: "dnsseed", value: "0"}, {name: "listen", value: "0"}},
		},
		{
			when: func(c *Config) (string, bool) {
				p := c.StringOr("proxy", "")
				return "-proxy set", p != "" && p != "0"
			},
			sets: []softSet{{name: "listen", value: "0"}, {name: "upnp", value: "0"}, {name: "natpmp", value: "0"}, {name: "discover", value: "0"}},
		},
		{
			when: func(c *Config) (string, bool) { return "-listen=0", !c.BoolOr("listen", true) },
			sets: []softSet{
				{name: "upnp", value: "0"}, {name: "natpmp", value: "0"}, {name: "discover", value: "0"},
				{name: "listenonion", value: "0"}, {name: "i2pacceptincoming", value: "0"},
			},
		},
		{when: ifSet("externalip"), sets: one("discover", "0")},
		{when: ifOn("blocksonly"), sets: one("whitelistrelay", "0")},
		{when: ifOn("whitelistforcerelay"), sets: one("whitelistrelay", "1")},
		{when: noClearNet, sets: one("dnsseed", "0")},
		{
			when: func(c *Config) (string, bool) {
				n := c.Int64("prune")
				return fmt.Sprintf("-prune=%d", n), n > 0
			},
			sets: []softSet{
				{name: "disablegovernance", value: "1", shown: "true"},
				{name: "txindex", value: "0", shown: "false"},
			},
		},
		{
			when: func(c *Config) (string, bool) {
				on := c.Bool("addressindex") || c.Bool("spentindex") || c.Bool("timestampindex")
				return "additional indexes", on && c.Int64("checklevel") < 4
			},
			sets: one("checklevel", "4"), force: true,
		},
		{
			when: ifSet("masternodeblsprivkey"),
			sets: []softSet{
				{name: "disablewallet", value: "1"}, {name: "peerblockfilters", value: "1"},
				{name: "blockfilterindex", value: "basic"},
			},
		},
	}
}

func ifSet(name string) func(*Config) (string, bool) {
	return func(c *Config) (string, bool) { return "-" + name + " set", c.IsSet(name) }
}

func ifOn(name string) func(*Config) (string, bool) {
	return func(c *Config) (string, bool) { return "-" + name + "=1", c.Bool(name) }
}

func noClearNet(c *Config) (string, bool) {
	clear := slices.ContainsFunc(c.Strings("onlynet"), func(n string) bool {
		n = strings.ToLower(n)
		return n == "ipv4" || n == "ipv6"
	})
	return "-onlynet excludes IPv4 and IPv6", c.IsSet("onlynet") && !clear
}

// interact applies the interactions. A node serves RPC unless it is told not
// to (bitcoind.cpp soft-sets -server).
func (c *Config) interact(FileReader) error {
	c.softSet("server", "1")
	for _, rule := range interactions() {
		cause, applies := rule.when(c)
		if !applies {
			continue
		}
		for _, s := range rule.sets {
			if rule.force {
				c.src.forced[s.name] = stringValue(s.value)
			} else if !c.softSet(s.name, s.value) {
				continue
			}
			shown := s.shown
			if shown == "" {
				shown = s.value
			}
			c.earlyLog = append(c.earlyLog, fmt.Sprintf(
				"InitParameterInteraction: parameter interaction: %s -> setting -%s=%s", cause, s.name, shown))
		}
	}
	return nil
}

// softSet sets an option about which nothing was said.
func (c *Config) softSet(name, value string) bool {
	if c.IsSet(name) {
		return false
	}
	c.src.forced[name] = stringValue(value)
	return true
}

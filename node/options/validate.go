package options

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// check is one rule about values or combinations of options; the text is Dash
// Core's (init.cpp: AppInitParameterInteraction), "" if all is well.
type check func(c *Config, files FileReader) string

// checks returns the rules in Dash Core's order. Values that other parts of the
// node understand (log categories, addresses, quorum types) are checked there.
func checks() []check {
	return []check{
		checkBlocksDir, checkFilterIndex, checkPrune, checkDevnet, checkDNSSeed, checkListen,
		checkChainWork, checkMempool, checkPeerTimeout, checkAmounts, checkStandard, checkRebuild, checkSandbox,
	}
}

func (c *Config) validate(files FileReader) error {
	for _, rule := range checks() {
		if said := rule(c, files); said != "" {
			return fail(ErrValue, "%s", said)
		}
	}
	c.warnGovernance()
	return nil
}

// warnGovernance: Dash Core says so at each start.
func (c *Config) warnGovernance() {
	if !c.Bool("disablegovernance") {
		return
	}
	w := "Warning: You are starting with governance validation disabled."
	if c.Int64("prune") > 0 {
		w += " This is expected because you are running a pruned node."
	}
	c.Warnings = append(c.Warnings, w)
	c.earlyLog = append(c.earlyLog, w)
}

func checkBlocksDir(c *Config, files FileReader) string {
	if c.IsSet("blocksdir") && !files.IsDir(absolute(c.workDir, c.Path("blocksdir"))) {
		return fmt.Sprintf("Specified blocks directory \"%s\" does not exist.", c.StringOr("blocksdir", ""))
	}
	return ""
}

func checkFilterIndex(c *Config, _ FileReader) string {
	switch v := c.String("blockfilterindex"); v {
	case "", "0", "1":
	default:
		for _, name := range c.Strings("blockfilterindex") {
			if name != "basic" {
				return fmt.Sprintf("Unknown -blockfilterindex value %s.", name)
			}
		}
	}
	if c.Bool("peerblockfilters") && c.String("blockfilterindex") == "0" {
		return "Cannot set -peerblockfilters without -blockfilterindex."
	}
	return ""
}

func checkPrune(c *Config, _ FileReader) string {
	switch n := c.Int64("prune"); {
	case n == 0:
	case c.Bool("txindex"):
		return "Prune mode is incompatible with -txindex."
	case c.Bool("reindex-chainstate"):
		return "Prune mode is incompatible with -reindex-chainstate. Use full -reindex instead."
	case !c.Bool("disablegovernance"):
		return "Prune mode is incompatible with -disablegovernance=false."
	case n < 0:
		return "Prune cannot be configured with a negative value."
	case n > 1 && n < 945:
		least := int64(945)
		if c.BoolOr("regtest", false) {
			least = 550
		}
		if n < least {
			return fmt.Sprintf("Prune configured below the minimum of %d MiB.  Please use a higher number.", least)
		}
	}
	return ""
}

// checkRebuild: indexes cannot follow unspent outputs that are made anew.
func checkRebuild(c *Config, _ FileReader) string {
	if !c.Bool("reindex-chainstate") {
		return ""
	}
	text := func(name string) string {
		return fmt.Sprintf("-reindex-chainstate option is not compatible with -%[1]s. Please temporarily disable %[1]s while using "+
			"-reindex-chainstate, or replace -reindex-chainstate with -reindex to fully rebuild all indexes.", name)
	}
	switch {
	case c.Bool("coinstatsindex"):
		return text("coinstatsindex")
	case c.String("blockfilterindex") != "0":
		return text("blockfilterindex")
	case c.Bool("txindex"):
		return text("txindex")
	}
	return ""
}

func checkDevnet(c *Config, _ FileReader) string {
	switch {
	case !c.IsSet("devnet"):
	case c.Bool("listen") && !c.IsSet("port"):
		return "-port must be specified when -devnet and -listen are specified"
	case c.BoolOr("server", false) && !c.IsSet("rpcport"):
		return "-rpcport must be specified when -devnet and -server are specified"
	case len(c.Strings("devnet")) > 1:
		return "-devnet can only be specified once"
	}
	return ""
}

func checkDNSSeed(c *Config, _ FileReader) string {
	if c.Bool("forcednsseed") && !c.Bool("dnsseed") {
		return "Cannot set -forcednsseed to true when setting -dnsseed to false."
	}
	return ""
}

func checkListen(c *Config, _ FileReader) string {
	if c.Bool("listen") {
		return ""
	}
	if len(c.Strings("bind"))+len(c.Strings("whitebind")) > 0 {
		return "Cannot set -bind or -whitebind together with -listen=0"
	}
	if c.Bool("listenonion") {
		return "Cannot set -listen=0 together with -listenonion=1"
	}
	return ""
}

func checkChainWork(c *Config, _ FileReader) string {
	if !c.IsSet("minimumchainwork") {
		return ""
	}
	given := c.StringOr("minimumchainwork", "")
	digits := strings.TrimPrefix(given, "0x")
	if digits == "" || strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
		return fmt.Sprintf("Invalid non-hex (%s) minimum chain work value specified", given)
	}
	return ""
}

// checkMempool: 40 chains of the largest permitted size must fit.
func checkMempool(c *Config, _ FileReader) string {
	largest, least := c.Int64("maxmempool"), c.Int64("limitdescendantsize")
	const bound = math.MaxInt64 / 1_000_000
	largest, least = min(max(largest, -1), bound), min(max(least, 0), bound/40)
	if largest < 0 || largest*1_000_000 < least*40_000 {
		return fmt.Sprintf("-maxmempool must be at least %d MB", (least*40_000+999_999)/1_000_000)
	}
	return ""
}

func checkPeerTimeout(c *Config, _ FileReader) string {
	if c.Int64("peertimeout") <= 0 {
		return "peertimeout must be a positive integer."
	}
	return ""
}

func checkAmounts(c *Config, _ FileReader) string {
	for _, name := range []string{"incrementalrelayfee", "minrelaytxfee", "blockmintxfee", "dustrelayfee"} {
		if !c.IsSet(name) {
			continue
		}
		if given := c.StringOr(name, ""); !isMoney(given) {
			return fmt.Sprintf("Invalid amount for -%s=<amount>: '%s'", name, given)
		}
	}
	return ""
}

// isMoney reports whether s is an amount as Dash Core's ParseMoney takes it:
// at most ten digits of whole DASH, at most eight after the point, at most 21
// million, blanks around it.
func isMoney(s string) bool {
	s = strings.Trim(s, " \f\n\r\t\v")
	whole, fraction, _ := strings.Cut(s, ".")
	if s == "" || len(whole) > 10 || len(fraction) > 8 || strings.Trim(whole+fraction, "0123456789") != "" {
		return false
	}
	w := atoi(whole, math.MinInt64, math.MaxInt64)
	const most = 21_000_000
	return w < most || (w == most && strings.Trim(fraction, "0") == "")
}

func checkStandard(c *Config, _ FileReader) string {
	if c.Chain() == sectionMain && c.Bool("acceptnonstdtxn") {
		return "acceptnonstdtxn is not currently supported for main chain"
	}
	return ""
}

func checkSandbox(c *Config, _ FileReader) string {
	modes := []string{"enforce", "trace", "off"}
	if m := c.String("sandbox"); !slices.Contains(modes, m) {
		return fmt.Sprintf("Invalid value for -sandbox=<mode>: '%s' (it is one of %s)", m, strings.Join(modes, ", "))
	}
	return ""
}

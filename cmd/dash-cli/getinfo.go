package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"dashmp/node/rpc/univalue"
)

// member is one member of an object that is being made.
type member struct {
	key   string
	value univalue.Value
}

// object is the JSON of an object with these members.
func object(members []member) []byte {
	b := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(univalue.AppendString(b, m.key), ':')
		b = append(b, m.value.Raw()...)
	}
	return append(b, '}')
}

// getinfo asks for what -getinfo shows (GetinfoRequestHandler).
func (c *cli) getinfo(words []string) (exchange, error) {
	if len(words) > 0 {
		return exchange{}, text("-getinfo takes no arguments")
	}
	return exchange{
		body:   batch("getnetworkinfo", "getblockchaininfo", "getwalletinfo", "getbalances"),
		wallet: c.wallet(),
		read:   readInfo,
	}, nil
}

// readInfo puts the four replies together. The wallet's may be errors: there
// need not be a wallet.
func readInfo(reply univalue.Value) (univalue.Value, error) {
	recs, err := members(reply, 4)
	if err != nil {
		return reply, err
	}
	for _, rec := range recs[:2] {
		if !rec.Find("error").IsNull() {
			return rec, nil
		}
	}
	network, chain := recs[0].Find("result"), recs[1].Find("result")
	wallet, balances := recs[2].Find("result"), recs[3].Find("result")
	info := []member{
		{"version", network.Find("version")},
		{"blocks", chain.Find("blocks")},
		{"headers", chain.Find("headers")},
		{"verificationprogress", chain.Find("verificationprogress")},
		{"timeoffset", network.Find("timeoffset")},
		{"connections", parsed(object([]member{
			{"in", network.Find("connections_in")},
			{"out", network.Find("connections_out")},
			{"total", network.Find("connections")},
			{"mn_in", network.Find("connections_mn_in")},
			{"mn_out", network.Find("connections_mn_out")},
			{"mn_total", network.Find("connections_mn")},
		}))},
		{"networks", network.Find("networks")},
		{"difficulty", chain.Find("difficulty")},
		{"chain", chain.Find("chain")},
	}
	if !wallet.IsNull() {
		info = append(info,
			member{"coinjoin_balance", wallet.Find("coinjoin_balance")},
			member{"has_wallet", parsed([]byte("true"))},
			member{"keypoolsize", wallet.Find("keypoolsize")},
			member{"walletname", wallet.Find("walletname")})
		if until := wallet.Find("unlocked_until"); !until.IsNull() {
			info = append(info, member{"unlocked_until", until})
		}
		info = append(info, member{"paytxfee", wallet.Find("paytxfee")})
	}
	if !balances.IsNull() {
		info = append(info, member{"balance", balances.Find("mine").Find("trusted")})
	}
	info = append(info, member{"relayfee", network.Find("relayfee")}, member{"warnings", network.Find("warnings")})
	return answered(object(info))
}

func parsed(b []byte) univalue.Value {
	v, _ := univalue.Parse(b)
	return v
}

// walletBalances returns what each wallet can spend if several are loaded, else
// null (GetWalletBalances).
func (c *cli) walletBalances(ctx context.Context) (univalue.Value, error) {
	var none univalue.Value
	reply, err := c.callPatiently(ctx, exchange{body: request("listwallets", []byte("[]"), 1)})
	if err != nil || !reply.Find("error").IsNull() {
		return none, err
	}
	wallets := reply.Find("result")
	if wallets.Len() <= 1 {
		return none, nil
	}
	var all []member
	for w := range wallets.Elements() {
		name := w.Text()
		reply, err := c.callPatiently(ctx, exchange{body: request("getbalances", []byte("[]"), 1), wallet: &name})
		if err != nil {
			return none, err
		}
		all = append(all, member{name, reply.Find("result").Find("mine").Find("trusted")})
	}
	return parsed(object(all)), nil
}

// palette are the escape sequences of the colours; empty ones colour nothing.
type palette struct{ reset, green, blue, yellow, magenta, cyan string }

// colours decides by -color and by where the output goes.
func (c *cli) colours() (palette, error) {
	on := c.terminal
	if c.conf.IsSet("color") {
		switch c.conf.String("color") {
		case "always":
			on = true
		case "never":
			on = false
		case "auto":
		default:
			return palette{}, text("Invalid value for -color option. Valid values: always, auto, never.")
		}
	}
	if !on {
		return palette{}, nil
	}
	return palette{"\x1b[0m", "\x1b[32m", "\x1b[34m", "\x1b[33m", "\x1b[35m", "\x1b[36m"}, nil
}

// infoText is the overview for people (ParseGetInfoResult). Balances is null
// unless several wallets are loaded.
func (c *cli) infoText(info, balances univalue.Value) (string, error) {
	p, err := c.colours()
	if err != nil {
		return "", err
	}
	var f fields
	progress := f.real(info.Find("verificationprogress"))
	if f.err != nil {
		return "", f.err
	}
	bar := ""
	if progress < 0.99 {
		bar = progressBar(progress) + " "
	}
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	get := func(key string) string { return shown(info.Find(key)) }
	say("%sChain: %s%s\n", p.blue, get("chain"), p.reset)
	say("Blocks: %s\nHeaders: %s\n", get("blocks"), get("headers"))
	say("Verification progress: %s%.4f%%\n", bar, progress*100)
	say("Difficulty: %s\n\n", get("difficulty"))
	n := func(key string) string { return shown(info.Find("connections").Find(key)) }
	say("%sNetwork: in %s, out %s, total %s, mn_in %s, mn_out %s, mn_total %s%s\n", p.green,
		n("in"), n("out"), n("total"), n("mn_in"), n("mn_out"), n("mn_total"), p.reset)
	say("Version: %s\nTime offset (s): %s\n", get("version"), get("timeoffset"))
	say("Proxies: %s\n", proxies(info.Find("networks")))
	say("Min tx relay fee rate (DASH/kB): %s\n\n", get("relayfee"))
	if !info.Find("has_wallet").IsNull() {
		say("%sWallet: %s%s\n", p.magenta, orQuotes(get("walletname")), p.reset)
		say("%sCoinJoin balance:%s %s\n", p.cyan, p.reset, get("coinjoin_balance"))
		say("Keypool size: %s\n", get("keypoolsize"))
		if until := info.Find("unlocked_until"); !until.IsNull() {
			say("Unlocked until: %s\n", shown(until))
		}
		say("Transaction fee rate (-paytxfee) (DASH/kB): %s\n\n", get("paytxfee"))
	}
	if balance := info.Find("balance"); !balance.IsNull() {
		say("%sBalance:%s %s\n\n", p.cyan, p.reset, shown(balance))
	}
	if !balances.IsNull() {
		say("%sBalances%s\n%s\n", p.cyan, p.reset, balanceLines(balances))
	}
	warnings := get("warnings")
	if warnings == "" {
		warnings = "(none)"
	}
	say("%sWarnings:%s %s", p.yellow, p.reset, warnings)
	return b.String(), nil
}

func orQuotes(name string) string {
	if name == "" {
		return `""`
	}
	return name
}

func balanceLines(balances univalue.Value) string {
	width := 10
	for _, v := range balances.Members() {
		width = max(width, len(shown(v)))
	}
	out := ""
	for name, v := range balances.Members() {
		out += fmt.Sprintf("%*s %s\n", width, shown(v), orQuotes(name.Text()))
	}
	return out
}

// proxies lists each proxy with the networks that use it.
func proxies(networks univalue.Value) string {
	var order []string
	users := map[string][]string{}
	for n := range networks.Elements() {
		proxy := shown(n.Find("proxy"))
		if proxy == "" {
			continue
		}
		if !slices.Contains(order, proxy) {
			order = append(order, proxy)
		}
		users[proxy] = append(users[proxy], shown(n.Find("name")))
	}
	if len(order) == 0 {
		return "n/a"
	}
	for i, proxy := range order {
		order[i] = fmt.Sprintf("%s (%s)", proxy, strings.Join(users[proxy], ", "))
	}
	return strings.Join(order, ", ")
}

// progressBar has a step per 5 % (GetProgressBar); nothing for what is no share.
func progressBar(progress float64) string {
	if progress < 0 || progress > 1 {
		return ""
	}
	const step = 0.05
	out := ""
	for i := 0; float64(i) < progress/step; i++ {
		out += "\u2592"
	}
	for i := 0; float64(i) < (1-progress)/step; i++ {
		out += "\u2591"
	}
	return out
}

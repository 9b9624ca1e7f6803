package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"dashmp/node/rpc/univalue"
)

// networks are the kinds of networks that the server names, and shortNetworks
// how the list of peers does (GetNetworkName of src/netbase.cpp).
var (
	networks      = [...]string{"not_publicly_routable", "ipv4", "ipv6", "onion", "i2p", "cjdns", "internal"}
	shortNetworks = [...]string{"npr", "ipv4", "ipv6", "onion", "i2p", "cjdns", "int"}
)

func networkID(name string) (int, bool) {
	i := slices.Index(networks[:], name)
	return i, i >= 0
}

// maxLevel is the most detail that -netinfo knows.
const maxLevel = 4

// netinfo asks for what -netinfo shows (NetinfoRequestHandler).
func (c *cli) netinfo(words []string) (exchange, error) {
	level := 0
	if len(words) > 0 {
		n, err := strconv.ParseUint(words[0], 10, 8)
		if err != nil {
			return exchange{}, textf("invalid -netinfo argument: %s\nFor more information, run: dash-cli -netinfo help", words[0])
		}
		level = min(int(n), maxLevel)
	}
	return exchange{
		body:   batch("getpeerinfo", "getnetworkinfo"),
		wallet: c.wallet(),
		read: func(reply univalue.Value) (univalue.Value, error) {
			recs, err := members(reply, 2)
			if err != nil {
				return reply, err
			}
			for _, rec := range recs[:2] {
				if !rec.Find("error").IsNull() {
					return rec, nil
				}
			}
			d := dashboard{level: level, now: c.now(), chain: c.conf.Chain()}
			out, err := d.text(recs[0].Find("result"), recs[1].Find("result"))
			if err != nil {
				return reply, err
			}
			return answered(univalue.AppendString(nil, out))
		},
	}, nil
}

// dashboard makes the text of -netinfo.
type dashboard struct {
	level int
	now   time.Time
	chain string

	peers []peer
	// counts are numbers of peers: in, out and both; per network and, last, all.
	counts              [3][len(networks) + 1]int
	blockRelay, manuals int
	asmap               bool
}

// peer is one line of the list. Times are seconds since the epoch, pings
// seconds, negative if unknown.
type peer struct {
	addr, version, kind, network, age, transport      string
	minPing, ping                                     float64
	addrProcessed, addrLimited                        int64
	lastBlock, lastRecv, lastSend, lastTx, id, mapped int64
	outbound, relaysTx, relaysAddr, highFrom, highTo  bool
}

func (d *dashboard) showsAddress() bool { return d.level == 2 || d.level == 4 }
func (d *dashboard) showsVersion() bool { return d.level == 3 || d.level == 4 }

func (d *dashboard) text(peers, network univalue.Value) (string, error) {
	var f fields
	if f.int(network.Find("version")) < 200000 && f.err == nil {
		return "", text("-netinfo requires dashd server to be running v20.0 and up")
	}
	f.want(peers, univalue.Array)
	for p := range peers.Elements() {
		d.count(&f, p)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Dash Core client %s%s - server %d%s\n\n", fullVersion(), d.chainName(),
		f.int(network.Find("protocolversion")), f.string(network.Find("subversion")))
	if len(d.peers) > 0 {
		d.list(&b)
	}
	d.totals(&b, &f, network.Find("networks"))
	localAddresses(&b, &f, network.Find("localaddresses"))
	return b.String(), f.err
}

func (d *dashboard) chainName() string {
	if d.chain == "main" {
		return ""
	}
	return " " + d.chain
}

// count takes a peer into the totals and, with a level, into the list.
func (d *dashboard) count(f *fields, p univalue.Value) {
	id, ok := networkID(f.string(p.Find("network")))
	if !ok {
		return
	}
	outbound := !f.bool(p.Find("inbound"))
	kind := f.string(p.Find("connection_type"))
	row := 0
	if outbound {
		row = 1
	}
	for _, r := range []int{row, 2} {
		d.counts[r][id]++
		d.counts[r][len(networks)]++
	}
	switch kind {
	case "block-relay-only":
		d.blockRelay++
	case "manual":
		d.manuals++
	}
	if d.level > 0 {
		line := d.peer(f, p)
		line.outbound, line.network, line.kind = outbound, shortNetworks[id], kindName(kind)
		d.asmap = d.asmap || line.mapped != 0
		d.peers = append(d.peers, line)
	}
}

// peer reads the fields of the list. What older servers do not say has a
// default.
func (d *dashboard) peer(f *fields, p univalue.Value) peer {
	has := func(key string) bool { return !p.Find(key).IsNull() }
	number := func(key string) int64 { return f.int(p.Find(key)) }
	optional := func(key string) int64 {
		if has(key) {
			return number(key)
		}
		return 0
	}
	ping := func(key string) float64 {
		if has(key) {
			return f.real(p.Find(key))
		}
		return -1
	}
	out := peer{
		addr: f.string(p.Find("addr")), transport: "v1",
		minPing: ping("minping"), ping: ping("pingtime"),
		addrProcessed: optional("addr_processed"), addrLimited: optional("addr_rate_limited"),
		lastBlock: number("last_block"), lastRecv: number("lastrecv"), lastSend: number("lastsend"),
		lastTx: number("last_transaction"), id: number("id"), mapped: optional("mapped_as"),
		relaysTx:   !has("relaytxes") || f.bool(p.Find("relaytxes")),
		relaysAddr: has("addr_relay_enabled") && f.bool(p.Find("addr_relay_enabled")),
		highFrom:   f.bool(p.Find("bip152_hb_from")), highTo: f.bool(p.Find("bip152_hb_to")),
	}
	if began := number("conntime"); began != 0 {
		out.age = strconv.FormatInt((d.now.Unix()-began)/60, 10)
	}
	if out.version = strconv.FormatInt(number("version"), 10) + f.string(p.Find("subver")); out.version == "0" {
		out.version = ""
	}
	if has("transport_protocol_type") {
		out.transport = f.string(p.Find("transport_protocol_type"))
	}
	return out
}

func kindName(kind string) string {
	switch kind {
	case "outbound-full-relay":
		return "full"
	case "block-relay-only":
		return "block"
	case "manual", "feeler":
		return kind
	case "addr-fetch":
		return "addr"
	}
	return ""
}

// widths are those of the columns that grow with what is in them.
type widths struct{ addr, processed, limited, age, id int }

func (d *dashboard) widths() widths {
	w := widths{processed: 5, limited: 6, age: 5, id: 2}
	for i := range d.peers {
		p := &d.peers[i]
		w.processed = max(w.processed, len(strconv.FormatInt(p.addrProcessed, 10)))
		w.limited = max(w.limited, len(strconv.FormatInt(p.addrLimited, 10)))
		w.age = max(w.age, len(p.age))
		w.id = max(w.id, len(strconv.FormatInt(p.id, 10)))
		if d.showsAddress() {
			w.addr = max(w.addr, len(p.addr)+1)
		}
	}
	return w
}

// list writes a line per peer, inbound first and then by smallest ping.
func (d *dashboard) list(b *strings.Builder) {
	slices.SortStableFunc(d.peers, func(x, y peer) int {
		if x.outbound != y.outbound {
			if y.outbound {
				return -1
			}
			return 1
		}
		return cmp.Compare(x.minPing, y.minPing)
	})
	w := d.widths()
	fmt.Fprintf(b, "<->   type   net  v  mping   ping send recv  txn  blk  hb %*s%*s%*s ", w.processed, "addrp", w.limited, "addrl", w.age, "age")
	if d.asmap {
		b.WriteString(" asmap ")
	}
	address, version := "", ""
	if d.showsAddress() {
		address = "address"
	}
	if d.showsVersion() {
		version = "version"
	}
	fmt.Fprintf(b, "%*s %-*s%s\n", w.id, "id", w.addr, address, version)
	for i := range d.peers {
		d.line(b, &d.peers[i], w)
	}
	fmt.Fprintf(b, "                        ms     ms  sec  sec  min  min                %*s\n\n", w.age, "min")
}

func (d *dashboard) line(b *strings.Builder, p *peer, w widths) {
	direction := "in"
	if p.outbound {
		direction = "out"
	}
	since := func(t, unit int64, never string) string {
		if t == 0 {
			return never
		}
		return strconv.FormatInt((d.now.Unix()-t)/unit, 10)
	}
	count := func(n int64, none string) string {
		if n == 0 {
			return none
		}
		return strconv.FormatInt(n, 10)
	}
	asmap := 0
	if d.asmap {
		asmap = 7
	}
	address, version := "", ""
	if d.showsAddress() {
		address = p.addr
	}
	if d.showsVersion() {
		version = p.version
	}
	fmt.Fprintf(b, "%3s %6s %5s %2s%7s%7s%5s%5s%5s%5s  %2s %*s%*s%*s%*s %*d %-*s%s\n",
		direction, p.kind, p.network, transportName(p.transport), milliseconds(p.minPing), milliseconds(p.ping),
		since(p.lastSend, 1, ""), since(p.lastRecv, 1, ""),
		since(p.lastTx, 60, mark(!p.relaysTx, "*", "")), since(p.lastBlock, 60, ""),
		mark(p.highTo, ".", " ")+mark(p.highFrom, "*", " "),
		w.processed, count(p.addrProcessed, mark(!p.relaysAddr, ".", "")),
		w.limited, count(p.addrLimited, ""), w.age, p.age, asmap, count(p.mapped, ""),
		w.id, p.id, w.addr, address, version)
}

func mark(set bool, yes, no string) string {
	if set {
		return yes
	}
	return no
}

// transportName is the number behind the v; nothing while it is being found out.
// (Dash Core v23.1 has the test the wrong way round and shows neither.)
func transportName(s string) string {
	if len(s) > 1 && s[0] == 'v' {
		return s[1:2]
	}
	return " "
}

func milliseconds(seconds float64) string {
	if seconds < 0 {
		return ""
	}
	ms := math.Round(1000 * seconds)
	if ms > 999999 {
		return "-"
	}
	return strconv.FormatFloat(ms, 'f', 0, 64)
}

// totals writes how many peers there are, by network and direction.
func (d *dashboard) totals(b *strings.Builder, f *fields, list univalue.Value) {
	b.WriteString("     ")
	var columns []int
	for n := range list.Elements() {
		if id, ok := networkID(f.string(n.Find("name"))); ok && f.bool(n.Find("reachable")) {
			fmt.Fprintf(b, "%8s", networks[id])
			columns = append(columns, id)
		}
	}
	for _, id := range []int{0, len(networks) - 1} { // shown only if there are peers
		if d.counts[2][id] > 0 {
			fmt.Fprintf(b, "%8s", shortNetworks[id])
			columns = append(columns, id)
		}
	}
	b.WriteString("   total   block")
	if d.manuals > 0 {
		b.WriteString("  manual")
	}
	for row, name := range []string{"in", "out", "total"} {
		fmt.Fprintf(b, "\n%-5s", name)
		for _, id := range columns {
			fmt.Fprintf(b, "%8d", d.counts[row][id])
		}
		fmt.Fprintf(b, "   %5d", d.counts[row][len(networks)])
		if row == 1 {
			fmt.Fprintf(b, "   %5d", d.blockRelay)
			if d.manuals > 0 {
				fmt.Fprintf(b, "   %5d", d.manuals)
			}
		}
	}
}

func localAddresses(b *strings.Builder, f *fields, list univalue.Value) {
	b.WriteString("\n\nLocal addresses")
	if list.Len() == 0 {
		b.WriteString(": n/a\n")
		return
	}
	width := 0
	for a := range list.Elements() {
		width = max(width, len(f.string(a.Find("address")))+1)
	}
	for a := range list.Elements() {
		fmt.Fprintf(b, "\n%-*s    port %6d    score %6d", width, f.string(a.Find("address")), f.int(a.Find("port")), f.int(a.Find("score")))
	}
}

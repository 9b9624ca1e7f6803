package main

import (
	"context"
	"strconv"

	"dashmp/node/rpc/univalue"
)

// addrinfo asks for what -addrinfo counts (AddrinfoRequestHandler).
func (c *cli) addrinfo(words []string) (exchange, error) {
	if len(words) > 0 {
		return exchange{}, text("-addrinfo takes no arguments")
	}
	return exchange{body: request("getnodeaddresses", []byte("[0]"), 1), wallet: c.wallet(), read: countAddresses}, nil
}

// countAddresses counts a node's addresses by network.
func countAddresses(reply univalue.Value) (univalue.Value, error) {
	if !reply.Find("error").IsNull() {
		return reply, nil
	}
	var f fields
	nodes := reply.Find("result")
	f.want(nodes, univalue.Array)
	var counts [len(networks)]int
	first := true
	for n := range nodes.Elements() {
		name := n.Find("network")
		if first && name.IsNull() {
			return reply, text("-addrinfo requires dashd server to be running v21.0 and up")
		}
		first = false
		if id, ok := networkID(f.string(name)); ok {
			counts[id]++
		}
	}
	if f.err != nil {
		return reply, f.err
	}
	var known []member
	total := 0
	for id := 1; id < len(networks)-1; id++ {
		known = append(known, member{networks[id], number(counts[id])})
		total += counts[id]
	}
	known = append(known, member{"total", number(total)})
	return answered(object([]member{{"addresses_known", parsed(object(known))}}))
}

func number(n int) univalue.Value { return parsed(strconv.AppendInt(nil, int64(n), 10)) }

// defaultBlocks is how many blocks -generate makes (DEFAULT_NBLOCKS).
const defaultBlocks = "1"

// generate asks the wallet for an address, which is a call of its own, and
// returns the request for blocks that pay to it (GetNewAddress,
// SetGenerateToAddressArgs, GenerateToAddressRequestHandler). If the wallet has
// none, its reply comes back and ok is false.
func (c *cli) generate(ctx context.Context, words []string) (x exchange, reply univalue.Value, ok bool, err error) {
	reply, err = c.callPatiently(ctx, exchange{body: request("getnewaddress", []byte("[]"), 1), wallet: c.wallet()})
	if err != nil || !reply.Find("error").IsNull() {
		return x, reply, false, err
	}
	var f fields
	address := f.string(reply.Find("result"))
	switch {
	case f.err != nil:
		return x, reply, false, f.err
	case len(words) > 2:
		return x, reply, false, text("too many arguments (maximum 2 for nblocks and maxtries)")
	case len(words) == 0:
		words = []string{defaultBlocks}
	case words[0] == "0":
		return x, reply, false, text("the first argument (number of blocks to generate, default: " + defaultBlocks +
			") must be an integer value greater than zero")
	}
	params, err := c.table.ConvertPositional("generatetoaddress", append([]string{words[0], address}, words[1:]...))
	if err != nil {
		return x, reply, false, err
	}
	x = exchange{body: request("generatetoaddress", params, 1), wallet: c.wallet()}
	x.read = func(reply univalue.Value) (univalue.Value, error) {
		if !reply.Find("error").IsNull() {
			return reply, nil
		}
		return answered(object([]member{
			{"address", parsed(univalue.AppendString(nil, address))}, {"blocks", reply.Find("result")},
		}))
	}
	return x, reply, true, nil
}

package method

import (
	"slices"
	"time"
)

const networkCategory = "network"

// dialTimeout is how long an RPC that connects may take: the broker gives up
// earlier.
const dialTimeout = 10 * time.Minute

// network are the methods of Dash Core's src/rpc/net.cpp.
func network() []Method {
	return slices.Concat(connecting(), watching(), banning())
}

// connecting are those that make and end connections.
func connecting() []Method {
	return []Method{
		{
			Name: "addnode", Category: networkCategory, Owner: Core, NamesPeer: true, Timeout: dialTimeout,
			Desc: "Puts a peer on the list of those to stay connected to, takes it off, or tries to connect to it once.\n" +
				"Peers named this way are not dropped for misbehaviour and need not be full nodes.\n" +
				"There are at most 8 connections to peers of the list; -maxconnections does not count them.",
			Params: []Param{
				{Name: "node", Type: Str, Desc: "The address of the peer"},
				{Name: "command", Type: Str, Values: []string{"add", "remove", "onetry"}, Desc: "'add', 'remove' or 'onetry'"},
				{Name: "v2transport", Type: Bool, Hint: "set by -v2transport", Desc: "Whether to speak the encrypted transport (BIP 324); without meaning for 'remove'"},
			},
			Results:  []Result{{Kind: RNull}},
			Examples: []Example{cli(`"192.168.0.6:9999" "onetry" true`), curl(`"192.168.0.6:9999", "onetry" true`)},
		},
		{
			Name: "disconnectnode", Category: networkCategory, Owner: Core,
			Desc: "Ends the connection to a peer at once.\n\nThe peer is named by its address or by its number, not by both.\n" +
				"To name it by its number, give an empty address, or the argument nodeid by name only.",
			Params: []Param{
				{Name: "address", Type: Str, Hint: "fallback to nodeid", Desc: "The address and port of the peer"},
				{Name: "nodeid", Type: Num, Hint: "fallback to address", Desc: "The number of the peer in getpeerinfo"},
			},
			Results:  []Result{{Kind: RNull}},
			Examples: []Example{cli(`"192.168.0.6:9999"`), cli(`"" 1`), curl(`"192.168.0.6:9999"`), curl(`"", 1`)},
		},
		{
			Name: "getaddednodeinfo", Category: networkCategory, Owner: Core,
			Desc:   "Tells about one or all peers of the list of addnode.\nThose of 'onetry' are not on it.",
			Params: []Param{{Name: "node", Type: Str, Hint: "all nodes", Desc: "The peer, as it was given to addnode"}},
			Results: []Result{{Kind: RArr, Inner: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RStr, Key: "addednode", Desc: "the peer, as it was given to addnode"},
				{Kind: RBool, Key: "connected", Desc: "whether it is connected"},
				{Kind: RArr, Key: "addresses", Desc: "empty if it is not", Inner: []Result{{Kind: RObj, Inner: []Result{
					{Kind: RStr, Key: "address", Desc: "its address and port"},
					{Kind: RStr, Key: "connected", Desc: "inbound or outbound"},
				}}}},
			}}}}},
			Examples: []Example{cli(`"192.168.0.201"`), curl(`"192.168.0.201"`)},
		},
		{
			Name: "setnetworkactive", Category: networkCategory, Owner: Core,
			Desc:    "Switches all traffic with peers on or off.",
			Params:  []Param{{Name: "state", Type: Bool, Desc: "true for on, false for off"}},
			Results: []Result{{Kind: RBool, Desc: "What it is now"}},
		},
	}
}

// watching are those that tell.
func watching() []Method {
	return []Method{
		getNetTotals(), getNetworkInfo(), getNodeAddresses(), getPeerInfo(),
		{
			Name: "getconnectioncount", Category: networkCategory, Owner: Core,
			Desc: "Counts the connections to peers.", Results: []Result{{Kind: RNum, Desc: "The number"}}, Examples: both(),
		},
		{
			Name: "ping", Category: networkCategory, Owner: Core,
			Desc: "Asks for a ping to every peer. getpeerinfo shows how long each took.\n" +
				"Pings wait in line with everything else, so they measure the peer's load too.",
			Results: []Result{{Kind: RNull}}, Examples: both(),
		},
	}
}

// banning are those of the list of bans.
func banning() []Method {
	return []Method{
		{
			Name: "clearbanned", Category: networkCategory, Owner: Core,
			Desc: "Lifts all bans.", Results: []Result{{Kind: RNull}}, Examples: both(),
		},
		{
			Name: "listbanned", Category: networkCategory, Owner: Core,
			Desc: "Lists the bans.",
			Results: []Result{{Kind: RArr, Inner: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RStr, Key: "address", Desc: "the address or subnet"},
				{Kind: RTime, Key: "ban_created", Desc: "when it was banned, in UNIX epoch time"},
				{Kind: RTime, Key: "banned_until", Desc: "until when, in UNIX epoch time"},
				{Kind: RNum, Key: "ban_duration", Desc: "for how many seconds"},
				{Kind: RNum, Key: "time_remaining", Desc: "how many seconds are left"},
			}}}}},
			Examples: both(),
		},
		{
			Name: "setban", Category: networkCategory, Owner: Core,
			Desc: "Bans an address or a subnet, or lifts the ban.",
			Params: []Param{
				{Name: "subnet", Type: Str, Desc: "The address, or a subnet with a mask"},
				{Name: "command", Type: Str, Values: []string{"add", "remove"}, Desc: "'add' or 'remove'"},
				{Name: "bantime", Type: Num, Default: "0", Desc: "For how many seconds, or until when if absolute is set; 0 for -bantime"},
				{Name: "absolute", Type: Bool, Default: "false", Desc: "Whether bantime is a UNIX epoch time"},
			},
			Results:  []Result{{Kind: RNull}},
			Examples: []Example{cli(`"192.168.0.6" "add" 86400`), cli(`"192.168.0.0/24" "add"`), curl(`"192.168.0.6", "add", 86400`)},
		},
	}
}

func getNodeAddresses() Method {
	return Method{
		Name: "getnodeaddresses", Category: networkCategory, Owner: Core,
		Desc: "Returns addresses of other nodes that are fresh enough to be of use.\nMore may be known.",
		Params: []Param{
			{Name: "count", Type: Num, Default: "1", Desc: "How many at most, 0 for all"},
			{Name: "network", Type: Str, Hint: "all networks", Desc: "Of which network: ipv4, ipv6, onion, i2p or cjdns"},
		},
		Results: []Result{{Kind: RArr, Inner: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RTime, Key: "time", Desc: "when the node was last heard of, in UNIX epoch time"},
			{Kind: RNum, Key: "services", Desc: "the services it offers"},
			{Kind: RStr, Key: "address", Desc: "its address"},
			{Kind: RNum, Key: "port", Desc: "its port"},
			{Kind: RStr, Key: "network", Desc: "the network of the address"},
		}}}}},
		Examples: []Example{cli("8"), cli(`4 "i2p"`), example(ExCLINamed, "network=onion count=12"), curl("8"), curl(`4, "i2p"`)},
	}
}

func getNetTotals() Method {
	return Method{
		Name: "getnettotals", Category: networkCategory, Owner: Core,
		Desc: "Counts the bytes of all peers together.",
		Results: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RNum, Key: "totalbytesrecv", Desc: "bytes received"},
			{Kind: RNum, Key: "totalbytessent", Desc: "bytes sent"},
			{Kind: RTime, Key: "timemillis", Desc: "the time of the system in milliseconds of UNIX epoch time"},
			{Kind: RObj, Key: "uploadtarget", Inner: []Result{
				{Kind: RNum, Key: "timeframe", Desc: "the length of a cycle in seconds"},
				{Kind: RNum, Key: "target", Desc: "-maxuploadtarget in bytes"},
				{Kind: RBool, Key: "target_reached", Desc: "whether it is used up"},
				{Kind: RBool, Key: "serve_historical_blocks", Desc: "whether old blocks are served"},
				{Kind: RNum, Key: "bytes_left_in_cycle", Desc: "bytes left in the cycle"},
				{Kind: RNum, Key: "time_left_in_cycle", Desc: "seconds left in the cycle"},
			}},
		}}},
		Examples: both(),
	}
}

func getNetworkInfo() Method {
	return Method{
		Name: "getnetworkinfo", Category: networkCategory, Owner: Core,
		Desc: "Tells about this node as a part of the network.",
		Results: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RNum, Key: "version", Desc: "the version of the software"},
			{Kind: RStr, Key: "buildversion", Desc: "the same in words"},
			{Kind: RStr, Key: "subversion", Desc: "how the node calls itself to peers"},
			{Kind: RNum, Key: "protocolversion", Desc: "the version of the protocol"},
			{Kind: RHex, Key: "localservices", Desc: "the services it offers"},
			{Kind: RArr, Key: "localservicesnames", Desc: "their names", Inner: []Result{{Kind: RStr, Key: "SERVICE_NAME", Desc: "a service"}}},
			{Kind: RBool, Key: "localrelay", Desc: "whether it asks peers for transactions"},
			{Kind: RNum, Key: "timeoffset", Desc: "the offset of the network's time in seconds"},
			{Kind: RNum, Key: "connections", Desc: "the number of connections"},
			{Kind: RNum, Key: "connections_in", Desc: "of those, the ones that peers opened"},
			{Kind: RNum, Key: "connections_out", Desc: "and the ones that this node opened"},
			{Kind: RNum, Key: "connections_mn", Desc: "the number of connections to verified masternodes"},
			{Kind: RNum, Key: "connections_mn_in", Desc: "of those, the ones that peers opened"},
			{Kind: RNum, Key: "connections_mn_out", Desc: "and the ones that this node opened"},
			{Kind: RBool, Key: "networkactive", Desc: "whether there is any traffic with peers"},
			{Kind: RStr, Key: "socketevents", Desc: "how the node waits for sockets"},
			{Kind: RArr, Key: "networks", Inner: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RStr, Key: "name", Desc: "ipv4, ipv6, onion, i2p or cjdns"},
				{Kind: RBool, Key: "limited", Desc: "whether -onlynet leaves it out"},
				{Kind: RBool, Key: "reachable", Desc: "whether there is a way to it"},
				{Kind: RStr, Key: "proxy", Desc: "the proxy on that way, if there is one"},
				{Kind: RBool, Key: "proxy_randomize_credentials", Desc: "whether it gets other credentials for each connection"},
			}}}},
			{Kind: RNum, Key: "relayfee", Desc: "the least fee rate of transactions that are relayed, in DASH/kB"},
			{Kind: RNum, Key: "incrementalfee", Desc: "the least step of the mempool's fee rate, in DASH/kB"},
			{Kind: RArr, Key: "localaddresses", Inner: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RStr, Key: "address", Desc: "an own address"},
				{Kind: RNum, Key: "port", Desc: "its port"},
				{Kind: RNum, Key: "score", Desc: "how much speaks for it"},
			}}}},
			{Kind: RStr, Key: "warnings", Desc: "warnings about the network or the chain"},
		}}},
		Examples: both(),
	}
}

func getPeerInfo() Method {
	return Method{
		Name: "getpeerinfo", Category: networkCategory, Owner: Core,
		Desc: "Tells about each connected peer.",
		Results: []Result{{Kind: RArr, Inner: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RNum, Key: "id", Desc: "the number of the peer"},
			{Kind: RStr, Key: "addr", Desc: "its address and port"},
			{Kind: RStr, Key: "addrbind", Optional: true, Desc: "this node's end of the connection"},
			{Kind: RStr, Key: "addrlocal", Optional: true, Desc: "this node's address as the peer sees it"},
			{Kind: RStr, Key: "network", Desc: "the network of the connection"},
			{Kind: RHex, Key: "services", Desc: "the services it offers"},
			{Kind: RArr, Key: "servicesnames", Desc: "their names", Inner: []Result{{Kind: RStr, Key: "SERVICE_NAME", Desc: "a service"}}},
			{Kind: RBool, Key: "relaytxes", Optional: true, Desc: "whether transactions are relayed to it"},
			{Kind: RTime, Key: "lastsend", Desc: "when something was last sent, in UNIX epoch time"},
			{Kind: RTime, Key: "lastrecv", Desc: "when something was last received, in UNIX epoch time"},
			{Kind: RTime, Key: "last_transaction", Desc: "when it last sent a valid new transaction, in UNIX epoch time"},
			{Kind: RTime, Key: "last_block", Desc: "when it last sent a new block, in UNIX epoch time"},
			{Kind: RNum, Key: "bytessent", Desc: "bytes sent"},
			{Kind: RNum, Key: "bytesrecv", Desc: "bytes received"},
			{Kind: RTime, Key: "conntime", Desc: "when it was connected, in UNIX epoch time"},
			{Kind: RNum, Key: "timeoffset", Desc: "its clock's offset in seconds"},
			{Kind: RNum, Key: "pingtime", Optional: true, Desc: "how long the last ping took, in seconds"},
			{Kind: RNum, Key: "minping", Optional: true, Desc: "how long the quickest took"},
			{Kind: RNum, Key: "pingwait", Optional: true, Desc: "how long an unanswered one has taken so far"},
			{Kind: RNum, Key: "version", Desc: "its version of the protocol"},
			{Kind: RStr, Key: "subver", Desc: "how it calls itself"},
			{Kind: RBool, Key: "inbound", Desc: "whether the peer opened the connection"},
			{Kind: RBool, Key: "bip152_hb_to", Desc: "whether it was asked for compact blocks without announcement"},
			{Kind: RBool, Key: "bip152_hb_from", Desc: "whether it asked for them"},
			{Kind: RBool, Key: "masternode", Desc: "whether the connection is one between masternodes"},
			{Kind: RNum, Key: "banscore", Optional: true, Desc: "its misbehaviour; only with -deprecatedrpc=banscore"},
			{Kind: RNum, Key: "startingheight", Desc: "its height when it was connected"},
			{Kind: RNum, Key: "synced_headers", Desc: "the last header that both have, -1 if unknown"},
			{Kind: RNum, Key: "synced_blocks", Desc: "the last block that both have, -1 if unknown"},
			{Kind: RArr, Key: "inflight", Inner: []Result{{Kind: RNum, Key: "n", Desc: "the height of a block that it was asked for"}}},
			{Kind: RBool, Key: "addr_relay_enabled", Desc: "whether addresses are relayed with it"},
			{Kind: RNum, Key: "addr_processed", Desc: "addresses of it that were looked at"},
			{Kind: RNum, Key: "addr_rate_limited", Desc: "addresses of it that were too many"},
			{Kind: RArr, Key: "permissions", Desc: "what -whitelist and -whitebind grant it", Inner: []Result{{Kind: RStr, Key: "permission_type", Desc: "a permission"}}},
			{Kind: RDyn, Key: "bytessent_per_msg", Inner: []Result{{Kind: RNum, Key: "msg", Desc: "bytes sent in messages of that type"}}},
			{Kind: RDyn, Key: "bytesrecv_per_msg", Inner: []Result{{Kind: RNum, Key: "msg", Desc: "bytes received in messages of that type; '*other*' for unknown ones"}}},
			{Kind: RStr, Key: "connection_type", Desc: "inbound, outbound-full-relay, block-relay-only, manual, feeler or addr-fetch"},
			{Kind: RStr, Key: "transport_protocol_type", Desc: "v1, the plain transport"},
			{Kind: RStr, Key: "session_id", Desc: "empty with the plain transport"},
		}}}}},
		Examples: both(),
	}
}

// hiddenNetwork are for tests.
func hiddenNetwork() []Method {
	return []Method{
		{
			Name: "addconnection", Category: Hidden, Owner: Core, NamesPeer: true, Timeout: dialTimeout,
			Desc: "Connects to a peer as the node does by itself. For tests, on regtest only.",
			Params: []Param{
				{Name: "address", Type: Str, Desc: "The address and port of the peer"},
				{Name: "connection_type", Type: Str, Desc: "\"outbound-full-relay\", \"block-relay-only\", \"addr-fetch\" or \"feeler\""},
				{Name: "v2transport", Type: Bool, Desc: "Whether to speak the encrypted transport (BIP 324)"},
			},
			Results: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RStr, Key: "address", Desc: "the address"},
				{Kind: RStr, Key: "connection_type", Desc: "the kind of connection"},
			}}},
			Examples: []Example{cli(`"192.168.0.6:9999" "outbound-full-relay" true`), curl(`"192.168.0.6:9999" "outbound-full-relay" true`)},
		},
		{
			Name: "addpeeraddress", Category: Hidden, Owner: Core,
			Desc: "Puts an address into the address book. For tests.",
			Params: []Param{
				{Name: "address", Type: Str, Desc: "The IP address"},
				{Name: "port", Type: Num, Desc: "The port"},
				{Name: "tried", Type: Bool, Default: "false", Desc: "Whether to note that it answered"},
			},
			Results:  []Result{{Kind: RObj, Inner: []Result{{Kind: RBool, Key: "success", Desc: "whether it was new"}}}},
			Examples: []Example{cli(`"1.2.3.4" 9999 true`), curl(`"1.2.3.4", 9999, true`)},
		},
		{
			Name: "cleardiscouraged", Category: Hidden, Owner: Core,
			Desc: "Forgets who misbehaved.", Results: []Result{{Kind: RNull}}, Examples: both(),
		},
		{
			Name: "sendmsgtopeer", Category: Hidden, Owner: Core,
			Desc: "Sends a message to a peer. For tests.",
			Params: []Param{
				{Name: "peer_id", Type: Num, Desc: "The number of the peer"},
				{Name: "msg_type", Type: Str, Desc: "The type, at most 12 characters"},
				{Name: "msg", Type: Hex, Desc: "The payload"},
			},
			Results:  []Result{{Kind: RNull}},
			Examples: []Example{cli(`0 "addr" "ffffff"`), curl(`0 "addr" "ffffff"`)},
		},
	}
}

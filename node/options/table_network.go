// Table of the connection, relay and RPC options of the node.
package options

func nodeConnection() []Option {
	return []Option{
		{"addnode", "=<ip>", Connection, "", "", "Keep a connection to this node. Can be given several times; at most 8 such connections, which -maxconnections does not count", NetworkOnly, Works},
		{"allowprivatenet", "", Connection, "0", "", "Relay and dial addresses of private networks (RFC 1918)", 0, Harmless},
		{"asmap", "=<file>", Connection, "", "off; ip_asn.map without a value", "Sort peers by the autonomous systems in this file, relative to the network directory", 0, Later},
		{"bantime", "=<n>", Connection, "86400", "", "Length in seconds of a ban that names none", 0, Works},
		{"bind", "=<addr>[:<port>][=onion]", Connection, "", "0.0.0.0; for onion 127.0.0.1 at port 9996, testnet: 19996, devnet: 19796, regtest: 19896", "Listen at this address, whatever else is set; [host]:port for IPv6. With =onion, connections there count as coming through Tor", NetworkOnly, Works},
		{"cjdnsreachable", "", Connection, "0", "", "This host is in CJDNS, so addresses in fc00::/8 can be reached", 0, Harmless},
		{"connect", "=<ip>", Connection, "", "", "Connect to this node only. Can be given several times; -noconnect makes no automatic connections", NetworkOnly, Works},
		{"discover", "", Connection, "1", "1 when listening and without -externalip and -proxy", "Find out the own addresses", 0, Works},
		{"dns", "", Connection, "1", "", "Look names up that -addnode, -seednode and -connect give", 0, Harmless},
		{"dnsseed", "", Connection, "1", "1 unless -connect is given or -maxconnections is 0", "Ask DNS seeds for addresses when few are known", 0, Works},
		{"externalip", "=<ip>", Connection, "", "", "The own public address", 0, Works},
		{"fixedseeds", "", Connection, "1", "", "Use the built-in addresses when DNS seeds give none", 0, Works},
		{"forcednsseed", "", Connection, "0", "", "Ask DNS seeds at every start", 0, Works},
		{"i2pacceptincoming", "", Connection, "1", "", "Accept connections through I2P, by way of the SAM proxy; without -i2psam there are none", 0, Harmless},
		{"i2psam", "=<ip:port>", Connection, "", "none", "SAM proxy through which I2P peers are reached and reach this node", 0, Later},
		{"listen", "", Connection, "1", "1 unless -proxy or -connect is given or -maxconnections is 0", "Accept connections from peers", 0, Works},
		{"listenonion", "", Connection, "1", "", "Set up a Tor onion service", 0, Harmless},
		{"maxconnections", "=<n>", Connection, "125", "", "Upper bound of connections to peers; those of -addnode and the addnode RPC come on top", 0, Works},
		{"maxreceivebuffer", "=<n>", Connection, "5000", "", "Receive buffer per connection in units of 1000 bytes", 0, Works},
		{"maxsendbuffer", "=<n>", Connection, "1000", "", "Send buffer per connection in units of 1000 bytes", 0, Works},
		{"maxtimeadjustment", "", Connection, "4200", "4200 seconds", "How far the clocks of outbound peers may move the own one, in seconds", 0, Harmless},
		{"maxuploadtarget", "=<n>", Connection, "0M", "", "Try to send at most this much in 24 hours, 0 for no bound; units k, m, g, t by 1000 and K, M, G, T by 1024. Peers with the download permission and blocks of the last week are free", 0, Works},
		{"networkactive", "", Connection, "1", "", "Begin with peer-to-peer networking on; the RPC setnetworkactive switches it", 0, Works},
		{"onion", "=<ip:port|path>", Connection, "", "as -proxy", "SOCKS5 proxy for Tor onion services; unix:PATH names a socket, -noonion reaches none", 0, Later},
		{"onlynet", "=<net>", Connection, "", "", "Make automatic connections only into this network: ipv4, ipv6, onion, i2p or cjdns. Can be given several times", 0, Works},
		{"peerblockfilters", "", Connection, "0", "0, or 1 on a masternode", "Serve compact block filters to peers (BIP 157)", 0, Works},
		{"peerbloomfilters", "", Connection, "1", "", "Serve blocks and transactions through Bloom filters (BIP 37)", 0, Works},
		{"peertimeout", "=<n>", Connection, "60", "", "Seconds after which a new connection that shows no activity may be dropped, at least 1", 0, Works},
		{"port", "=<port>", Connection, "9999|19999|19799|19899", "", "Port to listen at; few peers connect to one that is not the default. It has no bearing on I2P", NetworkOnly, Works},
		{"proxy", "=<ip:port|path>", Connection, "", "none", "SOCKS5 proxy for all connections; unix:PATH names a socket, -noproxy uses none", NeedsValue, Later},
		{"proxyrandomize", "", Connection, "1", "", "Use fresh credentials for each connection through a proxy, so that Tor separates their streams", 0, Harmless},
		{"seednode", "=<ip>", Connection, "", "", "Connect to this node only to ask for addresses. Can be given several times", 0, Works},
		{"socketevents", "=<mode>", Connection, "epoll", "epoll on Linux", "How to wait for sockets: select, poll, epoll or kqueue", 0, Harmless},
		{"timeout", "=<n>", Connection, "5000", "", "Milliseconds after which an attempt to connect is given up, at least 1", 0, Works},
		{"torcontrol", "=<ip>:<port>", Connection, "127.0.0.1:9051", "", "Where Tor is controlled, to set up an onion service; the port may be left out", 0, Harmless},
		{"torpassword", "=<pass>", Connection, "", "", "Password for the control port of Tor", Sensitive, Harmless},
		{"txreconciliation", "", Connection, "0", "", "Reconcile sets of transactions with peers (BIP 330)", DebugOnly, Works},
		{"v2transport", "", Connection, "1", "", "Speak the encrypted transport (BIP 324)", 0, Harmless},
		{"whitebind", "=<[permissions@]addr>", Connection, "", "download,noban,mempool,relay", "Listen at this address and give its peers permissions: bloomfilter (BIP 37 filters), noban (no punishment; download too), forcerelay (relay what is in the mempool already; relay too), relay (also with -blocksonly), mempool (BIP 35), download (headers during initial sync, blocks beyond -maxuploadtarget), addr (fresh answers to getaddr). Can be given several times", 0, Works},
		{"whitelist", "=<[permissions@]IP address or network>", Connection, "", "", "Give peers from this address or network (1.2.3.0/24) permissions, as -whitebind does. Can be given several times", 0, Works},
	}
}

func nodeRelay() []Option {
	return []Option{
		{"acceptnonstdtxn", "", NodeRelay, "0|1|1|0", "0, testnet and devnet: 1", "Relay and mine transactions that are not standard; not on the main network", DebugOnly, Works},
		{"bytespersigop", "", NodeRelay, "20", "", "Bytes that one signature operation counts for in relay and mining", 0, Works},
		{"datacarrier", "", NodeRelay, "1", "", "Relay and mine transactions that carry data", 0, Works},
		{"datacarriersize", "", NodeRelay, "83", "", "Largest data-carrying output script to relay and mine, in bytes", 0, Works},
		{"dustrelayfee", "=<amt>", NodeRelay, "0.00003", "", "Fee rate in DASH/kB at which an output that would cost more to spend than it holds is dust", DebugOnly, Works},
		{"incrementalrelayfee", "=<amt>", NodeRelay, "0.00001", "", "Fee rate in DASH/kB that relaying costs, by which the mempool is kept in bounds", DebugOnly, Works},
		{"minrelaytxfee", "=<amt>", NodeRelay, "0.00001", "", "Fee rate in DASH/kB below which a transaction counts as paying nothing", 0, Works},
		{"permitbaremultisig", "", NodeRelay, "1", "", "Relay multisig outputs that are not behind a script hash", 0, Works},
		{"whitelistforcerelay", "", NodeRelay, "0", "", "Give whitelisted peers with default permissions the forcerelay one", 0, Works},
		{"whitelistrelay", "", NodeRelay, "1", "", "Give whitelisted peers with default permissions the relay one", 0, Works},
		{"blockmaxsize", "=<n>", BlockCreation, "2000000", "", "Largest block to make, in bytes", 0, Works},
		{"blockmintxfee", "=<amt>", BlockCreation, "0.00001", "", "Lowest fee rate in DASH/kB of a transaction to put into a block", 0, Works},
		{"blockversion", "=<n>", BlockCreation, "", "", "Version of the blocks to make, for testing forks; not on the main network", DebugOnly, Works},
	}
}

func nodeRPC() []Option {
	return []Option{
		{"rest", "", RPC, "0", "", "Answer REST requests, which need no password", 0, Works},
		{"rpcallowip", "=<ip>", RPC, "", "", "Let this source use RPC: an address, a network with mask or prefix length, 0.0.0.0/0 or ::/0 for all. Can be given several times", 0, Works},
		{"rpcauth", "=<userpw>", RPC, "", "", "A user as NAME:SALT$HASH, the hash being HMAC-SHA-256 of the password with the salt as key. Can be given several times", Sensitive, Works},
		{"rpcbind", "=<addr>[:port]", RPC, "", "127.0.0.1 and ::1; with -rpcallowip all addresses", "Listen for RPC at this address, which must not be open to strangers; ignored without -rpcallowip. The port goes before -rpcport; [host]:port for IPv6. Can be given several times", NetworkOnly, Works},
		{"rpccookiefile", "=<loc>", RPC, ".cookie", ".cookie in the network directory", "File for the authentication cookie, relative to the network directory", 0, Works},
		{"rpcdoccheck", "", RPC, "0", "", "Check each result against its description", DebugOnly, Harmless},
		{"rpcexternaluser", "=<users>", RPC, "", "", "Users, separated by commas, whose calls wait in a queue of their own", Sensitive, Works},
		{"rpcexternalworkqueue", "=<n>", RPC, "16", "", "Length of the queue of -rpcexternaluser", DebugOnly, Works},
		{"rpcpassword", "=<pw>", RPC, "", "", "Password of -rpcuser", Sensitive, Works},
		{"rpcport", "=<port>", RPC, "9998|19998|19798|19898", "", "Port to listen for RPC at", NetworkOnly, Works},
		{"rpcservertimeout", "=<n>", RPC, "30", "", "Seconds that an HTTP request may take to arrive", DebugOnly, Works},
		{"rpcthreads", "=<n>", RPC, "4", "", "Calls that are worked on at the same time", 0, Works},
		{"rpcuser", "=<user>", RPC, "", "", "User name for RPC", Sensitive, Works},
		{"rpcwhitelist", "=<whitelist>", RPC, "", "", "Methods that a user may call, as NAME:method,method,…; several lists for one user leave what is in all of them", 0, Works},
		{"rpcwhitelistdefault", "", RPC, "", "1 if there is any -rpcwhitelist", "Users without a list may call nothing (1) or everything (0)", 0, Works},
		{"rpcworkqueue", "=<n>", RPC, "16", "", "Calls that may wait", DebugOnly, Works},
		{"server", "", RPC, "1", "", "Serve RPC", 0, Works},
	}
}

// Table of the options of the command-line tools.
package options

func cliOptions() []Option {
	return []Option{
		{"?", "", General, "", "", "Show this help and leave", 0, Works},
		{"addrinfo", "", General, "", "", "Count the addresses that the node knows, per network; filtered by quality and age, so there may be more", 0, Works},
		{"color", "=<when>", General, "auto", "", "Colours in the output: always, never, or auto for a terminal only", NoNegation, Works},
		{"conf", "=<file>", General, "dash.conf", "", "Configuration file, relative to the data directory", 0, Works},
		{"datadir", "=<dir>", General, "", "~/.dashcore", "Data directory; one that is named must exist", 0, Works},
		{"generate", "", General, "", "", "Make blocks: getnewaddress, then generatetoaddress. Two numbers may follow, how many (1) and the most tries (1000000)", 0, Works},
		{"getinfo", "", General, "", "", "Show an overview, put together from several calls, which may see different states", 0, Works},
		{"ipcconnect", "=<address>", Isolation, "", "", "Call the node at this IPC address (unix, unix:PATH or HOST:PORT) instead of by HTTP", 0, Later},
		{"named", "", General, "0", "", "Take arguments as name=value", 0, Works},
		{"netinfo", "", General, "", "", "Show the connections to peers; a level from 0 to 4, or help, may follow", 0, Works},
		{"printcrashinfo", "", Hidden, "", "", "", 0, Harmless},
		{"rpcclienttimeout", "=<n>", General, "900", "", "Seconds that a call may take, 0 for no bound", 0, Works},
		{"rpcconnect", "=<ip>", General, "127.0.0.1", "", "Host that the node runs on", 0, Works},
		{"rpccookiefile", "=<loc>", General, ".cookie", ".cookie in the network directory", "File of the authentication cookie, relative to the network directory", 0, Works},
		{"rpcpassword", "=<pw>", General, "", "", "Password for RPC", Sensitive, Works},
		{"rpcport", "=<port>", General, "9998|19998|19798|19898", "", "Port of the node's RPC", NetworkOnly, Works},
		{"rpcuser", "=<user>", General, "", "", "User name for RPC", Sensitive, Works},
		{"rpcwait", "", General, "0", "", "Wait until the node answers", 0, Works},
		{"rpcwaittimeout", "=<n>", General, "0", "", "Seconds that -rpcwait waits at most, 0 for no bound", NoNegation, Works},
		{"rpcwallet", "=<walletname>", General, "", "", "Wallet to call, by the name that it was loaded with; the call goes to /wallet/NAME", 0, Works},
		{"stdin", "", General, "0", "", "Read further arguments from standard input, one per line; the way to pass secrets. With -stdinrpcpass the first line is the password", 0, Works},
		{"stdinrpcpass", "", General, "0", "", "Read the RPC password from the first line of standard input; the wallet's passphrase, if -stdinwalletpassphrase is given, is the second", 0, Works},
		{"stdinwalletpassphrase", "", General, "0", "", "Read the wallet's passphrase from a line of standard input", 0, Works},
		{"version", "", General, "", "", "Show the version and leave", 0, Works},
	}
}

func txOptions() []Option {
	rows := []Option{
		{"?", "", General, "", "", "Show this help and leave", 0, Works},
		{"create", "", General, "0", "", "Begin with an empty transaction", 0, Works},
		{"json", "", General, "0", "", "Print JSON", 0, Works},
		{"txid", "", General, "0", "", "Print the id of the resulting transaction only", 0, Works},
		{"version", "", General, "", "", "Show the version and leave", 0, Works},
	}
	for _, c := range []struct{ name, param, help string }{
		{"delin", "=N", "Take input N out"},
		{"delout", "=N", "Take output N out"},
		{"in", "=TXID:VOUT(:SEQUENCE_NUMBER)", "Add an input"},
		{"locktime", "=N", "Set the lock time"},
		{"nversion", "=N", "Set the version"},
		{"outaddr", "=VALUE:ADDRESS", "Add an output to an address"},
		{"outdata", "=[VALUE:]DATA", "Add an output that carries data"},
		{"outmultisig", "=VALUE:REQUIRED:PUBKEYS:PUBKEY1:PUBKEY2:....[:FLAGS]", "Add an output that REQUIRED of PUBKEYS keys can spend; the flag S puts it behind a script hash"},
		{"outpubkey", "=VALUE:PUBKEY[:FLAGS]", "Add an output to a public key; the flag S puts it behind a script hash"},
		{"outscript", "=VALUE:SCRIPT[:FLAGS]", "Add an output with this script; the flag S puts it behind a script hash"},
		{"sign", "=SIGHASH-FLAGS", "Sign with the keys and previous outputs in the registers privatekeys and prevtxs (JSON, as signrawtransactionwithkey takes them)"},
	} {
		rows = append(rows, Option{c.name, c.param, Commands, "", "", c.help, Command, Works})
	}
	return append(rows,
		Option{"load", "=NAME:FILENAME", RegisterCommands, "", "", "Fill a register with the JSON in a file", Register, Works},
		Option{"set", "=NAME:JSON-STRING", RegisterCommands, "", "", "Fill a register with JSON", Register, Works})
}

func utilOptions() []Option {
	return []Option{
		{"?", "", General, "", "", "Show this help and leave", 0, Works},
		{"version", "", General, "", "", "Show the version and leave", 0, Works},
		{"grind", "", Commands, "", "", "Find the proof of work for a block header in hex", Command, Works},
	}
}

func walletToolOptions() []Option {
	rows := []Option{
		{"?", "", General, "", "", "Show this help and leave", 0, Works},
		{"datadir", "=<dir>", General, "", "~/.dashcore", "Data directory; one that is named must exist", 0, Works},
		{"debug", "=<category>", Debug, "0", "", "Show what is being done", 0, Works},
		{"descriptors", "", General, "0", "", "Make a descriptor wallet (create)", 0, Works},
		{"dumpfile", "=<file name>", General, "", "", "File that dump writes and createfromdump reads", NoNegation, Works},
		{"format", "=<format>", General, "", "", "Format of the wallet that createfromdump makes", 0, Works},
		{"legacy", "", General, "0", "", "Make a legacy wallet (create)", 0, Works},
		{"printtoconsole", "", Debug, "", "1 with -debug, else 0", "Write the log to standard output", 0, Works},
		{"usehd", "", General, "1", "", "Derive the keys of a wallet that is made from one seed", 0, Works},
		{"version", "", General, "", "", "Show the version and leave", 0, Works},
		{"wallet", "=<wallet-name>", General, "", "", "Wallet to work on", 0, Works},
	}
	for _, c := range []struct{ name, help string }{
		{"create", "Make a new wallet"},
		{"createfromdump", "Make a new wallet from a dump"},
		{"dump", "Write all records of a wallet"},
		{"info", "Show what a wallet holds"},
		{"salvage", "Try to get private keys out of a damaged wallet; an experiment"},
		{"wipetxes", "Remove all transactions from a wallet"},
	} {
		rows = append(rows, Option{c.name, "", Commands, "", "", c.help, Command, Works})
	}
	return rows
}

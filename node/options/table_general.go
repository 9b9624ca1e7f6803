// Table of the general, indexing and masternode options of the node.
package options

// The option names, placeholders, defaults and flags are those of Dash Core
// v23.1.2 (src/init.cpp, src/init/common.cpp, src/wallet/init.cpp,
// src/chainparams.cpp); the descriptions are ours.

func nodeGeneral() []Option {
	return []Option{
		{"?", "", General, "", "", "Show this help and leave", 0, Works},
		{"alertnotify", "=<cmd>", General, "", "", "Command to run when a warning is raised; %s becomes its text", 0, Works},
		{"assumevalid", "=<hex>", General, "", "the last block checked before the release, per network", "Take the signatures in this block and all before it as checked; 0 checks every one", 0, Works},
		{"blockfilterindex", "=<type>", General, "0", "0, or basic on a masternode", "Keep an index of compact block filters; the only type is basic, which an empty value and 1 mean too", 0, Works},
		{"blocknotify", "=<cmd>", General, "", "", "Command to run at each new best block; %s becomes its hash", 0, Works},
		{"blockreconstructionextratxn", "=<n>", General, "100", "", "Number of surplus transactions to remember for rebuilding compact blocks", 0, Works},
		{"blocksdir", "=<dir>", General, "", "the data directory", "Directory under which the blocks directory lies; it must exist", 0, Works},
		{"blocksonly", "", General, "0", "", "Take no transactions from peers, and relay none of theirs unless the peer has the forcerelay permission; transactions sent by RPC go out all the same", 0, Works},
		{"chainlocknotify", "=<cmd>", General, "", "", "Command to run at each new best ChainLock; %s becomes the hash of the locked block", 0, Harmless},
		{"coinstatsindex", "", General, "0", "", "Keep an index of the statistics that gettxoutsetinfo reports", 0, Works},
		{"conf", "=<file>", General, "dash.conf", "", "Configuration file, relative to the data directory; on the command line only", 0, Works},
		{"daemon", "", General, "0", "", "Go to the background and take commands by RPC", 0, Works},
		{"daemonwait", "", General, "0", "", "As -daemon, but return only when start-up is done or has failed", 0, Works},
		{"datadir", "=<dir>", General, "", "~/.dashcore", "Data directory; one that is named must exist", 0, Works},
		{"dbbatchsize", "", General, "16777216", "", "Largest write to a database in one go, in bytes", DebugOnly, Works},
		{"dbcache", "=<n>", General, "300", "", "Memory for database caches in MiB, 4 to 16384; what the mempool leaves of -maxmempool is used as well", 0, Works},
		{"debuglogfile", "=<file>", General, "debug.log", "", "Log file, relative to the network directory; -nodebuglogfile writes none", 0, Works},
		{"includeconf", "=<file>", General, "", "", "A further configuration file, relative to the data directory; in a configuration file only, and not in one that is itself included", 0, Works},
		{"loadblock", "=<file>", General, "", "", "Import blocks from this file at start-up", 0, Works},
		{"maxmempool", "=<n>", General, "300", "", "Upper bound of the mempool in megabytes", 0, Works},
		{"maxorphantxsize", "=<n>", General, "10", "", "Upper bound of all orphan transactions together in megabytes", 0, Works},
		{"maxrecsigsage", "=<n>", General, "604800", "", "How long recovered quorum signatures are kept, in seconds", 0, Harmless},
		{"mempoolexpiry", "=<n>", General, "336", "", "Hours after which an unconfirmed transaction is dropped", 0, Works},
		{"minimumchainwork", "=<hex>", General, "", "that of a recent block, per network", "Least work in hex that a chain must have to be believed complete", DebugOnly, Works},
		{"par", "=<n>", General, "0", "", "Threads that check scripts, at most 15; 0 means as many as useful, -n leaves n cores free", 0, Works},
		{"parbls", "=<n>", General, "0", "", "Threads that check BLS signatures, at most 33; 0 means as many as useful, -n leaves n cores free", 0, Harmless},
		{"persistmempool", "", General, "1", "", "Save the mempool when stopping and load it when starting", 0, Works},
		{"pid", "=<file>", General, "dashd.pid", "", "File that holds the process id, relative to the network directory", 0, Works},
		{"prune", "=<n>", General, "0", "0 = keep all, 1 = prune by RPC only, from 945 on a target in MiB", "Delete old block files. Not together with -txindex, -rescan or -disablegovernance=0. Going back means downloading the whole chain again", 0, Works},
		{"settings", "=<file>", General, "settings.json", "", "File of settings that RPCs change, relative to the network directory; it is rewritten at each start and not meant for editing. -nosettings goes without", 0, Works},
		{"shutdownnotify", "=<cmd>", General, "", "", "Command to run before stopping begins; stopping waits for it, so it should be quick", 0, Works},
		{"startupnotify", "=<cmd>", General, "", "", "Command to run when start-up is done", 0, Works},
		{"syncmempool", "", General, "1", "", "Ask peers for their mempool after starting", 0, Harmless},
		{"version", "", General, "", "", "Show the version and leave", 0, Works},
	}
}

func nodeIndexing() []Option {
	return []Option{
		{"addressindex", "", Indexing, "0", "", "Keep an index by address of transactions, balances and unspent outputs", 0, Later},
		{"reindex", "", Indexing, "0", "", "Build block index, chain state and the indexes that are on anew from the block files", 0, Works},
		{"reindex-chainstate", "", Indexing, "0", "", "Build the chain state anew from the blocks in the index; with damaged or pruned block files use -reindex, and switch other indexes off meanwhile", 0, Works},
		{"spentindex", "", Indexing, "0", "", "Keep an index of the input that spends each output", 0, Later},
		{"timestampindex", "", Indexing, "0", "", "Keep an index of block hashes by time", 0, Later},
		{"txindex", "", Indexing, "1", "", "Keep an index of all transactions, which getrawtransaction needs", 0, Works},
	}
}

func nodeMasternode() []Option {
	return []Option{
		{"deprecated-platform-user", "=<user>", Masternode, "", "", "Name of the RPC user that may call only what Dash Platform needs", 0, Later},
		{"llmq-data-recovery", "=<n>", Masternode, "1", "", "Fetch quorum data that is missing", 0, Harmless},
		{"llmq-qvvec-sync", "=<quorum_name>:<mode>", Masternode, "", "", "Fetch verification vectors of quorums of this type: always (mode 0), or as a member of one of them (mode 1). Can be given for several types", 0, Later},
		{"masternodeblsprivkey", "=<hex>", Masternode, "", "", "Be the masternode that this BLS operator key belongs to", Sensitive, Later},
		{"statsbatchsize", "=<bytes>", Statsd, "1024", "", "Largest batch of messages to statsd in bytes", 0, Harmless},
		{"statsduration", "=<ms>", Statsd, "1000", "", "Milliseconds between batches to statsd", 0, Harmless},
		{"statshost", "=<ip>", Statsd, "", "", "Host of a statsd to send measurements to", 0, Later},
		{"statsperiod", "=<seconds>", Statsd, "60", "", "Seconds between periodic measurements", 0, Harmless},
		{"statsprefix", "=<string>", Statsd, "", "", "Text before each statsd key", 0, Harmless},
		{"statssuffix", "=<string>", Statsd, "", "", "Text after each statsd key", 0, Harmless},
	}
}

// nodeIsolation are the options that Dash Core does not have.
func nodeIsolation() []Option {
	return []Option{
		{"exportdir", "=<dir>", Isolation, "", "the data directory; on regtest anywhere", "Directory below which RPCs may write new files (backups, dumps)", 0, Harmless},
		{"ipcbind", "=<address>", Isolation, "", "", "Offer this program's interfaces to processes of this user at unix (node.sock in the network directory) or unix:PATH. Can be given several times", 0, Works},
		{"ipcconnect", "=<address>", Isolation, "", "", "Use the interfaces that another process offers at unix, unix:PATH or HOST:PORT", 0, Later},
		{"sandbox", "=<mode>", Isolation, "enforce", "", "What stands around the spawned processes: enforce kills a process that breaks out, trace stops it with a Go stack, off leaves it unconfined. dashd, being one process, has none", NeedsValue | NoNegation, Works},
	}
}

// nodeHidden are accepted and never listed: aliases, Dash Core's own test
// hooks, and options of its GUI, so that one dash.conf can serve both.
func nodeHidden() []Option {
	rows := helpAliases()
	for _, o := range []struct{ name, param string }{
		{"dbcrashratio", ""}, {"forcecompactdb", ""}, {"printcrashinfo", ""},
		{"choosedatadir", ""}, {"lang", "=<lang>"}, {"min", ""}, {"resetguisettings", ""},
		{"splash", ""}, {"uiplatform", ""}, {"statsport", "=<port>"},
		{"dblogsize", "=<n>"}, {"flushwallet", ""}, {"privdb", ""},
		{"natpmp", ""}, {"upnp", ""},
	} {
		rows = append(rows, Option{o.name, o.param, Hidden, "", "", "", 0, Harmless})
	}
	return rows
}

func helpAliases() []Option {
	return []Option{
		{"h", "", Hidden, "", "", "", 0, Works},
		{"help", "", Hidden, "", "", "", 0, Works},
	}
}

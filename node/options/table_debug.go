// Table of the debugging and chain options.
package options

// logCategories are the categories that -debug and -loglevel take (Dash Core:
// src/logging.cpp).
const logCategories = "addrman, bench, blockstorage, chainlocks, cmpctblock, coindb, coinjoin, creditpool, ehf, " +
	"estimatefee, gobject, http, i2p, instantsend, ipc, leveldb, libevent, llmq, llmq-dkg, llmq-sigs, mempool, mempoolrej, " +
	"mnpayments, mnsync, net, netconn, proxy, prune, qt, rand, reindex, rpc, scan, selectcoins, spork, tor, " +
	"txreconciliation, validation, walletdb, zmq"

func nodeDebug() []Option {
	return []Option{
		{"capturemessages", "", Debug, "0", "", "Write all peer-to-peer messages to disk", DebugOnly, Later},
		{"checkaddrman", "=<n>", Debug, "0", "", "Check the address manager every n operations, 0 for never", DebugOnly, Works},
		{"checkblockindex", "", Debug, "0|0|0|1", "", "Check the block tree now and then", DebugOnly, Harmless},
		{"checkblocks", "=<n>", Debug, "6", "6, 0 = all", "Blocks to check at start-up", DebugOnly, Works},
		{"checklevel", "=<n>", Debug, "3", "", "How thorough -checkblocks is: 0 reads the blocks, 1 verifies them, 2 their undo data, 3 disconnects the last ones, 4 connects them again", DebugOnly, Works},
		{"checkmempool", "=<n>", Debug, "0|0|0|1", "", "Check the mempool every n transactions, 0 for never", DebugOnly, Works},
		{"checkpoints", "", Debug, "1", "", "Refuse forks before the last built-in checkpoint", DebugOnly, Works},
		{"debug", "=<category>", Debug, "", "-nodebug", "Log a category in detail, or all without a value and with 1. Can be given several times. Categories: " + logCategories, 0, Works},
		{"debugexclude", "=<category>", Debug, "", "", "Take a category out of -debug. Can be given several times", 0, Works},
		{"deprecatedrpc", "=<method>", Debug, "", "", "Allow what is deprecated in this RPC", DebugOnly, Harmless},
		{"disablegovernance", "", Debug, "0", "", "Do not check governance objects (0-1)", 0, Harmless},
		{"fastprune", "", Debug, "0", "", "Smaller block files and a lower least height for pruning, for tests", DebugOnly, Works},
		{"forceevodbrepair", "", Debug, "0", "", "Verify and repair masternode list differences at start-up, even if that was done", DebugOnly, Later},
		{"help-debug", "", Debug, "", "", "Show the help with the options for debugging and leave", 0, Works},
		{"limitancestorcount", "=<n>", Debug, "25", "", "Refuse transactions with this many ancestors in the mempool or more", DebugOnly, Works},
		{"limitancestorsize", "=<n>", Debug, "101", "", "Refuse transactions that are larger together with their ancestors in the mempool, in kilobytes", DebugOnly, Works},
		{"limitdescendantcount", "=<n>", Debug, "25", "", "Refuse transactions that would give an ancestor this many descendants in the mempool or more", DebugOnly, Works},
		{"limitdescendantsize", "=<n>", Debug, "101", "", "Refuse transactions that would give an ancestor more descendants in the mempool than this, in kilobytes", DebugOnly, Works},
		{"logips", "", Debug, "0", "", "Show addresses of peers in the log", 0, Works},
		{"loglevel", "=<level>|<category>:<level>", Debug, "", "debug", "Least severity that is logged of the categories of -debug: info, debug or trace, for all or for one category. Errors, warnings and info are always logged. Can be given several times", DebugOnly | NeedsValue | NoNegation, Works},
		{"loglevelalways", "", Debug, "0", "", "Begin each log line with category and severity", 0, Works},
		{"logsourcelocations", "", Debug, "0", "", "Show file, line and function in the log", 0, Works},
		{"logthreadnames", "", Debug, "0", "", "Show the name of the thread in the log", DebugOnly, Works},
		{"logtimemicros", "", Debug, "0", "", "Time stamps in the log to the microsecond", DebugOnly, Works},
		{"logtimestamps", "", Debug, "1", "", "Time stamps in the log", 0, Works},
		{"maxsigcachesize", "=<n>", Debug, "32", "", "Upper bound of the caches of signatures and scripts together in MiB", DebugOnly, Works},
		{"maxtipage", "=<n>", Debug, "21600", "", "Age of the best block in seconds from which on the node counts as still syncing", DebugOnly, Works},
		{"maxtxfee", "=<amt>", Debug, "0.10", "", "Highest fee in DASH that one transaction of the wallet may pay; too low a bound makes large ones fail", 0, Works},
		{"minsporkkeys", "=<n>", Debug, "", "", "Signers that it takes to change a spork, on regtest and devnet; elsewhere peers ban a node that sets it", 0, Harmless},
		{"mocktime", "=<n>", Debug, "0", "", "Take this for the time, in seconds since 1970", DebugOnly, Works},
		{"printpriority", "", Debug, "0", "", "Log the fee rates of transactions when making a block", DebugOnly, Works},
		{"printtoconsole", "", Debug, "", "1 unless -daemon is given", "Write the log to standard output as well", 0, Works},
		{"pushversion", "", Debug, "", "", "Protocol version to tell peers; not on the main network", 0, Works},
		{"shrinkdebugfile", "", Debug, "", "1 unless -debug is given", "Shorten the log file at start-up", 0, Works},
		{"sporkaddr", "=<dashaddress>", Debug, "", "", "Address whose key signs sporks, on regtest and devnet; elsewhere peers ban a node that sets it. Can be given several times", 0, Harmless},
		{"sporkkey", "=<privatekey>", Debug, "", "", "Private key to sign sporks with", Sensitive, Harmless},
		{"stopafterblockimport", "", Debug, "0", "", "Stop when blocks from disk have been imported", DebugOnly, Works},
		{"stopatheight", "", Debug, "0", "", "Stop when the chain has reached this height", DebugOnly, Works},
		{"tinyblk", "", Debug, "0", "", "Smaller block files, for tests", DebugOnly, Works},
		{"uacomment", "=<cmt>", Debug, "", "", "Add a comment to the user agent. Can be given several times", 0, Works},
		{"watchquorums", "=<n>", Debug, "0", "", "Follow and check what quorums say among themselves", DebugOnly, Harmless},
	}
}

// chainParamOptions change the rules of test networks.
func chainParamOptions() []Option {
	const c = ChainSelection
	return []Option{
		{"budgetparams", "=<masternode>:<budget>:<superblock>", c, "", "", "Heights at which masternode payments, budget and superblocks begin (regtest)", DebugOnly, Works},
		{"dip3params", "=<activation>:<enforcement>", c, "", "", "Heights at which DIP3 activates and is enforced (regtest)", DebugOnly, Works},
		{"highsubsidyblocks", "=<n>", c, "0", "", "Blocks at the start of the chain that pay more, after which the subsidy is fixed (devnet)", 0, Works},
		{"highsubsidyfactor", "=<n>", c, "1", "", "By how much the blocks of -highsubsidyblocks pay more (devnet)", 0, Works},
		{"llmqchainlocks", "=<quorum name>", c, "llmq_devnet", "", "Quorum type for ChainLocks (devnet)", 0, Works},
		{"llmqdevnetparams", "=<size>:<threshold>", c, "", "", "Size and threshold of llmq_devnet (devnet)", 0, Works},
		{"llmqinstantsenddip0024", "=<quorum name>", c, "llmq_devnet_dip0024", "", "Rotated quorum type for InstantSend (devnet)", 0, Works},
		{"llmqmnhf", "=<quorum name>", c, "llmq_devnet", "", "Quorum type for signals of masternode hard forks (devnet)", 0, Works},
		{"llmqplatform", "=<quorum name>", c, "llmq_devnet_platform", "", "Quorum type for Platform (devnet)", 0, Works},
		{"llmqtestinstantsenddip0024", "=<quorum name>", c, "llmq_test_dip0024", "", "Rotated quorum type for InstantSend (regtest)", DebugOnly, Works},
		{"llmqtestinstantsendparams", "=<size>:<threshold>", c, "3:2", "", "Size and threshold of llmq_test_instantsend (regtest)", DebugOnly, Works},
		{"llmqtestparams", "=<size>:<threshold>", c, "3:2", "", "Size and threshold of llmq_test (regtest)", DebugOnly, Works},
		{"llmqtestplatformparams", "=<size>:<threshold>", c, "3:2", "", "Size and threshold of llmq_test_platform (regtest)", DebugOnly, Works},
		{"minimumdifficultyblocks", "=<n>", c, "0", "", "Blocks at the start of the chain that need the least difficulty only (devnet)", 0, Works},
		{"powtargetspacing", "=<n>", c, "150", "", "Seconds between blocks to aim at (devnet)", NoNegation, Works},
		{"testactivationheight", "=name@height.", c, "", "", "Height at which a rule activates: bip147, bip34, dersig, cltv, csv, brr, dip0001, dip0008, dip0024, v19, v20, mn_rr (regtest). Can be given several times", DebugOnly, Works},
		{"vbparams", "=<deployment>:<start>:<end>(:min_activation_height(:<window>:<threshold/thresholdstart>(:<thresholdmin>:<falloffcoeff>:<mnactivation>)))", c, "", "", "Start, end and the rest of a version-bits deployment, in 3, 4, 6 or 9 fields (regtest). Can be given several times", DebugOnly, Works},
	}
}

// chainOptions are those of every program.
func chainOptions() []Option {
	return []Option{
		{"chain", "=<chain>", ChainSelection, "main", "", "Network to use: main, test, devnet or regtest", 0, Works},
		{"devnet", "=<name>", ChainSelection, "", "", "Use the devnet of this name", 0, Works},
		{"regtest", "", ChainSelection, "", "", "Use the network for regression tests, where anyone makes blocks at once; as -chain=regtest", DebugOnly, Works},
		{"testnet", "", ChainSelection, "", "", "Use the test network; as -chain=test", 0, Works},
	}
}

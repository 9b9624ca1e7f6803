// Package logcategory names the categories of debug.log. It is a leaf, so that
// the log service, the options and the help of RPCs can have the same list
// without knowing of each other.
package logcategory

// All returns the names of Dash Core's log categories (logging.cpp,
// LogCategories) in alphabetical order.
func All() []string {
	return []string{
		"addrman", "bench", "blockstorage", "chainlocks", "cmpctblock", "coindb",
		"coinjoin", "creditpool", "ehf", "estimatefee", "gobject", "http", "i2p",
		"instantsend", "ipc", "leveldb", "libevent", "llmq", "llmq-dkg",
		"llmq-sigs", "mempool", "mempoolrej", "mnpayments", "mnsync", "net",
		"netconn", "proxy", "prune", "qt", "rand", "reindex", "rpc", "scan",
		"selectcoins", "spork", "tor", "txreconciliation", "validation",
		"walletdb", "zmq",
	}
}

// Dash returns what the name "dash" stands for (BCLog::DASH).
func Dash() []string {
	return []string{
		"chainlocks", "gobject", "instantsend", "llmq", "llmq-dkg", "llmq-sigs",
		"mnpayments", "mnsync", "coinjoin", "spork", "netconn", "ehf", "creditpool",
	}
}

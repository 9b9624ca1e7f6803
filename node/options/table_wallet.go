// Table of the wallet and notification options.
package options

func walletOptions() []Option {
	return join(walletMain(), walletFee(), walletHD(), coinJoin(), walletDebug())
}

func walletMain() []Option {
	return []Option{
		{"avoidpartialspends", "", Wallet, "0", "0; always on in wallets with avoid_reuse", "Spend all outputs of an address together or none, for privacy, at the price of more inputs and sometimes a higher fee", 0, Harmless},
		{"consolidatefeerate", "=<amt>", Wallet, "0.00001", "", "Fee rate in DASH/kvB up to which a transaction may take more inputs than it needs, to have fewer coins afterwards", 0, Harmless},
		{"createwalletbackups", "=<n>", Wallet, "10", "", "Automatic backups of a wallet to keep", 0, Harmless},
		{"disablewallet", "", Wallet, "0", "", "Go without wallet and wallet RPCs", 0, Works},
		{"instantsendnotify", "=<cmd>", Wallet, "", "", "Command to run when a transaction of a wallet is locked by InstantSend; %s becomes its id, %w the wallet's name, which must not be quoted", 0, Harmless},
		{"keypool", "=<n>", Wallet, "1000", "", "Keys to prepare in advance; with few, an old backup may lack keys that were used since", 0, Works},
		{"maxapsfee", "=<n>", Wallet, "0.00", "", "Additional fee in DASH that may be paid to avoid spending part of an address", 0, Harmless},
		{"rescan", "=<mode>", Wallet, "0", "", "Search the chain for transactions of the wallets at start-up: 1 from the wallet's creation on, 2 from the beginning", 0, Later},
		{"signer", "=<cmd>", Wallet, "", "", "Command of an external signer", 0, Later},
		{"spendzeroconfchange", "", Wallet, "1", "", "Spend change that is not confirmed yet", 0, Harmless},
		{"wallet", "=<path>", Wallet, "", "", "Load this wallet at start-up; it must exist, and its path is relative to the wallet directory. Can be given several times", NetworkOnly, Works},
		{"walletbackupsdir", "=<dir>", Wallet, "", "backups in the network directory", "Directory of the automatic backups; it must exist", 0, Harmless},
		{"walletbroadcast", "", Wallet, "1", "", "Let the wallet send its transactions out", 0, Harmless},
		{"walletdir", "=<dir>", Wallet, "", "wallets in the network directory if that exists, else the network directory", "Directory of the wallets", NetworkOnly, Works},
		{"walletnotify", "=<cmd>", Wallet, "", "", "Command to run when a transaction of a wallet changes; %s becomes its id, %w the wallet's name, which must not be quoted, %b the hash of its block or unconfirmed, %h the height or -1", 0, Harmless},
	}
}

func walletFee() []Option {
	return []Option{
		{"discardfee", "=<amt>", WalletFee, "0.0001", "", "Fee rate in DASH/kB at which change that is dust goes to the fee; never below the dust rate of relay, and above it bounded by the estimate for the farthest target", 0, Harmless},
		{"fallbackfee", "=<amt>", WalletFee, "0.00001", "", "Fee rate in DASH/kB while there is no estimate; 0 does without it", 0, Works},
		{"mintxfee", "=<amt>", WalletFee, "0.00001", "", "Lowest fee rate in DASH/kB of transactions to make", 0, Harmless},
		{"paytxfee", "=<amt>", WalletFee, "0.00", "", "Fee rate in DASH/kB of transactions to make, instead of an estimate", 0, Harmless},
		{"txconfirmtarget", "=<n>", WalletFee, "6", "", "Blocks within which a transaction should confirm on average, if -paytxfee is not set", 0, Harmless},
	}
}

func walletHD() []Option {
	return []Option{
		{"hdseed", "=<hex>", WalletHD, "", "random", "Seed of a wallet that is made", Sensitive, Later},
		{"mnemonic", "=<text>", WalletHD, "", "random", "BIP39 mnemonic of a wallet that is made", Sensitive, Later},
		{"mnemonicbits", "=<n>", WalletHD, "128", "", "Strength in bits of the mnemonic of a wallet that is made: 128, 160, 192, 224 or 256", 0, Works},
		{"mnemonicpassphrase", "=<text>", WalletHD, "", "empty", "BIP39 passphrase of a wallet that is made", Sensitive, Later},
		{"usehd", "", WalletHD, "1", "", "Derive the keys of a wallet that is made from one seed (BIP39, BIP44)", 0, Harmless},
	}
}

func coinJoin() []Option {
	return []Option{
		{"coinjoinamount", "=<n>", CoinJoin, "1000", "", "Balance in DASH to mix, 2 to 21000000", 0, Harmless},
		{"coinjoinautostart", "", CoinJoin, "0", "", "Begin to mix at start-up (0-1)", 0, Later},
		{"coinjoindenomsgoal", "=<n>", CoinJoin, "50", "", "Inputs of each denomination to aim at, 10 to 100000", 0, Harmless},
		{"coinjoindenomshardcap", "=<n>", CoinJoin, "300", "", "Inputs of each denomination at most, 10 to 100000", 0, Harmless},
		{"coinjoinmultisession", "", CoinJoin, "0", "", "Mix in several sessions per block; an experiment (0-1)", 0, Harmless},
		{"coinjoinrounds", "=<n>", CoinJoin, "4", "", "Masternodes that each input passes through, 2 to 16", 0, Harmless},
		{"coinjoinsessions", "=<n>", CoinJoin, "4", "", "Masternodes to mix with at the same time, 1 to 10", 0, Harmless},
		{"enablecoinjoin", "", CoinJoin, "0", "", "Let the wallets mix (0-1)", 0, Later},
	}
}

func walletDebug() []Option {
	return []Option{
		{"unsafesqlitesync", "", WalletDebug, "0", "", "Do not wait for the disk when writing wallets, for tests: it can lose them", DebugOnly, Harmless},
		{"walletcrosschain", "", WalletDebug, "0", "", "Allow a wallet file of another chain", DebugOnly, Harmless},
		{"walletrejectlongchains", "", WalletDebug, "1", "", "Make no transaction that the mempool's limits on chains would refuse", DebugOnly, Harmless},
	}
}

// zmqOptions are accepted by every build of Dash Core; without ZeroMQ they are
// not listed. Each topic has an address and a high-water mark.
func zmqOptions() []Option {
	topics := []struct{ name, what string }{
		{"hashblock", "hashes of blocks"},
		{"hashchainlock", "hashes of blocks with a ChainLock"},
		{"hashgovernanceobject", "hashes of governance objects"},
		{"hashgovernancevote", "hashes of governance votes"},
		{"hashinstantsenddoublespend", "ids of transactions that try to double-spend a locked one"},
		{"hashrecoveredsig", "hashes of recovered quorum signatures"},
		{"hashtx", "ids of transactions"},
		{"hashtxlock", "ids of transactions locked by InstantSend"},
		{"rawblock", "blocks"},
		{"rawchainlock", "blocks with a ChainLock"},
		{"rawchainlocksig", "blocks with a ChainLock, and its signature"},
		{"rawgovernanceobject", "governance objects"},
		{"rawgovernancevote", "governance votes"},
		{"rawinstantsenddoublespend", "transactions that try to double-spend a locked one"},
		{"rawrecoveredsig", "recovered quorum signatures"},
		{"rawtx", "transactions"},
		{"rawtxlock", "transactions locked by InstantSend"},
		{"rawtxlocksig", "transactions locked by InstantSend, and the lock"},
		{"sequence", "hashes of blocks and ids of transactions, in order of their events"},
	}
	var rows []Option
	for _, t := range topics {
		rows = append(rows,
			Option{"zmqpub" + t.name, "=<address>", ZMQ, "", "", "Publish " + t.what + " at this ZeroMQ address. Can be given several times", 0, Later},
			Option{"zmqpub" + t.name + "hwm", "=<n>", ZMQ, "1000", "", "Messages that -zmqpub" + t.name + " may queue", 0, Harmless})
	}
	return rows
}

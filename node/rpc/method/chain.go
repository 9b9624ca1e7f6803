package method

func getBlockHeaders() Method {
	return Method{
		Name: "getblockheaders", Category: "blockchain", Owner: Core,
		Desc: "Returns the headers of a block and of those after it in the active chain.",
		Params: []Param{
			{Name: "blockhash", Type: Hex, Desc: "The hash of the first block"},
			{Name: "count", Type: Num, Default: "2000", Desc: "How many, at most 2000"},
			{Name: "verbose", Type: Bool, Default: "true", Desc: "true for objects, false for hexadecimal"},
		},
		Results: []Result{
			{Cond: "for verbose = true", Kind: RArr, Inner: []Result{{Kind: RObj, Inner: headerFields()}}},
			{Cond: "for verbose=false", Kind: RArr, Inner: []Result{{Kind: RHex, Desc: "A serialized header"}}},
		},
		Examples: blockExamples(),
	}
}

func getBlockStats() Method {
	num := func(key, desc string) Result { return Result{Kind: RNum, Key: key, Optional: true, Desc: desc} }
	return Method{
		Name: "getblockstats", Category: "blockchain", Owner: Core,
		Desc: "Computes statistics of a block. Amounts are in duffs.\nBlocks that have been pruned have none.",
		Params: []Param{
			{Name: "hash_or_height", Type: Num, Desc: "The hash or the height of the block"},
			{Name: "stats", Type: Arr, Usage: "stats", Hint: "all values", Desc: "The statistics to compute", Inner: []Param{
				{Name: "height", Type: Str, Optional: true, Desc: "The name of one"},
				{Name: "time", Type: Str, Optional: true, Desc: "The name of one"},
			}},
		},
		Results: []Result{{Kind: RObj, Inner: []Result{
			num("avgfee", "the average fee"),
			num("avgfeerate", "the average fee rate in duffs per byte"),
			num("avgtxsize", "the average size of a transaction"),
			{Kind: RHex, Key: "blockhash", Optional: true, Desc: "the block hash"},
			{Kind: RFixed, Key: "feerate_percentiles", Optional: true, Desc: "fee rates by share of the size, in duffs per byte", Inner: []Result{
				{Kind: RNum, Desc: "at 10 %"}, {Kind: RNum, Desc: "at 25 %"}, {Kind: RNum, Desc: "at 50 %"},
				{Kind: RNum, Desc: "at 75 %"}, {Kind: RNum, Desc: "at 90 %"},
			}},
			num("height", "the height"),
			num("ins", "the number of inputs, without the coinbase's"),
			num("maxfee", "the highest fee"),
			num("maxfeerate", "the highest fee rate in duffs per byte"),
			num("maxtxsize", "the largest size of a transaction"),
			num("medianfee", "the median fee, cut to an integer"),
			num("mediantime", "the median time past"),
			num("mediantxsize", "the median size of a transaction, cut to an integer"),
			num("minfee", "the lowest fee"),
			num("minfeerate", "the lowest fee rate in duffs per byte"),
			num("mintxsize", "the smallest size of a transaction"),
			num("outs", "the number of outputs"),
			num("subsidy", "the block's subsidy"),
			num("time", "the block's time"),
			num("total_out", "the amount of all outputs but the coinbase's"),
			num("total_size", "the size of all transactions but the coinbase"),
			num("totalfee", "the sum of all fees"),
			num("txs", "the number of transactions"),
			num("utxo_increase", "by how much the number of unspent outputs grew, unspendable ones included"),
			num("utxo_size_inc", "by how much their size grew, unspendable ones included"),
			num("utxo_increase_actual", "by how much the number of unspent outputs grew, without unspendable ones"),
			num("utxo_size_inc_actual", "by how much their size grew, without unspendable ones"),
		}}},
		Examples: []Example{cli(`1000 '["minfeerate","avgfeerate"]'`), curl(`1000, ["minfeerate","avgfeerate"]`)},
	}
}

func getChainTips() Method {
	return Method{
		Name: "getchaintips", Category: "blockchain", Owner: Core,
		Desc: "Lists the ends of all known branches, the tip of the active chain among them.",
		Params: []Param{
			{Name: "count", Type: Num, Default: "2147483647", Desc: "How many of the highest ones"},
			{Name: "branchlen", Type: Num, Default: "-1", Desc: "Only branches of at least this length"},
		},
		Results: []Result{{Kind: RArr, Inner: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RNum, Key: "height", Desc: "the height"},
			{Kind: RHex, Key: "hash", Desc: "the block hash"},
			{Kind: RNum, Key: "difficulty", Desc: "the difficulty"},
			{Kind: RHex, Key: "chainwork", Desc: "the expected number of hashes that the chain up to here took"},
			{Kind: RNum, Key: "branchlen", Desc: "the distance to the active chain, 0 if it is its tip"},
			{Kind: RHex, Key: "forkpoint", Desc: "the block where the branch begins"},
			{Kind: RStr, Key: "status", Desc: "how the branch stands:\n" +
				"\"active\" is the tip, \"valid-fork\" was verified, \"valid-headers\" is here but was never verified,\n" +
				"\"headers-only\" is not all here, \"invalid\" has an invalid block, \"conflicting\" is against a ChainLock"},
		}}}}},
		Examples: both(),
	}
}

func getChainTxStats() Method {
	return Method{
		Name: "getchaintxstats", Category: "blockchain", Owner: Core,
		Desc: "Computes how many transactions there are in the chain and how many come per second.",
		Params: []Param{
			{Name: "nblocks", Type: Num, Hint: "one month", Desc: "The number of blocks to look at"},
			{Name: "blockhash", Type: Hex, Hint: "chain tip", Desc: "The last block to look at"},
		},
		Results: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RTime, Key: "time", Desc: "the last block's time in UNIX epoch time"},
			{Kind: RNum, Key: "txcount", Desc: "the number of transactions up to there"},
			{Kind: RHex, Key: "window_final_block_hash", Desc: "the hash of the last block"},
			{Kind: RNum, Key: "window_final_block_height", Desc: "its height"},
			{Kind: RNum, Key: "window_block_count", Desc: "the number of blocks"},
			{Kind: RNum, Key: "window_tx_count", Optional: true, Desc: "the number of their transactions, if there are blocks"},
			{Kind: RNum, Key: "window_interval", Optional: true, Desc: "the seconds between first and last, if there are blocks"},
			{Kind: RNum, Key: "txrate", Optional: true, Desc: "transactions per second, if seconds passed"},
		}}},
		Examples: []Example{cli("2016"), curl("2016")},
	}
}

func getSpecialTxes() Method {
	return Method{
		Name: "getspecialtxes", Category: "blockchain", Owner: Core,
		Desc: "Lists the special transactions of a block.",
		Params: []Param{
			{Name: "blockhash", Type: Hex, Desc: "The block hash"},
			{Name: "type", Type: Num, Default: "-1", Desc: "Only those of a type, -1 for all"},
			{Name: "count", Type: Num, Default: "10", Desc: "How many"},
			{Name: "skip", Type: Num, Default: "0", Desc: "How many to leave out first"},
			{Name: "verbosity", Type: Num, Default: "0", Desc: "0 for ids, 1 for hexadecimal, 2 for objects"},
		},
		Results: []Result{
			{Cond: "for verbosity = 0", Kind: RArr, Inner: []Result{{Kind: RHex, Desc: "A transaction id"}}},
			{Cond: "for verbosity = 1", Kind: RArr, Inner: []Result{{Kind: RHex, Key: "data", Desc: "A serialized transaction"}}},
			{Cond: "for verbosity = 2", Kind: RArr, Inner: []Result{{Kind: RElision, Desc: "Transactions as getrawtransaction shows them"}}},
		},
		Examples: blockExamples(),
	}
}

func getBestChainLock() Method {
	return Method{
		Name: "getbestchainlock", Category: "blockchain", Owner: Core,
		Desc: "Returns the highest known ChainLock. It is an error if there is none.",
		Results: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RHex, Key: "blockhash", Desc: "the hash of the block"},
			{Kind: RNum, Key: "height", Desc: "its height"},
			{Kind: RHex, Key: "signature", Desc: "the quorum's signature"},
			{Kind: RBool, Key: "known_block", Desc: "whether this node has the block's header"},
			{Kind: RHex, Key: "hex", Desc: "the serialized ChainLock"},
		}}},
		Examples: both(),
	}
}

// chainControl are the hidden methods that move the tip or wait for it.
func chainControl() []Method {
	block := Param{Name: "blockhash", Type: Hex, Desc: "The hash of the block"}
	timeout := Param{Name: "timeout", Type: Num, Default: "0", Desc: "How long to wait in milliseconds, 0 for as long as it takes"}
	tip := []Result{{Kind: RObj, Inner: []Result{
		{Kind: RHex, Key: "hash", Desc: "the hash of the tip"},
		{Kind: RNum, Key: "height", Desc: "its height"},
	}}}
	return []Method{
		{
			Name: "invalidateblock", Category: Hidden, Owner: Core,
			Desc:   "Marks a block as invalid for good, as if it broke a rule.",
			Params: []Param{block}, Results: []Result{{Kind: RNull}}, Examples: blockExamples(), Timeout: long,
		},
		{
			Name: "reconsiderblock", Category: Hidden, Owner: Core,
			Desc: "Forgets that a block, its ancestors and what builds on it are invalid.\nThat undoes invalidateblock.",
			Params: []Param{block, {
				Name: "ignore_chainlocks", Type: Bool, Default: "false", Desc: "Whether blocks against a ChainLock are reconsidered too",
			}},
			Results: []Result{{Kind: RNull}}, Examples: blockExamples(), Timeout: long,
		},
		{
			Name: "waitfornewblock", Category: Hidden, Owner: Core,
			Desc:   "Waits until the tip changes, and returns it. It returns the tip as it is when the time is over.",
			Params: []Param{timeout}, Results: tip, Examples: []Example{cli("1000"), curl("1000")}, Timeout: long,
		},
		{
			Name: "waitforblock", Category: Hidden, Owner: Core,
			Desc:   "Waits until a block is the tip, and returns it. It returns the tip as it is when the time is over.",
			Params: []Param{block, timeout}, Results: tip, Examples: blockExamples(), Timeout: long,
		},
		{
			Name: "waitforblockheight", Category: Hidden, Owner: Core,
			Desc:    "Waits until the tip has a height, and returns it. It returns the tip as it is when the time is over.",
			Params:  []Param{{Name: "height", Type: Num, Desc: "The height to wait for"}, timeout},
			Results: tip, Examples: []Example{cli("100 1000"), curl("100, 1000")}, Timeout: long,
		},
		{
			Name: "dumptxoutset", Category: Hidden, Owner: Core, Timeout: long,
			Desc:   "Writes the set of unspent outputs to a new file.",
			Params: []Param{{Name: "path", Type: Str, NewFile: true, Desc: "The file, which must not exist; a relative path begins at the network's data directory"}},
			Results: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RNum, Key: "coins_written", Desc: "the number of outputs"},
				{Kind: RHex, Key: "base_hash", Desc: "the hash of the block after which the set is so"},
				{Kind: RNum, Key: "base_height", Desc: "its height"},
				{Kind: RStr, Key: "path", Desc: "the file's absolute path"},
				{Kind: RHex, Key: "txoutset_hash", Desc: "the hash of the set"},
				{Kind: RNum, Key: "nchaintx", Desc: "the number of transactions up to the block"},
			}}},
			Examples: []Example{cli("utxo.dat")},
		},
		{
			Name: "syncwithvalidationinterfacequeue", Category: Hidden, Owner: Core,
			Desc:    "Waits until everything that was told of the chain has been heard.",
			Results: []Result{{Kind: RNull}}, Examples: both(),
		},
	}
}

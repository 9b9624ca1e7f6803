package method

// mempoolEntry are the fields of a transaction in the mempool.
func mempoolEntry() []Result {
	return []Result{
		{Kind: RNum, Key: "vsize", Desc: "the size that counts, in bytes"},
		{Kind: RAmount, Key: "fee", Optional: true, Desc: "the fee (deprecated, with -deprecatedrpc=fees only)"},
		{Kind: RAmount, Key: "modifiedfee", Optional: true, Desc: "the fee by which it is mined (deprecated, with -deprecatedrpc=fees only)"},
		{Kind: RTime, Key: "time", Desc: "when it came"},
		{Kind: RNum, Key: "height", Desc: "the height of the chain when it came"},
		{Kind: RNum, Key: "descendantcount", Desc: "how many descendants it has in the mempool, itself included"},
		{Kind: RNum, Key: "descendantsize", Desc: "their size"},
		{Kind: RNum, Key: "descendantfees", Optional: true, Desc: "their fees in duffs (deprecated, with -deprecatedrpc=fees only)"},
		{Kind: RNum, Key: "ancestorcount", Desc: "how many ancestors it has in the mempool, itself included"},
		{Kind: RNum, Key: "ancestorsize", Desc: "their size"},
		{Kind: RNum, Key: "ancestorfees", Optional: true, Desc: "their fees in duffs (deprecated, with -deprecatedrpc=fees only)"},
		{Kind: RObj, Key: "fees", Inner: []Result{
			{Kind: RAmount, Key: "base", Desc: "the fee"},
			{Kind: RAmount, Key: "modified", Desc: "the fee by which it is mined"},
			{Kind: RAmount, Key: "ancestor", Desc: "the fees by which it and its ancestors are mined"},
			{Kind: RAmount, Key: "descendant", Desc: "the fees by which it and its descendants are mined"},
		}},
		{Kind: RArr, Key: "depends", Desc: "what it spends from in the mempool", Inner: []Result{{Kind: RHex, Desc: "a transaction id"}}},
		{Kind: RArr, Key: "spentby", Desc: "what spends from it in the mempool", Inner: []Result{{Kind: RHex, Desc: "a transaction id"}}},
		{Kind: RStr, Key: "instantlock", Desc: "whether InstantSend has locked it"},
		{Kind: RBool, Key: "unbroadcast", Desc: "whether no peer has asked for it yet since it was handed in here"},
	}
}

func mempoolTxID() Param {
	return Param{Name: "txid", Type: Hex, Desc: "The id of a transaction in the mempool"}
}

// mempoolList are the forms of a list of transactions in the mempool.
func mempoolList() []Result {
	return []Result{
		{Cond: "for verbose = false", Kind: RArr, Inner: []Result{{Kind: RHex, Desc: "a transaction id"}}},
		{Cond: "for verbose = true", Kind: RDyn, Inner: []Result{{Kind: RObj, Key: "transactionid", Inner: mempoolEntry()}}},
	}
}

func verboseParam() Param {
	return Param{Name: "verbose", Type: Bool, Default: "false", Desc: "true for an object with details, false for an array of transaction ids"}
}

func mempool() []Method {
	return []Method{
		{
			Name: "getmempoolancestors", Category: "blockchain", Owner: Core,
			Desc:     "Lists all transactions in the mempool on which one in it depends.",
			Params:   []Param{mempoolTxID(), verboseParam()},
			Results:  mempoolList(),
			Examples: []Example{cli(`"mytxid"`), curl(`"mytxid"`)},
		},
		{
			Name: "getmempooldescendants", Category: "blockchain", Owner: Core,
			Desc:     "Lists all transactions in the mempool that depend on one in it.",
			Params:   []Param{mempoolTxID(), verboseParam()},
			Results:  mempoolList(),
			Examples: []Example{cli(`"mytxid"`), curl(`"mytxid"`)},
		},
		{
			Name: "getmempoolentry", Category: "blockchain", Owner: Core,
			Desc:     "Tells about a transaction in the mempool.",
			Params:   []Param{mempoolTxID()},
			Results:  []Result{{Kind: RObj, Inner: mempoolEntry()}},
			Examples: []Example{cli(`"mytxid"`), curl(`"mytxid"`)},
		},
		getMempoolInfo(),
		{
			Name: "getrawmempool", Category: "blockchain", Owner: Core,
			Desc: "Lists all transactions in the mempool.",
			Params: []Param{
				verboseParam(),
				{Name: "mempool_sequence", Type: Bool, Default: "false", Desc: "With verbose=false, true for an object with the ids and the number of the mempool's next change"},
			},
			Results: append(mempoolList(), Result{Cond: "for verbose = false and mempool_sequence = true", Kind: RObj, Inner: []Result{
				{Kind: RArr, Key: "txids", Inner: []Result{{Kind: RHex, Desc: "a transaction id"}}},
				{Kind: RNum, Key: "mempool_sequence", Desc: "the number of the next change"},
			}}),
			Examples: []Example{cli(`true`), curl(`true`)},
		},
		{
			Name: "gettxspendingprevout", Category: "blockchain", Owner: Core,
			Desc: "Finds the transactions in the mempool that spend given outputs.",
			Params: []Param{{Name: "outputs", Type: Arr, Desc: "The outputs", Inner: []Param{
				{Name: "", Type: Obj, Optional: true, Inner: []Param{
					{Name: "txid", Type: Hex, Desc: "The transaction id"},
					{Name: "vout", Type: Num, Desc: "The number of the output"},
				}},
			}}},
			Results: []Result{{Kind: RArr, Inner: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RHex, Key: "txid", Desc: "the transaction id"},
				{Kind: RNum, Key: "vout", Desc: "the number of the output"},
				{Kind: RHex, Key: "spendingtxid", Optional: true, Desc: "the transaction that spends it, if one does"},
			}}}}},
			Examples: []Example{cli(`"[{\"txid\":\"mytxid\",\"vout\":3}]"`), curl(`"[{\"txid\":\"mytxid\",\"vout\":3}]"`)},
		},
		{
			Name: "savemempool", Category: "blockchain", Owner: Core,
			Desc:     "Saves the mempool to disk, once it has been loaded.",
			Results:  []Result{{Kind: RObj, Inner: []Result{{Kind: RStr, Key: "filename", Desc: "the file"}}}},
			Examples: both(),
		},
		{
			Name: "prioritisetransaction", Category: "mining", Owner: Core,
			Desc: "Has a transaction mined earlier or later.",
			Params: []Param{
				{Name: "txid", Type: Hex, Desc: "The transaction id"},
				{Name: "fee_delta", Type: Num, Desc: "What to add to its fee, in duffs; negative to take away.\nIt is no rate, and nobody pays it: blocks made here treat the transaction as if its fee were so much higher"},
			},
			Results:  []Result{{Kind: RBool, Desc: "true"}},
			Examples: []Example{cli(`"txid" 10000`), curl(`"txid", 10000`)},
		},
	}
}

func getMempoolInfo() Method {
	return Method{
		Name: "getmempoolinfo", Category: "blockchain", Owner: Core,
		Desc: "Tells about the mempool as a whole.",
		Results: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RBool, Key: "loaded", Desc: "whether it has been loaded from disk"},
			{Kind: RNum, Key: "size", Desc: "the number of transactions"},
			{Kind: RNum, Key: "bytes", Desc: "the sum of their sizes"},
			{Kind: RNum, Key: "usage", Desc: "the memory it takes in bytes"},
			{Kind: RAmount, Key: "total_fee", Desc: "the sum of their fees, without what prioritisetransaction adds"},
			{Kind: RNum, Key: "maxmempool", Desc: "the bound of its memory in bytes"},
			{Kind: RAmount, Key: "mempoolminfee", Desc: "the lowest fee rate that enters, in DASH/kB"},
			{Kind: RAmount, Key: "minrelaytxfee", Desc: "the lowest fee rate that is relayed, in DASH/kB"},
			{Kind: RNum, Key: "instantsendlocks", Desc: "the number of InstantSend locks of transactions not yet mined"},
			{Kind: RNum, Key: "unbroadcastcount", Desc: "the number of transactions handed in here that no peer has asked for yet"},
		}}},
		Examples: both(),
	}
}

func rawTxList(name string) Param {
	return Param{Name: name, Type: Arr, Desc: "The transactions", Inner: []Param{
		{Name: "rawtx", Type: Hex, Optional: true, Desc: "A transaction"},
	}}
}

func maxFeeRate() Param {
	return Param{Name: "maxfeerate", Type: Amount, Default: "0.10", Desc: "Refuse a transaction with a higher fee rate, in DASH/kB; 0 for no bound"}
}

// submitting are the methods that hand transactions in, or test what would
// become of them.
func submitting() []Method {
	return []Method{
		{
			Name: "sendrawtransaction", Category: rawTransactions, Owner: Core,
			Desc: "Hands a transaction in and sends it to all peers, which may tell them where it comes from:\nnodes do not send again what is in their mempool, unless it is their own.\n\n" +
				"One that is in a block already fails with an error code of its own.",
			Params: []Param{
				{Name: "hexstring", Type: Hex, Desc: "The transaction"},
				maxFeeRate(),
				{Name: "instantsend", Type: Bool, Optional: true, Desc: "Deprecated, has no effect"},
				{Name: "bypasslimits", Type: Bool, Default: "false", Desc: "true to let it in whatever it pays"},
			},
			Results: []Result{{Kind: RHex, Desc: "The transaction id"}},
			Examples: []Example{
				example(ExText, "\nMake a transaction, sign it, send it"),
				cli(`"signedhex"`), curl(`"signedhex"`),
			},
		},
		{
			Name: "testmempoolaccept", Category: rawTransactions, Owner: Core,
			Desc: "Tells whether the mempool would take transactions, without handing them in.\n\n" +
				"Of several, at most 25, parents come before children; none may conflict with another or with the mempool.\nWhen one fails, others may not be judged, and then have no 'allowed'.",
			Params: []Param{rawTxList("rawtxs"), maxFeeRate()},
			Results: []Result{{Kind: RArr, Desc: "The results in the order of the transactions", Inner: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RHex, Key: "txid", Desc: "the transaction id"},
				{Kind: RStr, Key: "package-error", Optional: true, Desc: "why they cannot be judged together"},
				{Kind: RBool, Key: "allowed", Optional: true, Desc: "whether the mempool would take it"},
				{Kind: RNum, Key: "vsize", Optional: true, Desc: "the size that counts, in bytes"},
				{Kind: RObj, Key: "fees", Optional: true, Inner: []Result{{Kind: RAmount, Key: "base", Desc: "the fee"}}},
				{Kind: RStr, Key: "reject-reason", Optional: true, Desc: "why it would not"},
			}}}}},
			Examples: []Example{cli(`'["signedhex"]'`), curl(`["signedhex"]`)},
		},
	}
}

// hiddenMempool are the methods of the mempool that the help does not list.
func hiddenMempool() []Method {
	return []Method{
		{
			Name: "submitpackage", Category: Hidden, Owner: Core,
			Desc:   "Hands in a transaction with all parents of it that no block holds, on regtest only.\nWhat a parent pays too little the child may pay. The form may change.",
			Params: []Param{rawTxList("package")},
			Results: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RDyn, Key: "tx-results", Desc: "by transaction id", Inner: []Result{{Kind: RObj, Key: "txid", Inner: []Result{
					{Kind: RHex, Key: "txid", Desc: "the transaction id"},
					{Kind: RNum, Key: "size", Desc: "the size in bytes"},
					{Kind: RObj, Key: "fees", Inner: []Result{{Kind: RAmount, Key: "base", Desc: "the fee"}}},
				}}}},
				{Kind: RAmount, Key: "package-feerate", Optional: true, Desc: "the fee rate of those that were judged together, in DASH/kB"},
			}}},
			Examples: []Example{cli(`'["rawtx1", "rawtx2"]'`)},
		},
		{
			Name: "estimaterawfee", Category: Hidden, Owner: Core,
			Desc: "Shows how the estimates of fee rates come about. The form may change.",
			Params: []Param{
				confTarget(),
				{Name: "threshold", Type: Num, Default: "0.95", Desc: "The part of the transactions in a range of fee rates that must have been mined within conf_target blocks"},
			},
			Results: []Result{{Kind: RObj, Desc: "One member for each horizon that follows so many blocks", Inner: []Result{
				{Kind: RObj, Key: "short", Optional: true, Inner: []Result{
					{Kind: RNum, Key: "feerate", Optional: true, Desc: "the fee rate in DASH/kB"},
					{Kind: RNum, Key: "decay", Desc: "the decay of averages with each block"},
					{Kind: RNum, Key: "scale", Desc: "the length of a period in blocks"},
					{Kind: RObj, Key: "pass", Optional: true, Desc: "the lowest range that meets the threshold", Inner: feeRange()},
					{Kind: RObj, Key: "fail", Optional: true, Desc: "the highest range that does not", Inner: feeRange()},
					{Kind: RArr, Key: "errors", Optional: true, Inner: []Result{{Kind: RStr, Key: "error", Desc: "why there is no estimate"}}},
				}},
				{Kind: RObj, Key: "medium", Optional: true, Inner: []Result{{Kind: RElision, Desc: "as short"}}},
				{Kind: RObj, Key: "long", Optional: true, Inner: []Result{{Kind: RElision, Desc: "as short"}}},
			}}},
			Examples: []Example{cli(`6 0.9`)},
		},
	}
}

func feeRange() []Result {
	return []Result{
		{Kind: RNum, Key: "startrange", Desc: "the lowest fee rate in duffs/kB"},
		{Kind: RNum, Key: "endrange", Desc: "the highest"},
		{Kind: RNum, Key: "withintarget", Desc: "transactions mined in time"},
		{Kind: RNum, Key: "totalconfirmed", Desc: "transactions mined"},
		{Kind: RNum, Key: "inmempool", Desc: "transactions that wait for longer"},
		{Kind: RNum, Key: "leftmempool", Desc: "transactions that left after that time without being mined"},
	}
}

func confTarget() Param {
	return Param{Name: "conf_target", Type: Num, Desc: "Within how many blocks, 1 to 1008"}
}

func estimateSmartFee() Method {
	return Method{
		Name: "estimatesmartfee", Category: "util", Owner: Core,
		Desc: "Estimates the fee rate for being mined within a number of blocks.",
		Params: []Param{
			confTarget(),
			{Name: "estimate_mode", Type: Str, Default: `"conservative"`, Desc: "A conservative estimate looks at longer times too, and follows a fall of rates less fast:\n\"unset\", \"economical\" or \"conservative\", in any case"},
		},
		Results: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RNum, Key: "feerate", Optional: true, Desc: "the fee rate in DASH/kB"},
			{Kind: RArr, Key: "errors", Optional: true, Inner: []Result{{Kind: RStr, Desc: "why there is none"}}},
			{Kind: RNum, Key: "blocks", Desc: "the number of blocks that it holds for, which is at least 2 and at most what was seen enough of"},
		}}},
		Examples: []Example{cli(`6`), curl(`6`)},
	}
}

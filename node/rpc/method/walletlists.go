package method

func depth(name string) Param {
	return Param{Name: name, Type: Num, Default: "1", Desc: "How many blocks must be on top at least"}
}

func addLocked() Param {
	return Param{Name: "addlocked", Type: Bool, Default: "false", Desc: "Whether those locked by InstantSend count as well"}
}

func watchOnly() Param {
	return Param{Name: "include_watchonly", Type: Bool, Hint: "true for watch-only wallets, otherwise false", Desc: "Whether what is only watched counts as well"}
}

func immature() Param {
	return Param{Name: "include_immature_coinbase", Type: Bool, Default: "false", Desc: "Whether young coinbases count as well"}
}

func includeEmpty(what string) Param {
	return Param{Name: "include_empty", Type: Bool, Default: "false", Desc: "Whether to list " + what + " that were never paid"}
}

// entry are the fields that lists show of a transaction.
func entry(more ...Result) []Result {
	return append(more, []Result{
		{Kind: RNum, Key: "confirmations", Desc: "How many blocks are on top; negative if a block contradicts it"},
		{Kind: RBool, Key: "instantlock", Desc: "Whether it is locked"},
		{Kind: RBool, Key: "instantlock_internal", Desc: "Whether InstantSend locked it"},
		{Kind: RBool, Key: "chainlock", Desc: "Whether a ChainLock covers its block"},
		{Kind: RBool, Key: "generated", Optional: true, Desc: "Present if it is a coinbase"},
		{Kind: RBool, Key: "trusted", Optional: true, Desc: "Whether it can be relied on; only while it is in no block"},
		{Kind: RHex, Key: "blockhash", Optional: true, Desc: "The block it is in"},
		{Kind: RNum, Key: "blockheight", Optional: true, Desc: "The block's height"},
		{Kind: RNum, Key: "blockindex", Optional: true, Desc: "Its place in the block"},
		{Kind: RTime, Key: "blocktime", Optional: true, Desc: "The block's time"},
		{Kind: RHex, Key: "txid", Desc: "The transaction's id"},
		{Kind: RArr, Key: "walletconflicts", Inner: []Result{{Kind: RHex, Desc: "Another that spends the same"}}},
		{Kind: RTime, Key: "time", Desc: "Its time"},
		{Kind: RTime, Key: "timereceived", Desc: "When the wallet saw it first"},
		{Kind: RStr, Key: "comment", Optional: true, Desc: "The comment it was sent with"},
	}...)
}

func part() []Result {
	return []Result{
		{Kind: RBool, Key: "involvesWatchonly", Optional: true, Desc: "Present if what is only watched is part of it"},
		{Kind: RStr, Key: "address", Optional: true, Desc: "The address"},
		{Kind: RStr, Key: "category", Desc: "send, receive, generate, immature, orphan or platform-transfer"},
		{Kind: RAmount, Key: "amount", Desc: "The amount, negative if sent"},
		{Kind: RStr, Key: "label", Optional: true, Desc: "The address's label"},
		{Kind: RNum, Key: "vout", Desc: "The number of the output"},
		{Kind: RAmount, Key: "fee", Optional: true, Desc: "The fee, negative; only if sent"},
		{Kind: RBool, Key: "abandoned", Desc: "Whether it was given up"},
	}
}

func walletLists() []Method {
	amount := Result{Kind: RAmount, Desc: "The sum"}
	txid := Param{Name: "txid", Type: Hex, Desc: "The transaction's id"}
	label := Param{Name: "label", Type: Str, Desc: "The label"}
	return []Method{
		simple("getbalance", "Sums what the wallet can spend.", amount, []Example{cli(""), cli(`"*" 6`), curl(`"*", 6`)},
			Param{Name: "dummy", Type: Str, Optional: true, Desc: `"*" or nothing, for old clients`},
			Param{Name: "minconf", Type: Num, Default: "0", Desc: "How many blocks must be on top at least"},
			addLocked(), watchOnly(),
			Param{Name: "avoid_reuse", Type: Bool, Default: "true", Desc: "Leaves out what is on used addresses, in wallets with that flag"}),
		simple("getbalances", "Tells all of the wallet's balances.", Result{Kind: RObj, Inner: []Result{
			{Kind: RObj, Key: "mine", Inner: []Result{
				{Kind: RAmount, Key: "trusted", Desc: "What can be spent"}, {Kind: RAmount, Key: "untrusted_pending", Desc: "What others sent and is in no block"},
				{Kind: RAmount, Key: "immature", Desc: "Young coinbases"}, {Kind: RAmount, Key: "coinjoin", Desc: "What was mixed"},
			}},
			{Kind: RObj, Key: "lastprocessedblock", Inner: []Result{{Kind: RHex, Key: "hash", Desc: "The block up to which this holds"}, {Kind: RNum, Key: "height", Desc: "Its height"}}},
		}}, both()),
		simple("getunconfirmedbalance", "Sums what others sent and is in no block. getbalances tells it too.", amount, both()),
		simple("getreceivedbyaddress", "Sums what an address was ever paid.", amount, []Example{cli(`"address"`), cli(`"address" 6`), curl(`"address", 6`)},
			Param{Name: "address", Type: Str, Desc: "The address"}, depth("minconf"), addLocked(), immature()),
		simple("getreceivedbylabel", "Sums what the addresses with a label were ever paid.", amount, []Example{cli(`"tabby"`), curl(`"tabby", 6`)},
			label, depth("minconf"), addLocked(), immature()),
		simple("listreceivedbyaddress", "Lists what each address of the address book was ever paid.", Result{Kind: RArr, Inner: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RStr, Key: "address", Desc: "The address"}, {Kind: RAmount, Key: "amount", Desc: "The sum"},
			{Kind: RNum, Key: "confirmations", Desc: "Of the latest payment"}, {Kind: RStr, Key: "label", Desc: "The address's label"},
			{Kind: RArr, Key: "txids", Inner: []Result{{Kind: RHex, Desc: "A transaction that paid it"}}},
		}}}}, []Example{cli(""), cli("6 false true")},
			depth("minconf"), addLocked(), includeEmpty("addresses"), watchOnly(),
			Param{Name: "address_filter", Type: Str, Optional: true, Desc: "Only this address"}, immature()),
		simple("listreceivedbylabel", "Lists what the addresses with each label were ever paid.", Result{Kind: RArr, Inner: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RAmount, Key: "amount", Desc: "The sum"}, {Kind: RNum, Key: "confirmations", Desc: "Of the latest payment"}, {Kind: RStr, Key: "label", Desc: "The label"},
		}}}}, []Example{cli(""), cli("6 false true")}, depth("minconf"), addLocked(), includeEmpty("labels"), watchOnly(), immature()),
		simple("gettransaction", "Tells what the wallet knows of a transaction.", Result{Kind: RObj, Inner: append(entry(
			Result{Kind: RAmount, Key: "amount", Desc: "What it changed for the wallet, without the fee"},
			Result{Kind: RAmount, Key: "fee", Optional: true, Desc: "The fee, negative; only if sent"}),
			Result{Kind: RArr, Key: "details", Inner: []Result{{Kind: RObj, Inner: part()}}},
			Result{Kind: RHex, Key: "hex", Desc: "The transaction"},
			Result{Kind: RObj, Key: "decoded", Optional: true, Desc: "As decoderawtransaction shows it; only with verbose", Inner: []Result{{Kind: RElision, Desc: "The same as decoderawtransaction"}}})},
			[]Example{cli(`"txid"`), cli(`"txid" true`), curl(`"txid"`)}, txid, watchOnly(),
			Param{Name: "verbose", Type: Bool, Default: "false", Desc: "Whether to add the decoded transaction"}),
		simple("listtransactions", "Lists the latest payments to and from the wallet, the oldest first.", Result{Kind: RArr, Inner: []Result{{Kind: RObj, Inner: entry(part()...)}}},
			[]Example{cli(""), cli(`"*" 20 100`), curl(`"*", 20, 100`)},
			Param{Name: "label|dummy", Type: Str, Optional: true, Desc: "Only what was received on addresses with this label; \"*\" for everything"},
			Param{Name: "count", Type: Num, Default: "10", Desc: "How many"}, Param{Name: "skip", Type: Num, Default: "0", Desc: "How many of the latest to leave out"}, watchOnly()),
		simple("listsinceblock", "Lists the payments since a block.", Result{Kind: RObj, Inner: []Result{
			{Kind: RArr, Key: "transactions", Inner: []Result{{Kind: RObj, Inner: entry(part()...)}}},
			{Kind: RArr, Key: "removed", Optional: true, Inner: []Result{{Kind: RElision, Desc: "Those of blocks that are not in the chain any more"}}},
			{Kind: RHex, Key: "lastblock", Desc: "The block to ask from the next time"},
		}}, []Example{cli(""), cli(`"blockhash" 6`)},
			Param{Name: "blockhash", Type: Str, Optional: true, Desc: "The block; without it, from the start"},
			Param{Name: "target_confirmations", Type: Num, Default: "1", Desc: "How deep the block in lastblock is to be"}, watchOnly(),
			Param{Name: "include_removed", Type: Bool, Default: "true", Desc: "Whether to list what a reorganisation removed"}),
		simple("abandontransaction", "Gives up a transaction that is in no block and not in the mempool, with all that spends it, so that its inputs can be spent again.",
			Result{Kind: RNull}, []Example{cli(`"txid"`), curl(`"txid"`)}, txid),
		simple("rescanblockchain", "Looks through blocks for the wallet's transactions.", Result{Kind: RObj, Inner: []Result{
			{Kind: RNum, Key: "start_height", Desc: "The first block"}, {Kind: RNum, Key: "stop_height", Desc: "The last block that was looked at"},
		}}, []Example{cli("100000 120000"), curl("100000, 120000")},
			Param{Name: "start_height", Type: Num, Default: "0", Desc: "The first block's height"},
			Param{Name: "stop_height", Type: Num, Optional: true, Desc: "The last block's height, else that of the tip"}),
		simple("abortrescan", "Ends a rescan, such as one that importdescriptors began.", Result{Kind: RBool, Desc: "Whether there was one"}, both()),
	}
}

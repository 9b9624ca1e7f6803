package method

// unspent are the methods about unspent outputs and proofs.
func unspent() []Method {
	return []Method{
		{
			Name: "gettxout", Category: "blockchain", Owner: Core,
			Desc: "Returns an unspent output.",
			Params: []Param{
				{Name: "txid", Type: Str, Desc: "The transaction id"},
				{Name: "n", Type: Num, Desc: "The number of the output"},
				{Name: "include_mempool", Type: Bool, Default: "true", Desc: "Whether the mempool counts: outputs that it spends are not shown then"},
			},
			Results: []Result{
				{Cond: "If the UTXO was not found", Kind: RNull},
				{Cond: "Otherwise", Kind: RObj, Inner: []Result{
					{Kind: RHex, Key: "bestblock", Desc: "the hash of the tip"},
					{Kind: RNum, Key: "confirmations", Desc: "the number of confirmations"},
					{Kind: RAmount, Key: "value", Desc: "the value in DASH"},
					{Kind: RObj, Key: "scriptPubKey", Inner: scriptPubKey()},
					{Kind: RBool, Key: "coinbase", Desc: "whether it is of a coinbase"},
				}},
			},
			Examples: []Example{cli(`"txid" 1`), curl(`"txid", 1`)},
		},
		getTxOutSetInfo(),
		{
			Name: "gettxoutproof", Category: "blockchain", Owner: Core,
			Desc: "Returns a proof that transactions are in a block.\n\n" +
				"Without -txindex or the block's hash it finds only transactions that have an unspent output.",
			Params: []Param{
				{Name: "txids", Type: Arr, Desc: "The transactions, all of one block", Inner: []Param{
					{Name: "txid", Type: Hex, Optional: true, Desc: "A transaction id"},
				}},
				{Name: "blockhash", Type: Hex, Optional: true, Desc: "The block that they are in"},
			},
			Results:  []Result{{Kind: RStr, Key: "data", Desc: "The serialized proof"}},
			Examples: []Example{cli(`'["mytxid",...]' "blockhash"`), curl(`["mytxid",...], "blockhash"`)},
		},
		{
			Name: "verifytxoutproof", Category: "blockchain", Owner: Core,
			Desc:     "Verifies a proof that transactions are in a block. It is an error if that is not in the active chain.",
			Params:   []Param{{Name: "proof", Type: Hex, Desc: "The proof, as gettxoutproof gives it"}},
			Results:  []Result{{Kind: RArr, Inner: []Result{{Kind: RHex, Key: "txid", Desc: "the transactions that it proves, none if it proves nothing"}}}},
			Examples: []Example{cli(`"proof"`), curl(`"proof"`)},
		},
		{
			Name: "getmerkleblocks", Category: "blockchain", Owner: Core,
			Desc: "Returns proofs of the transactions that match a Bloom filter, from a block on along the active chain.",
			Params: []Param{
				{Name: "filter", Type: Hex, Desc: "The filter, serialized"},
				{Name: "blockhash", Type: Hex, Desc: "The hash of the first block"},
				{Name: "count", Type: Num, Default: "2000", Desc: "How many blocks, at most 2000"},
			},
			Results:  []Result{{Kind: RArr, Inner: []Result{{Kind: RHex, Desc: "A serialized proof of a block that has matches"}}}},
			Examples: []Example{cli(`"filter" "blockhash" 2000`), curl(`"filter", "blockhash", 2000`)},
		},
		scanTxOutSet(),
	}
}

func getTxOutSetInfo() Method {
	return Method{
		Name: "gettxoutsetinfo", Category: "blockchain", Owner: Core, Timeout: long,
		Desc: "Describes the set of unspent outputs.\nWithout -coinstatsindex it is counted, which may take some time.",
		Params: []Param{
			{Name: "hash_type", Type: Str, Default: `"hash_serialized_2"`, Desc: "The hash of the set: 'hash_serialized_2', 'muhash' or 'none'"},
			{Name: "hash_or_height", Type: Num, Hint: "the current best block", Desc: "The hash or the height of the block after which to describe it, with -coinstatsindex only"},
			{Name: "use_index", Type: Bool, Default: "true", Desc: "Whether to use -coinstatsindex if it is there"},
		},
		Results: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RNum, Key: "height", Desc: "the height of the block"},
			{Kind: RHex, Key: "bestblock", Desc: "its hash"},
			{Kind: RNum, Key: "txouts", Desc: "the number of unspent outputs"},
			{Kind: RNum, Key: "bogosize", Desc: "a measure of their size that does not depend on the database"},
			{Kind: RHex, Key: "hash_serialized_2", Optional: true, Desc: "the serialized hash, if it was asked for"},
			{Kind: RHex, Key: "muhash", Optional: true, Desc: "the muhash, if it was asked for"},
			{Kind: RNum, Key: "transactions", Optional: true, Desc: "the number of transactions with unspent outputs, if the set was counted"},
			{Kind: RNum, Key: "disk_size", Optional: true, Desc: "the size on disk in bytes, if the set was counted"},
			{Kind: RAmount, Key: "total_amount", Desc: "the sum of the outputs in DASH"},
			{Kind: RAmount, Key: "total_unspendable_amount", Optional: true, Desc: "the sum of what can never be spent, from the index"},
			{Kind: RObj, Key: "block_info", Optional: true, Desc: "what the block did, from the index", Inner: []Result{
				{Kind: RAmount, Key: "prevout_spent", Desc: "the sum of what it spent"},
				{Kind: RAmount, Key: "coinbase", Desc: "the sum of its coinbase"},
				{Kind: RAmount, Key: "new_outputs_ex_coinbase", Desc: "the sum of its other outputs"},
				{Kind: RAmount, Key: "unspendable", Desc: "the sum of what can never be spent"},
				{Kind: RObj, Key: "unspendables", Desc: "the same by reason", Inner: []Result{
					{Kind: RAmount, Key: "genesis_block", Desc: "the genesis block's"},
					{Kind: RAmount, Key: "bip30", Desc: "overwritten by a transaction of the same id"},
					{Kind: RAmount, Key: "scripts", Desc: "paid to scripts that nobody can satisfy"},
					{Kind: RAmount, Key: "unclaimed_rewards", Desc: "left by the miner"},
				}},
			}},
		}}},
		Examples: []Example{cli(""), cli(`"none"`), cli(`"none" 1000`), curl(`"none", 1000`)},
	}
}

// descriptorParam is a descriptor, which may hold private keys.
func descriptorParam(desc string) Param {
	return Param{Name: "descriptor", Type: Str, Secret: true, Desc: desc}
}

func scanTxOutSet() Method {
	one := descriptorParam("A descriptor")
	one.Optional = true
	return Method{
		Name: "scantxoutset", Category: "blockchain", Owner: Core, Timeout: long,
		// The signer turns descriptors into scripts; the core scans for those.
		First: &First{Owner: Signer, Method: "expandscanobjects", Param: 1, Into: 1},
		Desc: "Looks for unspent outputs that descriptors describe, such as\n" +
			"addr(<address>), raw(<script>), combo(<key>), pkh(<key>) and sh(multi(<n>,<key>,<key>,...)).\n\n" +
			"A key is a public key, or an extended key with a path, which may end in /* for a range.",
		Params: []Param{
			{Name: "action", Type: Str, Desc: "\"start\" to scan, \"abort\" to end the scan in progress, \"status\" to ask how far it is"},
			{Name: "scanobjects", Type: Arr, Usage: "[scanobjects,...]", Optional: true, Desc: "What to look for, required for \"start\"", Inner: []Param{
				one,
				{Name: "", Type: Obj, Optional: true, Desc: "A descriptor and more about it", Inner: []Param{
					{Name: "desc", Type: Str, Secret: true, Desc: "A descriptor"},
					{Name: "range", Type: Range, Default: "1000", Desc: "The positions to look at: the last one, or [first,last]"},
				}},
			}},
		},
		Results: []Result{
			{Cond: "when action=='start'; only returns after scan completes", Kind: RObj, Inner: []Result{
				{Kind: RBool, Key: "success", Desc: "whether the scan was completed"},
				{Kind: RNum, Key: "txouts", Desc: "the number of outputs that were scanned"},
				{Kind: RNum, Key: "height", Desc: "the height of the tip"},
				{Kind: RHex, Key: "bestblock", Desc: "its hash"},
				{Kind: RArr, Key: "unspents", Inner: []Result{{Kind: RObj, Inner: []Result{
					{Kind: RHex, Key: "txid", Desc: "the transaction id"},
					{Kind: RNum, Key: "vout", Desc: "the number of the output"},
					{Kind: RHex, Key: "scriptPubKey", Desc: "its script"},
					{Kind: RStr, Key: "desc", Desc: "a descriptor of the script"},
					{Kind: RAmount, Key: "amount", Desc: "its value in DASH"},
					{Kind: RBool, Key: "coinbase", Desc: "whether it is of a coinbase"},
					{Kind: RNum, Key: "height", Desc: "its height"},
				}}}},
				{Kind: RAmount, Key: "total_amount", Desc: "the sum of the outputs in DASH"},
			}},
			{Cond: "when action=='abort'", Kind: RBool, Key: "success", Desc: "Whether there was a scan to end"},
			{Cond: "when action=='status' and a scan is currently in progress", Kind: RObj, Inner: []Result{
				{Kind: RNum, Key: "progress", Desc: "how much is done, in percent"},
			}},
			{Cond: "when action=='status' and no scan is in progress - possibly already completed", Kind: RNull},
		},
		Examples: []Example{
			cli(`start '["raw(76a91411b366edfc0a8b66feebae5c2e25a7b6a5d1cf3188ac)#fm24fxxy"]'`), cli("status"), cli("abort"),
			curl(`"start", ["raw(76a91411b366edfc0a8b66feebae5c2e25a7b6a5d1cf3188ac)#fm24fxxy"]`),
		},
	}
}

package method

// txInBlock is a transaction with what is known of its block.
func txInBlock() []Result {
	return append([]Result{
		{Kind: RBool, Key: "in_active_chain", Optional: true, Desc: "whether the given block is in the active chain, if one was given"},
		{Kind: RHex, Key: "blockhash", Optional: true, Desc: "the hash of its block"},
		{Kind: RNum, Key: "height", Desc: "the height of its block"},
		{Kind: RNum, Key: "confirmations", Optional: true, Desc: "the number of confirmations"},
		{Kind: RTime, Key: "blocktime", Optional: true, Desc: "the time of its block in UNIX epoch time"},
		{Kind: RNum, Key: "time", Optional: true, Desc: "the same"},
		{Kind: RBool, Key: "instantlock", Desc: "whether it is locked, by itself or with its block"},
		{Kind: RBool, Key: "instantlock_internal", Desc: "whether it is locked by itself"},
		{Kind: RBool, Key: "chainlock", Desc: "whether a ChainLock holds its block"},
		{Kind: RHex, Key: "hex", Desc: "the serialized transaction"},
	}, decodedTx()...)
}

// rawInChain are the methods about transactions in the chain or the pool.
func rawInChain() []Method {
	ids := Param{Name: "txids", Type: Arr, Desc: "The transactions, at most 100", Inner: []Param{
		{Name: "txid", Type: Hex, Optional: true, Desc: "A transaction id"},
	}}
	return []Method{
		getRawTransaction(),
		getRawTransactionMulti(),
		{
			Name: "getislocks", Category: rawTransactions, Owner: Core,
			Desc:   "Returns the InstantSend locks of transactions.",
			Params: []Param{ids},
			Results: []Result{{Kind: RArr, Desc: "One per transaction", Inner: []Result{
				{Kind: RObj, Inner: []Result{
					{Kind: RHex, Key: "txid", Desc: "the transaction id"},
					{Kind: RArr, Key: "inputs", Desc: "the outputs it spends", Inner: []Result{{Kind: RObj, Inner: []Result{
						{Kind: RHex, Key: "txid", Desc: "the transaction id"},
						{Kind: RNum, Key: "vout", Desc: "the number of the output"},
					}}}},
					{Kind: RHex, Key: "id", Desc: "the id of the signing request"},
					{Kind: RHex, Key: "cycleHash", Desc: "the hash of the quorum cycle's block"},
					{Kind: RHex, Key: "signature", Desc: "the quorum's signature"},
					{Kind: RHex, Key: "hex", Desc: "the serialized lock"},
				}},
				{Cond: "if no InstantSend Lock is known for specified txid", Kind: RStr, Key: "data", Desc: "The text 'None'"},
			}}},
			Examples: []Example{cli(`'["txid",...]'`), curl(`["txid",...]`)},
		},
		{
			Name: "gettxchainlocks", Category: rawTransactions, Owner: Core,
			Desc:   "Tells in which blocks transactions are, and whether ChainLocks hold those.",
			Params: []Param{ids},
			Results: []Result{{Kind: RArr, Desc: "One per transaction", Inner: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RNum, Key: "height", Desc: "the height of its block, -1 if it is in none"},
				{Kind: RBool, Key: "chainlock", Desc: "whether a ChainLock holds the block"},
				{Kind: RBool, Key: "mempool", Desc: "whether it is in the mempool"},
			}}}}},
			Examples: []Example{cli(`'["mytxid",...]'`), curl(`["mytxid",...]`)},
		},
		{
			Name: "combinerawtransaction", Category: rawTransactions, Owner: Core,
			Desc: "Puts together the signatures that several copies of a transaction have.\nThe result may still lack some.",
			Params: []Param{{Name: "txs", Type: Arr, Desc: "The copies", Inner: []Param{
				{Name: "hexstring", Type: Hex, Optional: true, Desc: "A transaction"},
			}}},
			Results:  []Result{{Kind: RStr, Desc: "The transaction with all signatures"}},
			Examples: []Example{cli(`'["myhex1", "myhex2", "myhex3"]'`)},
		},
		signRawTransaction(),
	}
}

func getRawTransaction() Method {
	return Method{
		Name: "getrawtransaction", Category: rawTransactions, Owner: Core,
		Desc: "Returns a transaction of the mempool, of a given block, or with -txindex of any block.\n\n" +
			"For transactions of a wallet there is gettransaction.",
		Params: []Param{
			{Name: "txid", Type: Hex, Desc: "The transaction id"},
			{Name: "verbose", Type: Bool, Default: "false", Desc: "false for hexadecimal, true for an object"},
			{Name: "blockhash", Type: Hex, Optional: true, Desc: "The block in which to look"},
		},
		Results: []Result{
			{Cond: "if verbose is not set or set to false", Kind: RStr, Key: "data", Desc: "The serialized transaction"},
			{Cond: "if verbose is set to true", Kind: RObj, Inner: txInBlock()},
		},
		Examples: []Example{cli(`"mytxid" true`), curl(`"mytxid", true`), cli(`"mytxid" true "myblockhash"`)},
	}
}

func getRawTransactionMulti() Method {
	return Method{
		Name: "getrawtransactionmulti", Category: rawTransactions, Owner: Core,
		Desc: "Returns several transactions, given by block. The block 0 stands for the mempool.",
		Params: []Param{
			{Name: "transactions", Type: Obj, Desc: "Transactions by block hash, at most 100 of both", Inner: []Param{
				{Name: "blockhash", Type: Arr, Optional: true, Desc: "The hash of a block, and transactions in it", Inner: []Param{
					{Name: "txid", Type: Hex, Optional: true, Desc: "A transaction id"},
				}},
			}},
			{Name: "verbose", Type: Bool, Default: "false", Desc: "false for hexadecimal, true for objects"},
		},
		Results: []Result{{Kind: RObj, Inner: []Result{
			{Cond: "If verbose is not set or set to false", Kind: RHex, Key: "txid", Desc: "The serialized transaction"},
			{Cond: "if verbose is set to true", Kind: RObj, Key: "txid", Desc: "The transaction", Inner: []Result{
				{Kind: RElision, Desc: "as getrawtransaction shows it"},
			}},
			{Cond: "If tx is unknown", Kind: RStr, Key: "txid", Desc: "The text 'None'"},
		}}},
		Examples: []Example{cli(`'{"blockhash1":["txid1","txid2"], "0":["txid3"]}'`), curl(`{"blockhash1":["txid1","txid2"], "0":["txid3"]}`)},
	}
}

// signRawTransaction: the core is asked for the outputs that the transaction
// spends, and the signer gets them as one more parameter. The keys go to the
// signer alone.
func signRawTransaction() Method {
	return Method{
		Name: "signrawtransactionwithkey", Category: rawTransactions, Owner: Signer,
		First: &First{Owner: Core, Method: "lookupcoins", Param: 0, Into: 4},
		Desc:  "Signs the inputs of a transaction with the given private keys and no others.",
		Params: []Param{
			{Name: "hexstring", Type: Str, Desc: "The transaction"},
			{Name: "privkeys", Type: Arr, Packed: true, Desc: "The private keys, in wallet import format", Inner: []Param{
				{Name: "privatekey", Type: Hex, Optional: true, Secret: true, Desc: "A private key"},
			}},
			{Name: "prevtxs", Type: Arr, Optional: true, Desc: "Outputs that it spends and that may not be in the chain yet", Inner: []Param{
				{Name: "", Type: Obj, Optional: true, Inner: []Param{
					{Name: "txid", Type: Hex, Desc: "The transaction id"},
					{Name: "vout", Type: Num, Desc: "The number of the output"},
					{Name: "scriptPubKey", Type: Hex, Desc: "Its script"},
					{Name: "redeemScript", Type: Hex, Optional: true, Desc: "The redeem script, if it pays a script's hash"},
					{Name: "amount", Type: Amount, Optional: true, Desc: "Its value"},
				}},
			}},
			{Name: "sighashtype", Type: Str, Default: `"ALL"`, Desc: "What the signatures cover: ALL, NONE or SINGLE, each alone or followed by |ANYONECANPAY"},
		},
		Results: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RHex, Key: "hex", Desc: "the transaction with signatures"},
			{Kind: RBool, Key: "complete", Desc: "whether it has all that it needs"},
			{Kind: RArr, Key: "errors", Optional: true, Desc: "what is wrong with inputs, if something is", Inner: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RHex, Key: "txid", Desc: "the transaction that the input spends from"},
				{Kind: RNum, Key: "vout", Desc: "the number of the output"},
				{Kind: RHex, Key: "scriptSig", Desc: "the input script"},
				{Kind: RNum, Key: "sequence", Desc: "the sequence number"},
				{Kind: RStr, Key: "error", Desc: "what is wrong"},
			}}}},
		}}},
		Examples: []Example{cli(`"myhex" "[\"key1\",\"key2\"]"`), curl(`"myhex", "[\"key1\",\"key2\"]"`)},
	}
}

// descriptors are the methods about descriptors. They may hold private keys, so
// the signer executes them.
func descriptors() []Method {
	return []Method{
		{
			Name: "getdescriptorinfo", Category: "util", Owner: Signer,
			Desc:   "Tells about a descriptor.",
			Params: []Param{descriptorParam("The descriptor")},
			Results: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RStr, Key: "descriptor", Desc: "its canonical form, without private keys"},
				{Kind: RStr, Key: "checksum", Desc: "the checksum of the text that was given"},
				{Kind: RBool, Key: "isrange", Desc: "whether it has a range"},
				{Kind: RBool, Key: "issolvable", Desc: "whether it tells how to spend"},
				{Kind: RBool, Key: "hasprivatekeys", Desc: "whether it has private keys"},
			}}},
			Examples: []Example{cli(`"pkh([d34db33f/84h/0h/0h]0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798)"`)},
		},
		{
			Name: "deriveaddresses", Category: "util", Owner: Signer,
			Desc: "Derives the addresses that a descriptor describes.",
			Params: []Param{
				descriptorParam("The descriptor, with its checksum"),
				{Name: "range", Type: Range, Optional: true, Desc: "The positions, if it has a range: the last one, or [first,last]"},
			},
			Results:  []Result{{Kind: RArr, Inner: []Result{{Kind: RStr, Key: "address", Desc: "the addresses"}}}},
			Examples: []Example{cli(`"pkh(0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798)#checksum" "[0,2]"`)},
		},
		{
			Name: "getindexinfo", Category: "util", Owner: Core,
			Desc:   "Tells how far the optional indexes are.",
			Params: []Param{{Name: "index_name", Type: Str, Optional: true, Desc: "Only this one"}},
			Results: []Result{{Kind: RDyn, Inner: []Result{{Kind: RObj, Key: "name", Desc: "The name of an index", Inner: []Result{
				{Kind: RBool, Key: "synced", Desc: "whether it is up to date"},
				{Kind: RNum, Key: "best_block_height", Desc: "the height up to which it is"},
			}}}}},
			Examples: []Example{cli(""), curl(""), cli("txindex"), curl(`"txindex"`)},
		},
	}
}

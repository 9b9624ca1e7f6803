package method

import "time"

func blockchain() []Method {
	return []Method{
		{
			Name: "getbestblockhash", Category: "blockchain", Owner: Core,
			Desc:     "Returns the hash of the tip of the most-work fully-validated chain.",
			Results:  []Result{{Kind: RHex, Desc: "the block hash"}},
			Examples: both(),
		},
		getBlock(),
		getBlockchainInfo(),
		{
			Name: "getblockcount", Category: "blockchain", Owner: Core,
			Desc:     "Returns the height of the most-work fully-validated chain.\nThe genesis block has height 0.",
			Results:  []Result{{Kind: RNum, Desc: "The height of the tip"}},
			Examples: both(),
		},
		{
			Name: "getblockhash", Category: "blockchain", Owner: Core,
			Desc: "Returns the hash of the block at a height of the active chain.",
			Params: []Param{
				{Name: "height", Type: Num, Desc: "The height"},
			},
			Results:  []Result{{Kind: RHex, Desc: "The block hash"}},
			Examples: []Example{cli("1000"), curl("1000")},
		},
		{
			Name: "getblockheader", Category: "blockchain", Owner: Core,
			Desc: "Returns the header of a block: as an object if verbose is true,\nas its serialization in hexadecimal otherwise.",
			Params: []Param{
				{Name: "blockhash", Type: Hex, Desc: "The block hash"},
				{Name: "verbose", Type: Bool, Default: "true", Desc: "true for an object, false for hexadecimal"},
			},
			Results: []Result{
				{Cond: "for verbose = true", Kind: RObj, Inner: headerFields()},
				{Cond: "for verbose=false", Kind: RHex, Desc: "The serialized header"},
			},
			Examples: blockExamples(),
		},
		{
			Name: "getdifficulty", Category: "blockchain", Owner: Core,
			Desc:     "Returns the proof-of-work difficulty as a multiple of the least possible one.",
			Results:  []Result{{Kind: RNum, Desc: "the difficulty"}},
			Examples: both(),
		},
		getBlockHeaders(),
		getBlockStats(),
		getChainTips(),
		getChainTxStats(),
		getSpecialTxes(),
		getBestChainLock(),
		{
			Name: "getblockfilter", Category: "blockchain", Owner: Core,
			Desc: "Returns the compact filter of a block (BIP 157).",
			Params: []Param{
				{Name: "blockhash", Type: Str, Desc: "The block hash"},
				{Name: "filtertype", Type: Str, Default: `"basic"`, Desc: "The type of the filter"},
			},
			Results: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RHex, Key: "filter", Desc: "the filter"},
				{Kind: RHex, Key: "header", Desc: "the header of the chain of filters"},
			}}},
			Examples: blockExamples(),
		},
		{
			Name: "getblockfrompeer", Category: "blockchain", Owner: Core,
			Desc: "Asks a peer for a block of which the header is known.\n\n" +
				"The answer to an earlier call for the same block is ignored from then on. Peers may not have stale or old blocks;\n" +
				"one that does not answer is disconnected.\n\nReturns an empty object once the peer has been asked.",
			Params: []Param{
				{Name: "blockhash", Type: Hex, Desc: "The hash of the block"},
				{Name: "peer_id", Type: Num, Desc: "The peer's id, as in getpeerinfo"},
			},
			Results:  []Result{{Kind: RObj}},
			Examples: blockExamples(),
		},
		{
			Name: "getblockhashes", Category: "blockchain", Owner: Core,
			Desc: "Returns the hashes of blocks whose time lies in a range.\nIt needs -timestampindex.",
			Params: []Param{
				{Name: "high", Type: Num, Desc: "The end of the range, in UNIX epoch time"},
				{Name: "low", Type: Num, Desc: "The beginning of the range, in UNIX epoch time"},
			},
			Results:  []Result{{Kind: RArr, Inner: []Result{{Kind: RHex, Desc: "A block hash"}}}},
			Examples: []Example{cli("1231614698 1231024505"), curl("1231614698, 1231024505")},
		},
		{
			Name: "preciousblock", Category: "blockchain", Owner: Core,
			Desc: "Prefers a block to others with the same work, as if it had been the first.\n\n" +
				"A later call may prefer another one. It does not outlast a restart.",
			Params:   []Param{{Name: "blockhash", Type: Hex, Desc: "The hash of the block"}},
			Results:  []Result{{Kind: RNull}},
			Examples: blockExamples(),
		},
		{
			Name: "pruneblockchain", Category: "blockchain", Owner: Core,
			Desc: "Deletes old block files. The node must run with -prune.",
			Params: []Param{{Name: "height", Type: Num, Desc: "The height up to which blocks may be deleted, or a time: blocks that are\n" +
				"at least two hours older than it may be deleted then"}},
			Results:  []Result{{Kind: RNum, Desc: "The height of the last block that was deleted"}},
			Examples: []Example{cli("1000"), curl("1000")}, Timeout: long,
		},
		{
			Name: "verifychain", Category: "blockchain", Owner: Core,
			Desc: "Verifies the last blocks and the set of unspent outputs.",
			Params: []Param{
				{Name: "checklevel", Type: Num, Hint: "3, range=0-4", Desc: "How thoroughly:\n" +
					"- 0 reads the blocks\n- 1 judges each by itself\n- 2 reads what they spent\n- 3 takes them out of a copy of the set\n- 4 puts them in again"},
				{Name: "nblocks", Type: Num, Hint: "6, 0=all", Desc: "How many blocks"},
			},
			Results:  []Result{{Kind: RBool, Desc: "Whether everything is right"}},
			Examples: both(), Timeout: long,
		},
	}
}

// long is the time for calls that may read the whole chain, or that wait.
const long = 7 * 24 * time.Hour

func blockExamples() []Example {
	const hash = `"00000ffd590b1485b3caadc19b22e6379c733355108f107a430458cdf3407ab6"`
	return []Example{cli(hash), curl(hash)}
}

// headerFields is what getblockheader and getblock have in common.
func headerFields() []Result {
	return []Result{
		{Kind: RHex, Key: "hash", Desc: "the block hash, as it was given"},
		{Kind: RNum, Key: "confirmations", Desc: "the number of confirmations, -1 if the block is not in the active chain"},
		{Kind: RNum, Key: "height", Desc: "the height"},
		{Kind: RNum, Key: "version", Desc: "the version"},
		{Kind: RHex, Key: "versionHex", Desc: "the version in hexadecimal"},
		{Kind: RHex, Key: "merkleroot", Desc: "the Merkle root"},
		{Kind: RTime, Key: "time", Desc: "the block's time in UNIX epoch time"},
		{Kind: RTime, Key: "mediantime", Desc: "the median time past in UNIX epoch time"},
		{Kind: RNum, Key: "nonce", Desc: "the nonce"},
		{Kind: RHex, Key: "bits", Desc: "the target, in compact form"},
		{Kind: RNum, Key: "difficulty", Desc: "the difficulty"},
		{Kind: RHex, Key: "chainwork", Desc: "the expected number of hashes that the chain up to here took"},
		{Kind: RNum, Key: "nTx", Desc: "the number of transactions"},
		{Kind: RHex, Key: "previousblockhash", Optional: true, Desc: "the hash of the previous block, if there is one"},
		{Kind: RHex, Key: "nextblockhash", Optional: true, Desc: "the hash of the next block, if there is one"},
		{Kind: RBool, Key: "chainlock", Desc: "whether a ChainLock holds the block"},
	}
}

func getBlock() Method {
	cbTx := Result{Kind: RObj, Key: "cbTx", Optional: true, Desc: "The payload of the coinbase", Inner: []Result{
		{Kind: RNum, Key: "version", Desc: "its version"},
		{Kind: RNum, Key: "height", Desc: "the height it was made for"},
		{Kind: RHex, Key: "merkleRootMNList", Desc: "the Merkle root of the masternode list"},
		{Kind: RHex, Key: "merkleRootQuorums", Optional: true, Desc: "the Merkle root of the active quorums"},
		{Kind: RNum, Key: "bestCLHeightDiff", Optional: true, Desc: "how many blocks ago the last known ChainLock was"},
		{Kind: RHex, Key: "bestCLSignature", Optional: true, Desc: "the signature of that ChainLock"},
		{Kind: RNum, Key: "creditPoolBalance", Optional: true, Desc: "the balance of the credit pool"},
	}}
	one := append(headerFields(),
		Result{Kind: RNum, Key: "size", Desc: "the size in bytes"},
		Result{Kind: RArr, Key: "tx", Desc: "the transactions", Inner: []Result{{Kind: RHex, Desc: "the transaction id"}}},
		cbTx)
	return Method{
		Name: "getblock", Category: "blockchain", Owner: Core,
		Desc: "Returns a block.\n" +
			"With verbosity 0 it is serialized in hexadecimal, with 1 an object with transaction ids,\n" +
			"with 2 an object with whole transactions, with 3 these tell also about the outputs they spend\n" +
			"(for blocks of the active chain that have not been pruned).",
		Params: []Param{
			{Name: "blockhash", Type: Hex, Desc: "The block hash"},
			{Name: "verbosity|verbose", Type: Num, Default: "1", Desc: "How much to tell, 0 to 3"},
		},
		Results: []Result{
			{Cond: "for verbosity = 0", Kind: RHex, Desc: "The serialized block"},
			{Cond: "for verbosity = 1", Kind: RObj, Inner: one},
			{Cond: "for verbosity = 2", Kind: RObj, Inner: []Result{
				{Kind: RElision, Desc: "As for verbosity = 1"},
				{Kind: RArr, Key: "tx", Inner: []Result{{Kind: RObj, Inner: []Result{
					{Kind: RElision, Desc: "The transaction as getrawtransaction shows it"},
					{Kind: RNum, Key: "fee", Desc: "The fee in DASH, left out if there is no undo data"},
				}}}},
			}},
			{Cond: "for verbosity = 3", Kind: RObj, Inner: []Result{
				{Kind: RElision, Desc: "As for verbosity = 2"},
				{Kind: RArr, Key: "tx", Inner: []Result{{Kind: RObj, Inner: []Result{
					{Kind: RArr, Key: "vin", Inner: []Result{{Kind: RObj, Inner: []Result{
						{Kind: RElision, Desc: "As for verbosity = 2"},
						{Kind: RObj, Key: "prevout", Optional: true, Desc: "The output it spends, if there is undo data", Inner: prevout()},
					}}}},
				}}}},
			}},
		},
		Examples: blockExamples(),
	}
}

func prevout() []Result {
	return []Result{
		{Kind: RBool, Key: "generated", Desc: "whether it is of a coinbase"},
		{Kind: RNum, Key: "height", Desc: "its height"},
		{Kind: RAmount, Key: "value", Desc: "its value in DASH"},
		{Kind: RObj, Key: "scriptPubKey", Inner: []Result{
			{Kind: RStr, Key: "asm", Desc: "the script, disassembled"},
			{Kind: RStr, Key: "desc", Desc: "the descriptor it can be inferred from"},
			{Kind: RHex, Key: "hex", Desc: "the script in hexadecimal"},
			{Kind: RStr, Key: "address", Optional: true, Desc: "the address, if there is exactly one"},
			{Kind: RStr, Key: "type", Desc: "the kind of script, such as 'pubkeyhash'"},
		}},
	}
}

func getBlockchainInfo() Method {
	return Method{
		Name: "getblockchaininfo", Category: "blockchain", Owner: Core,
		Desc: "Returns the state of the chain and of its validation.",
		Results: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RStr, Key: "chain", Desc: "the network: main, test, regtest, or the name of the devnet"},
			{Kind: RNum, Key: "blocks", Desc: "the height of the most-work fully-validated chain; the genesis block has height 0"},
			{Kind: RNum, Key: "headers", Desc: "the height of the best header"},
			{Kind: RStr, Key: "bestblockhash", Desc: "the hash of the tip"},
			{Kind: RNum, Key: "difficulty", Desc: "the difficulty of the tip"},
			{Kind: RTime, Key: "time", Desc: "the tip's time in UNIX epoch time"},
			{Kind: RTime, Key: "mediantime", Desc: "the median time past of the tip in UNIX epoch time"},
			{Kind: RNum, Key: "verificationprogress", Desc: "an estimate of how far validation is, 0 to 1"},
			{Kind: RBool, Key: "initialblockdownload", Desc: "whether the node believes that it is still catching up"},
			{Kind: RHex, Key: "chainwork", Desc: "the expected number of hashes that the chain took"},
			{Kind: RNum, Key: "size_on_disk", Desc: "an estimate of the size of block and undo files in bytes"},
			{Kind: RBool, Key: "pruned", Desc: "whether old blocks are deleted"},
			{Kind: RNum, Key: "pruneheight", Optional: true, Desc: "the lowest block that is kept, if blocks are deleted"},
			{Kind: RBool, Key: "automatic_pruning", Optional: true, Desc: "whether they are deleted without being asked, if blocks are deleted"},
			{Kind: RNum, Key: "prune_target_size", Optional: true, Desc: "the size to keep to in bytes, if they are deleted without being asked"},
			{Kind: RDyn, Key: "softforks", Desc: "the state of each deployment", Inner: []Result{
				{Kind: RObj, Key: "xxxx", Desc: "the name of the deployment", Inner: deployment()},
			}},
			{Kind: RStr, Key: "warnings", Desc: "warnings about the network or the chain"},
		}}},
		Examples: both(),
	}
}

func deployment() []Result {
	return []Result{
		{Kind: RStr, Key: "type", Desc: `"buried" or "bip9"`},
		{Kind: RObj, Key: "bip9", Optional: true, Desc: `more about deployments of type "bip9"`, Inner: []Result{
			{Kind: RStr, Key: "status", Desc: `"defined", "started", "locked_in", "active" or "failed"`},
			{Kind: RNum, Key: "bit", Optional: true, Desc: "the bit of the block version that signals it, while it matters"},
			{Kind: RTime, Key: "start_time", Desc: "the median time past at which signals begin to count"},
			{Kind: RTime, Key: "timeout", Desc: "the median time past at which it has failed"},
			{Kind: RBool, Key: "ehf", Desc: "whether masternodes must signal first"},
			{Kind: RNum, Key: "ehf_height", Optional: true, Desc: "the height from which miners' signals count, if masternodes must signal first"},
			{Kind: RNum, Key: "since", Desc: "the height from which the status holds"},
			{Kind: RNum, Key: "activation_height", Desc: "the height at which it will be active, if it is locked in"},
			{Kind: RNum, Key: "min_activation_height", Desc: "the least height at which it may be active"},
			{Kind: RObj, Key: "statistics", Optional: true, Desc: "how many blocks signal, while it matters", Inner: []Result{
				{Kind: RNum, Key: "period", Desc: "the length of a period in blocks"},
				{Kind: RNum, Key: "threshold", Optional: true, Desc: "how many blocks of a period must signal"},
				{Kind: RNum, Key: "elapsed", Desc: "how many blocks of this period there are"},
				{Kind: RNum, Key: "count", Desc: "how many of them signal"},
				{Kind: RBool, Key: "possible", Optional: true, Desc: "whether this period can still reach the threshold"},
			}},
		}},
		{Kind: RNum, Key: "height", Optional: true, Desc: "the height from which it is or will be enforced, if that is known"},
		{Kind: RBool, Key: "active", Desc: "whether it is enforced for the next block"},
	}
}

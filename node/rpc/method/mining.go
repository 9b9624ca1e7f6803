package method

import "time"

const miningCategory = "mining"

// miningTimeout is how long making blocks and waiting for a new template may
// take: as long as the client waits.
const miningTimeout = 365 * 24 * time.Hour

func mining() []Method {
	return []Method{
		getBlockTemplate(),
		{
			Name: "getmininginfo", Category: miningCategory, Owner: Core,
			Desc: "Tells about mining.",
			Results: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RNum, Key: "blocks", Desc: "the height of the tip"},
				{Kind: RNum, Key: "currentblocksize", Optional: true, Desc: "the size in bytes of the block that was last made, if there was one"},
				{Kind: RNum, Key: "currentblocktx", Optional: true, Desc: "the number of its transactions, without the coinbase"},
				{Kind: RNum, Key: "difficulty", Desc: "the difficulty of the tip"},
				{Kind: RNum, Key: "networkhashps", Desc: "the hashes per second of the network"},
				{Kind: RNum, Key: "pooledtx", Desc: "the number of transactions in the mempool"},
				{Kind: RStr, Key: "chain", Desc: "the network: main, test, devnet or regtest"},
				{Kind: RStr, Key: "warnings", Desc: "warnings about the network or the chain"},
			}}},
			Examples: both(),
		},
		{
			Name: "getnetworkhashps", Category: miningCategory, Owner: Core,
			Desc: "Estimates how many hashes per second the network makes, from the last blocks.",
			Params: []Param{
				{Name: "nblocks", Type: Num, Default: "120", Desc: "From how many blocks, -1 for those since the difficulty last changed"},
				{Name: "height", Type: Num, Default: "-1", Desc: "At which height, -1 for the tip"},
			},
			Results:  []Result{{Kind: RNum, Desc: "Hashes per second"}},
			Examples: both(),
		},
		{
			Name: "submitblock", Category: miningCategory, Owner: Core,
			Desc: "Offers a block to the node (BIP 22).",
			Params: []Param{
				{Name: "hexdata", Type: Hex, Desc: "The block"},
				{Name: "dummy", Type: Str, Hint: "ignored", Desc: "Ignored; BIP 22 has it"},
			},
			Results: []Result{
				{Cond: "If the block was accepted", Kind: RNull},
				{Cond: "Otherwise", Kind: RStr, Desc: "Why not, in the words of BIP 22"},
			},
			Examples: []Example{cli(`"mydata"`), curl(`"mydata"`)},
		},
		{
			Name: "submitheader", Category: miningCategory, Owner: Core,
			Desc:     "Offers the header of a block to the node as a candidate for the tip.\nA header that is not valid is an error.",
			Params:   []Param{{Name: "hexdata", Type: Hex, Desc: "The header"}},
			Results:  []Result{{Kind: RNull, Desc: "None"}},
			Examples: []Example{cli(`"aabbcc"`), curl(`"aabbcc"`)},
		},
	}
}

// generators make blocks. Help does not list them. The core is given scripts:
// descriptors may hold private keys, and go to the signer.
func generators() []Method {
	tries := Param{Name: "maxtries", Type: Num, Default: "1000000", Desc: "How many nonces to try"}
	hashes := []Result{{Kind: RArr, Desc: "the hashes of the blocks", Inner: []Result{{Kind: RHex, Desc: "a block hash"}}}}
	return []Method{
		{
			Name: "generate", Category: Hidden, Owner: Core,
			Desc:    "has been replaced by the -generate cli option. Refer to -help for more information.",
			Results: []Result{{Kind: RAny}},
		},
		{
			Name: "generateblock", Category: Hidden, Owner: Core, Timeout: miningTimeout,
			First: &First{Owner: Signer, Method: "expandaddressordescriptor", Param: 0, Into: 0},
			Desc:  "Makes a block of given transactions, in the given order.",
			Params: []Param{
				{Name: "output", Type: Str, Secret: true, Desc: "The address or descriptor that gets the new coins"},
				{Name: "transactions", Type: Arr, Desc: "The transactions, or the ids of some that are in the mempool.\nThe block is refused if they are not valid in this order", Inner: []Param{
					{Name: "rawtx/txid", Type: Hex, Optional: true},
				}},
			},
			Results: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RHex, Key: "hash", Desc: "the hash of the block"},
			}}},
			Examples: []Example{cli(`"myaddress" '["rawtx", "mempool_txid"]'`)},
		},
		{
			Name: "generatetoaddress", Category: Hidden, Owner: Core, Timeout: miningTimeout,
			Desc: "Makes blocks that pay an address.",
			Params: []Param{
				{Name: "nblocks", Type: Num, Desc: "How many blocks to make"},
				{Name: "address", Type: Str, Desc: "The address that gets the new coins"},
				tries,
			},
			Results:  hashes,
			Examples: []Example{cli(`11 "myaddress"`)},
		},
		{
			Name: "generatetodescriptor", Category: Hidden, Owner: Core, Timeout: miningTimeout,
			First: &First{Owner: Signer, Method: "expanddescriptor", Param: 1, Into: 1},
			Desc:  "Makes blocks that pay a descriptor.",
			Params: []Param{
				{Name: "num_blocks", Type: Num, Desc: "How many blocks to make"},
				descriptorParam("The descriptor that gets the new coins"),
				tries,
			},
			Results:  hashes,
			Examples: []Example{cli(`11 "mydesc"`)},
		},
	}
}

func getBlockTemplate() Method {
	payments := func() []Result {
		return []Result{{Kind: RObj, Inner: []Result{
			{Kind: RHex, Key: "payee", Desc: "the address"},
			{Kind: RHex, Key: "script", Desc: "the output script"},
			{Kind: RNum, Key: "amount", Desc: "the amount in duffs"},
		}}}
	}
	return Method{
		Name: "getblocktemplate", Category: miningCategory, Owner: Core, Timeout: miningTimeout,
		Desc: "Answers with what it takes to make a block, or judges a block that a miner proposes.\n" +
			"BIPs 22, 23 and 9 specify it.",
		Params: []Param{{Name: "template_request", Type: Obj, Default: "{}", Desc: "What is wanted", Inner: []Param{
			{Name: "mode", Type: Str, Optional: true, Desc: `"template", the default, or "proposal" (BIP 23)`},
			{Name: "capabilities", Type: Arr, Optional: true, Desc: "What the client can do", Inner: []Param{
				{Name: "str", Type: Str, Optional: true, Desc: "such as 'longpoll', 'coinbasevalue', 'proposal', 'serverlist' or 'workid'"},
			}},
			{Name: "rules", Type: Arr, Desc: "The rule changes that the client knows", Inner: []Param{
				{Name: "str", Type: Str, Optional: true, Desc: "the name of one"},
			}},
			{Name: "longpollid", Type: Str, Optional: true, Desc: "that of an earlier template: answer when there is another one"},
			{Name: "data", Type: Hex, Optional: true, Desc: "the block that is proposed"},
		}}},
		Results: []Result{
			{Cond: "If a proposal was accepted", Kind: RNull},
			{Cond: "If a proposal was not accepted", Kind: RStr, Desc: "Why not, in the words of BIP 22"},
			{Cond: "Otherwise", Kind: RObj, Inner: append(templateFields(),
				Result{Kind: RArr, Key: "masternode", Desc: "payments to masternodes and the credit pool that the coinbase must make", Inner: payments()},
				Result{Kind: RBool, Key: "masternode_payments_started", Desc: "whether such payments have started"},
				Result{Kind: RBool, Key: "masternode_payments_enforced", Desc: "whether they are enforced"},
				Result{Kind: RArr, Key: "superblock", Desc: "payments of the treasury that the coinbase must make", Inner: payments()},
				Result{Kind: RBool, Key: "superblocks_started", Desc: "whether such payments have started"},
				Result{Kind: RBool, Key: "superblocks_enabled", Desc: "whether they are enabled"},
				Result{Kind: RHex, Key: "coinbase_payload", Desc: "the payload of the coinbase"},
			)},
		},
		Examples: both(),
	}
}

// templateFields are those of BIPs 22, 23 and 9.
func templateFields() []Result {
	text := func(desc string) []Result { return []Result{{Kind: RStr, Desc: desc}} }
	return []Result{
		{Kind: RArr, Key: "capabilities", Desc: "what the node can do", Inner: text("such as 'proposal'")},
		{Kind: RNum, Key: "version", Desc: "the version that the block should have"},
		{Kind: RArr, Key: "rules", Desc: "the rule changes that hold", Inner: text("the name of one")},
		{Kind: RDyn, Key: "vbavailable", Desc: "the rule changes that blocks can signal", Inner: []Result{
			{Kind: RNum, Key: "rulename", Desc: "the bit of the version that signals it"},
		}},
		{Kind: RNum, Key: "vbrequired", Desc: "the bits that the version must have"},
		{Kind: RStr, Key: "previousblockhash", Desc: "the hash of the tip"},
		{Kind: RArr, Key: "transactions", Desc: "the transactions after the coinbase", Inner: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RHex, Key: "data", Desc: "the transaction"},
			{Kind: RHex, Key: "hash", Desc: "its id"},
			{Kind: RArr, Key: "depends", Desc: "those before it, counted from 1, that it spends from", Inner: []Result{{Kind: RNum, Desc: "the position of one"}}},
			{Kind: RNum, Key: "fee", Desc: "its fee in duffs"},
			{Kind: RNum, Key: "sigops", Desc: "its signature operations as blocks count them"},
		}}}},
		{Kind: RDyn, Key: "coinbaseaux", Desc: "what the coinbase's input script should hold", Inner: []Result{
			{Kind: RHex, Key: "key", Desc: "a value"},
		}},
		{Kind: RNum, Key: "coinbasevalue", Desc: "what the coinbase may pay in all, in duffs"},
		{Kind: RStr, Key: "longpollid", Desc: "for a request that waits until this template is out of date"},
		{Kind: RStr, Key: "target", Desc: "the target"},
		{Kind: RTime, Key: "mintime", Desc: "the least time that the block may have"},
		{Kind: RArr, Key: "mutable", Desc: "what may be changed", Inner: text("such as 'time', 'transactions' or 'prevblock'")},
		{Kind: RHex, Key: "noncerange", Desc: "the range of nonces"},
		{Kind: RNum, Key: "sigoplimit", Desc: "how many signature operations a block may have"},
		{Kind: RNum, Key: "sizelimit", Desc: "how many bytes a block may have"},
		{Kind: RTime, Key: "curtime", Desc: "the time now"},
		{Kind: RStr, Key: "bits", Desc: "the target in compact form"},
		{Kind: RStr, Key: "previousbits", Desc: "that of the tip"},
		{Kind: RNum, Key: "height", Desc: "the height of the block"},
	}
}

package method

func sendTarget() Param {
	return Param{Name: "conf_target", Type: Num, Hint: "wallet -txconfirmtarget", Desc: "Within how many blocks it should be confirmed"}
}

func estimateMode() Param {
	return Param{Name: "estimate_mode", Type: Str, Default: `"unset"`, Desc: "unset, economical or conservative"}
}

func feeRate() Param {
	return Param{Name: "fee_rate", Type: Amount, Hint: "not set, fall back to wallet fee estimation", Desc: "The fee rate in duffs per byte"}
}

func verboseSend() Param {
	return Param{Name: "verbose", Type: Bool, Default: "false", Desc: "Whether to tell more about it"}
}

func useIS() Param {
	return Param{Name: "use_is", Type: Bool, Default: "false", Desc: "Without effect"}
}
func useCJ() Param {
	return Param{Name: "use_cj", Type: Bool, Default: "false", Desc: "Only mixed coins; this build has none"}
}

func sent() []Result {
	return []Result{
		{Cond: "if verbose is false", Kind: RHex, Desc: "The transaction's id"},
		{Cond: "if verbose is true", Kind: RObj, Inner: []Result{
			{Kind: RHex, Key: "txid", Desc: "The transaction's id"}, {Kind: RStr, Key: "fee_reason", Desc: "Why the fee is what it is"},
		}},
	}
}

func walletSpend() []Method {
	address := Param{Name: "address", Type: Str, Desc: "The address"}
	label := Param{Name: "label", Type: Str, Desc: "The label"}
	toAddress := Method{
		Name: "sendtoaddress", Category: "wallet", Owner: Wallet, Desc: "Pays an address. Needs an unlocked wallet.",
		Params: []Param{
			address, {Name: "amount", Type: Amount, Desc: "The amount in DASH"},
			{Name: "comment", Type: Str, Optional: true, Desc: "What it is for; stays in the wallet"},
			{Name: "comment_to", Type: Str, Optional: true, Desc: "Whom it is for; stays in the wallet"},
			{Name: "subtractfeefromamount", Type: Bool, Default: "false", Desc: "Whether the receiver pays the fee"},
			useIS(), useCJ(), sendTarget(), estimateMode(),
			{Name: "avoid_reuse", Type: Bool, Default: "true", Desc: "Leaves out what is on used addresses, in wallets with that flag"},
			feeRate(), verboseSend(),
		},
		Results: sent(), Examples: []Example{cli(`"address" 0.1`), cli(`"address" 0.1 "donation" "sean's outpost" true`), curl(`"address", 0.1`)},
	}
	many := Method{
		Name: "sendmany", Category: "wallet", Owner: Wallet, Desc: "Pays several addresses with one transaction. Needs an unlocked wallet.",
		Params: []Param{
			{Name: "dummy", Type: Str, Desc: `"", for old clients`},
			{Name: "amounts", Type: ObjKeys, Desc: "The addresses and amounts", Inner: []Param{{Name: "address", Type: Amount, Desc: "The amount in DASH"}}},
			{Name: "minconf", Type: Num, Optional: true, Desc: "Without effect"}, {Name: "addlocked", Type: Bool, Optional: true, Desc: "Without effect"},
			{Name: "comment", Type: Str, Optional: true, Desc: "What it is for; stays in the wallet"},
			{Name: "subtractfeefrom", Type: Arr, Optional: true, Desc: "The addresses whose receivers pay the fee, in equal parts", Inner: []Param{{Name: "address", Type: Str, Optional: true, Desc: "An address"}}},
			useIS(), useCJ(), sendTarget(), estimateMode(), feeRate(), verboseSend(),
		},
		Results: sent(), Examples: []Example{cli(`"" "{\"address 1\":0.01,\"address 2\":0.02}"`)},
	}
	return []Method{
		toAddress, many,
		simple("settxfee", "Sets the fee rate of this wallet's transactions until it is unloaded; 0 goes back to estimates.",
			Result{Kind: RBool, Desc: "true"}, []Example{cli("0.00001"), curl("0.00001")}, Param{Name: "amount", Type: Amount, Desc: "The rate in DASH/kB"}),
		signWithWallet(), listUnspent(), lockUnspent(),
		simple("listlockunspent", "Lists the coins that lockunspent locked.", Result{Kind: RArr, Inner: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RHex, Key: "txid", Desc: "The transaction's id"}, {Kind: RNum, Key: "vout", Desc: "The number of the output"},
		}}}}, both()),
		simple("getnewaddress", "Gives out a new address to be paid on.", Result{Kind: RStr, Desc: "The address"}, both(),
			Param{Name: "label", Type: Str, Default: `""`, Desc: "A label for it"}),
		simple("getrawchangeaddress", "Gives out a new address for change, for use with raw transactions.", Result{Kind: RStr, Desc: "The address"}, both()),
		simple("getaddressinfo", "Tells what the wallet knows of an address.", Result{Kind: RObj, Inner: []Result{
			{Kind: RStr, Key: "address", Desc: "The address"}, {Kind: RHex, Key: "scriptPubKey", Desc: "Its output script"},
			{Kind: RBool, Key: "ismine", Desc: "Whether the wallet can spend what is on it"}, {Kind: RBool, Key: "solvable", Desc: "Whether the wallet knows how to spend it, keys aside"},
			{Kind: RStr, Key: "desc", Optional: true, Desc: "Its descriptor"}, {Kind: RStr, Key: "parent_desc", Optional: true, Desc: "The descriptor it comes from"},
			{Kind: RBool, Key: "iswatchonly", Desc: "Whether it is only watched"}, {Kind: RBool, Key: "isscript", Desc: "Whether it is a script's"},
			{Kind: RHex, Key: "pubkey", Optional: true, Desc: "The public key"}, {Kind: RBool, Key: "iscompressed", Optional: true, Desc: "Whether that is compressed"},
			{Kind: RBool, Key: "ischange", Desc: "Whether it was for change"}, {Kind: RTime, Key: "timestamp", Optional: true, Desc: "When its descriptor was made"},
			{Kind: RStr, Key: "hdkeypath", Optional: true, Desc: "The path of its key"}, {Kind: RHex, Key: "hdmasterfingerprint", Optional: true, Desc: "The fingerprint of the master key"},
			{Kind: RArr, Key: "labels", Inner: []Result{{Kind: RStr, Desc: "The label"}}},
		}}, []Example{cli(`"address"`), curl(`"address"`)}, address),
		simple("setlabel", "Gives an address a label.", Result{Kind: RNull}, []Example{cli(`"address" "tabby"`), curl(`"address", "tabby"`)}, address, label),
		simple("getaddressesbylabel", "Lists the addresses with a label.", Result{Kind: RDyn, Inner: []Result{{Kind: RObj, Key: "address", Inner: []Result{
			{Kind: RStr, Key: "purpose", Desc: "receive or send"},
		}}}}, []Example{cli(`"tabby"`), curl(`"tabby"`)}, label),
		simple("listlabels", "Lists all labels.", Result{Kind: RArr, Inner: []Result{{Kind: RStr, Desc: "A label"}}}, both(),
			Param{Name: "purpose", Type: Str, Optional: true, Desc: "Only those of addresses with this purpose: send or receive"}),
	}
}

func signWithWallet() Method {
	return simple("signrawtransactionwithwallet", "Signs the inputs of a transaction that the wallet has keys for. Needs an unlocked wallet.", Result{Kind: RObj, Inner: []Result{
		{Kind: RHex, Key: "hex", Desc: "The transaction with the signatures"}, {Kind: RBool, Key: "complete", Desc: "Whether every input is signed"},
		{Kind: RArr, Key: "errors", Optional: true, Inner: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RHex, Key: "txid", Desc: "The transaction that is spent"}, {Kind: RNum, Key: "vout", Desc: "The number of the output"},
			{Kind: RHex, Key: "scriptSig", Desc: "The input's script"}, {Kind: RNum, Key: "sequence", Desc: "The input's sequence"}, {Kind: RStr, Key: "error", Desc: "What is wrong with it"},
		}}}},
	}}, []Example{cli(`"myhex"`), curl(`"myhex"`)},
		Param{Name: "hexstring", Type: Hex, Desc: "The transaction"},
		Param{Name: "prevtxs", Type: Arr, Optional: true, Desc: "Outputs it spends that may not be in the chain yet", Inner: []Param{{Name: "prevtx", Type: Obj, Optional: true, Inner: []Param{
			{Name: "txid", Type: Hex, Desc: "The transaction's id"}, {Name: "vout", Type: Num, Desc: "The number of the output"},
			{Name: "scriptPubKey", Type: Hex, Desc: "The output script"}, {Name: "redeemScript", Type: Hex, Optional: true, Desc: "The redeem script of a P2SH output"},
			{Name: "amount", Type: Amount, Optional: true, Desc: "The amount"},
		}}}},
		Param{Name: "sighashtype", Type: Str, Default: `"ALL"`, Desc: "What a signature covers: ALL, NONE or SINGLE, each also with |ANYONECANPAY.\nOther than ALL only where the signer's policy allows it, as on regtest"})
}

func listUnspent() Method {
	return simple("listunspent", "Lists the wallet's coins.", Result{Kind: RArr, Inner: []Result{{Kind: RObj, Inner: []Result{
		{Kind: RHex, Key: "txid", Desc: "The transaction's id"}, {Kind: RNum, Key: "vout", Desc: "The number of the output"},
		{Kind: RStr, Key: "address", Optional: true, Desc: "The address"}, {Kind: RStr, Key: "label", Optional: true, Desc: "The address's label"},
		{Kind: RHex, Key: "redeemScript", Optional: true, Desc: "The redeem script of a P2SH output"}, {Kind: RHex, Key: "scriptPubKey", Desc: "The output script"},
		{Kind: RAmount, Key: "amount", Desc: "The amount"}, {Kind: RNum, Key: "confirmations", Desc: "How many blocks are on top"},
		{Kind: RNum, Key: "ancestorcount", Optional: true, Desc: "Ancestors in the mempool, itself included"}, {Kind: RNum, Key: "ancestorsize", Optional: true, Desc: "Their size in bytes"},
		{Kind: RNum, Key: "ancestorfees", Optional: true, Desc: "Their fees in duffs"}, {Kind: RBool, Key: "spendable", Desc: "Whether there are keys for it"},
		{Kind: RBool, Key: "solvable", Desc: "Whether it is known how to spend it, keys aside"}, {Kind: RStr, Key: "desc", Optional: true, Desc: "Its descriptor"},
		{Kind: RBool, Key: "safe", Desc: "Whether it is confirmed or our own"}, {Kind: RNum, Key: "coinjoin_rounds", Desc: "How often it was mixed; -2 for never"},
	}}}}, []Example{cli(""), cli(`6 9999999 "[\"address\"]"`)},
		depth("minconf"), Param{Name: "maxconf", Type: Num, Default: "9999999", Desc: "How many blocks may be on top at most"},
		Param{Name: "addresses", Type: Arr, Default: "[]", Desc: "Only coins on these addresses", Inner: []Param{{Name: "address", Type: Str, Optional: true, Desc: "An address"}}},
		Param{Name: "include_unsafe", Type: Bool, Default: "true", Desc: "Whether to list what others sent and is in no block"},
		Param{Name: "query_options", Type: Obj, Optional: true, Desc: "What else they must be like", Inner: []Param{
			{Name: "minimumAmount", Type: Amount, Default: `"0.00"`, Desc: "Each at least this"}, {Name: "maximumAmount", Type: Amount, Hint: "unlimited", Desc: "Each at most this"},
			{Name: "maximumCount", Type: Num, Hint: "unlimited", Desc: "So many at most"}, {Name: "minimumSumAmount", Type: Amount, Hint: "unlimited", Desc: "So many that they sum up to this"},
			{Name: "coinType", Type: Num, Default: "0", Desc: "0 for all"},
		}})
}

func lockUnspent() Method {
	return simple("lockunspent", "Keeps coins from being chosen for payments, or allows that again. Locks end with the process unless they are persistent.",
		Result{Kind: RBool, Desc: "Whether it was done"}, []Example{cli(`false "[{\"txid\":\"txid\",\"vout\":1}]"`), cli("true")},
		Param{Name: "unlock", Type: Bool, Desc: "true allows it again, false forbids it"},
		Param{Name: "transactions", Type: Arr, Default: "[]", Desc: "The coins; none with unlock means all", Inner: []Param{{Name: "output", Type: Obj, Optional: true, Inner: []Param{
			{Name: "txid", Type: Hex, Desc: "The transaction's id"}, {Name: "vout", Type: Num, Desc: "The number of the output"},
		}}}},
		Param{Name: "persistent", Type: Bool, Default: "false", Desc: "Whether the lock outlasts the process"})
}

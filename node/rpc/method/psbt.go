package method

// psbtParam is a PSBT.
func psbtParam() Param { return Param{Name: "psbt", Type: Str, Desc: "The PSBT in base 64"} }

// psbtList are several PSBTs.
func psbtList() Param {
	return Param{Name: "txs", Type: Arr, Desc: "The PSBTs", Inner: []Param{
		{Name: "psbt", Type: Str, Optional: true, Desc: "A PSBT in base 64"},
	}}
}

// psbtCommon are the fields that inputs and outputs of a PSBT have in common.
func psbtCommon() []Result {
	return []Result{
		{Kind: RObj, Key: "redeem_script", Optional: true, Inner: asmHexType()},
		{Kind: RArr, Key: "bip32_derivs", Optional: true, Inner: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RStr, Key: "pubkey", Desc: "a public key"},
			{Kind: RStr, Key: "master_fingerprint", Desc: "the fingerprint of its master key"},
			{Kind: RStr, Key: "path", Desc: "the path to it"},
		}}}},
		{Kind: RArr, Key: "proprietary", Optional: true, Desc: "proprietary entries", Inner: proprietary()},
		{Kind: RDyn, Key: "unknown", Optional: true, Desc: "unknown entries", Inner: []Result{{Kind: RHex, Key: "key", Desc: "key and value"}}},
	}
}

func proprietary() []Result {
	return []Result{{Kind: RObj, Inner: []Result{
		{Kind: RHex, Key: "identifier", Desc: "whose it is"},
		{Kind: RNum, Key: "subtype", Desc: "the subtype"},
		{Kind: RHex, Key: "key", Desc: "the key"},
		{Kind: RHex, Key: "value", Desc: "the value"},
	}}}
}

func psbt() []Method {
	result := []Result{{Kind: RStr, Desc: "The PSBT in base 64"}}
	return []Method{
		analyzePSBT(),
		{
			Name: "combinepsbt", Category: rawTransactions, Owner: Core,
			Desc:     "Puts together what several PSBTs of one transaction have.\nImplements the Combiner role.",
			Params:   []Param{psbtList()},
			Results:  result,
			Examples: []Example{cli(`'["mybase64_1", "mybase64_2", "mybase64_3"]'`)},
		},
		{
			Name: "converttopsbt", Category: rawTransactions, Owner: Core,
			Desc: "Makes a PSBT of a transaction, as createrawtransaction and fundrawtransaction give it.\nNew applications use createpsbt and walletcreatefundedpsbt.",
			Params: []Param{
				{Name: "hexstring", Type: Hex, Desc: "The transaction"},
				{Name: "permitsigdata", Type: Bool, Default: "false", Desc: "true to drop signatures that it has, false to refuse them"},
			},
			Results:  result,
			Examples: []Example{cli(`"rawtransaction"`)},
		},
		{
			Name: "createpsbt", Category: rawTransactions, Owner: Core,
			Desc:     "Makes a transaction as a PSBT.\nImplements the Creator role.",
			Params:   createTx(),
			Results:  result,
			Examples: []Example{cli(`"[{\"txid\":\"myid\",\"vout\":0}]" "[{\"data\":\"00010203\"}]"`)},
		},
		decodePSBT(),
		{
			Name: "finalizepsbt", Category: rawTransactions, Owner: Core,
			Desc: "Makes the input scripts of a PSBT final where its signatures are enough.\nImplements the Finalizer and Extractor roles.",
			Params: []Param{
				psbtParam(),
				{Name: "extract", Type: Bool, Default: "true", Desc: "true to get the transaction rather than the PSBT once all inputs are final"},
			},
			Results: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RStr, Key: "psbt", Optional: true, Desc: "the PSBT in base 64, if it is not extracted"},
				{Kind: RHex, Key: "hex", Optional: true, Desc: "the transaction, if it is extracted"},
				{Kind: RBool, Key: "complete", Desc: "whether all inputs are final"},
			}}},
			Examples: []Example{cli(`"psbt"`)},
		},
		{
			Name: "joinpsbts", Category: rawTransactions, Owner: Core,
			Desc:     "Makes one PSBT with the inputs and outputs of several.\nNo two of them may have an input in common.",
			Params:   []Param{psbtList()},
			Results:  result,
			Examples: []Example{cli(`"psbt"`)},
		},
	}
}

func analyzePSBT() Method {
	id := []Result{{Kind: RHex, Key: "keyid", Desc: "the hash of the public key"}}
	return Method{
		Name: "analyzepsbt", Category: rawTransactions, Owner: Core,
		Desc:   "Tells what a PSBT still needs.",
		Params: []Param{psbtParam()},
		Results: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RArr, Key: "inputs", Optional: true, Inner: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RBool, Key: "has_utxo", Desc: "whether the output it spends is there"},
				{Kind: RBool, Key: "is_final", Desc: "whether it is final"},
				{Kind: RStr, Key: "next", Optional: true, Desc: "the role that acts on it next"},
				{Kind: RObj, Key: "missing", Optional: true, Desc: "what is missing", Inner: []Result{
					{Kind: RArr, Key: "pubkeys", Optional: true, Desc: "public keys", Inner: id},
					{Kind: RHex, Key: "redeemscript", Optional: true, Desc: "the hash of the redeem script"},
					{Kind: RArr, Key: "signatures", Optional: true, Desc: "signatures", Inner: id},
				}},
			}}}},
			{Kind: RNum, Key: "estimated_vsize", Optional: true, Desc: "the likely size of the signed transaction in bytes"},
			{Kind: RAmount, Key: "estimated_feerate", Optional: true, Desc: "its likely fee rate in DASH/kB"},
			{Kind: RAmount, Key: "fee", Optional: true, Desc: "the fee, if all outputs it spends are there"},
			{Kind: RStr, Key: "next", Desc: "the role that acts next"},
			{Kind: RStr, Key: "error", Optional: true, Desc: "why it is invalid"},
		}}},
		Examples: []Example{cli(`"psbt"`)},
	}
}

func decodePSBT() Method {
	hashes := []Result{{Kind: RStr, Key: "hash", Desc: "a hash and its preimage"}}
	input := append([]Result{
		{Kind: RObj, Key: "non_witness_utxo", Optional: true, Desc: "the transaction it spends from", Inner: []Result{{Kind: RElision, Desc: "as decoderawtransaction shows it"}}},
		{Kind: RDyn, Key: "partial_signatures", Optional: true, Inner: []Result{{Kind: RStr, Key: "pubkey", Desc: "a public key and its signature"}}},
		{Kind: RStr, Key: "sighash", Optional: true, Desc: "the type of signatures to make"},
		{Kind: RObj, Key: "final_scriptSig", Optional: true, Inner: asmHexType()[:2]},
		{Kind: RDyn, Key: "ripemd160_preimages", Optional: true, Inner: hashes},
		{Kind: RDyn, Key: "sha256_preimages", Optional: true, Inner: hashes},
		{Kind: RDyn, Key: "hash160_preimages", Optional: true, Inner: hashes},
		{Kind: RDyn, Key: "hash256_preimages", Optional: true, Inner: hashes},
	}, psbtCommon()...)
	return Method{
		Name: "decodepsbt", Category: rawTransactions, Owner: Core,
		Desc:   "Shows what is in a PSBT.",
		Params: []Param{psbtParam()},
		Results: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RObj, Key: "tx", Desc: "the unsigned transaction", Inner: []Result{{Kind: RElision, Desc: "as decoderawtransaction shows it"}}},
			{Kind: RArr, Key: "global_xpubs", Inner: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RStr, Key: "xpub", Desc: "an extended public key"},
				{Kind: RHex, Key: "master_fingerprint", Desc: "the fingerprint of its master key"},
				{Kind: RStr, Key: "path", Desc: "the path to it"},
			}}}},
			{Kind: RNum, Key: "psbt_version", Desc: "the version of the format"},
			{Kind: RArr, Key: "proprietary", Desc: "proprietary entries", Inner: proprietary()},
			{Kind: RDyn, Key: "unknown", Desc: "unknown entries", Inner: []Result{{Kind: RHex, Key: "key", Desc: "key and value"}}},
			{Kind: RArr, Key: "inputs", Inner: []Result{{Kind: RObj, Inner: input}}},
			{Kind: RArr, Key: "outputs", Inner: []Result{{Kind: RObj, Inner: psbtCommon()}}},
			{Kind: RAmount, Key: "fee", Optional: true, Desc: "the fee, if all outputs it spends are there"},
		}}},
		Examples: []Example{cli(`"psbt"`)},
	}
}

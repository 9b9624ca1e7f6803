package method

const rawTransactions = "rawtransactions"

// createTx are the parameters of what makes a transaction.
func createTx() []Param {
	return []Param{
		{Name: "inputs", Type: Arr, Desc: "The inputs", Inner: []Param{
			{Name: "", Type: Obj, Optional: true, Inner: []Param{
				{Name: "txid", Type: Hex, Desc: "The transaction id"},
				{Name: "vout", Type: Num, Desc: "The number of the output"},
				{Name: "sequence", Type: Num, Hint: "depends on the value of the 'locktime' argument", Desc: "The sequence number"},
			}},
		}},
		{Name: "outputs", Type: Arr, Desc: "The outputs, as objects with one member each.\nNo address may be there twice. An object with all of them as members is taken too.", Inner: []Param{
			{Name: "", Type: ObjKeys, Optional: true, Inner: []Param{
				{Name: "address", Type: Amount, Desc: "A Dash address, and what it gets in DASH"},
			}},
			{Name: "", Type: Obj, Optional: true, Inner: []Param{
				{Name: "data", Type: Hex, Desc: "Data that is put into an output of its own"},
			}},
		}},
		{Name: "locktime", Type: Num, Default: "0", Desc: "The lock time. Other than 0 it also makes the inputs' sequence numbers not final"},
	}
}

// asmHexType is a script as it is shown without its address.
func asmHexType() []Result {
	return []Result{
		{Kind: RStr, Key: "asm", Desc: "the script as text"},
		{Kind: RHex, Key: "hex", Desc: "the script"},
		{Kind: RStr, Key: "type", Desc: "its type, such as 'pubkeyhash'"},
	}
}

// scriptPubKey is an output script with all that is known of it.
func scriptPubKey() []Result {
	return []Result{
		{Kind: RStr, Key: "asm", Desc: "the script as text"},
		{Kind: RStr, Key: "desc", Desc: "a descriptor of it"},
		{Kind: RHex, Key: "hex", Desc: "the script"},
		{Kind: RStr, Key: "address", Optional: true, Desc: "the address it pays, if an address can say it"},
		{Kind: RStr, Key: "type", Desc: "its type, such as 'pubkeyhash'"},
	}
}

// decodedTx are the fields of a transaction.
func decodedTx() []Result {
	return []Result{
		{Kind: RHex, Key: "txid", Desc: "the transaction id"},
		{Kind: RNum, Key: "version", Desc: "the version"},
		{Kind: RNum, Key: "type", Desc: "the type"},
		{Kind: RNum, Key: "size", Desc: "the size in bytes"},
		{Kind: RTime, Key: "locktime", Desc: "the lock time"},
		{Kind: RArr, Key: "vin", Inner: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RHex, Key: "coinbase", Optional: true, Desc: "the input script of a coinbase"},
			{Kind: RHex, Key: "txid", Optional: true, Desc: "the transaction it spends from"},
			{Kind: RNum, Key: "vout", Optional: true, Desc: "the number of the output it spends"},
			{Kind: RObj, Key: "scriptSig", Optional: true, Desc: "the input script", Inner: asmHexType()[:2]},
			{Kind: RNum, Key: "sequence", Desc: "the sequence number"},
		}}}},
		{Kind: RArr, Key: "vout", Inner: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RNum, Key: "value", Desc: "the value in DASH"},
			{Kind: RNum, Key: "valueSat", Desc: "the value in duffs"},
			{Kind: RNum, Key: "n", Desc: "the number of the output"},
			{Kind: RObj, Key: "scriptPubKey", Desc: "the output script", Inner: scriptPubKey()},
		}}}},
		{Kind: RNum, Key: "extraPayloadSize", Optional: true, Desc: "the size of a special transaction's payload in bytes"},
		{Kind: RHex, Key: "extraPayload", Optional: true, Desc: "the payload"},
		{Kind: RElision, Desc: "the payload decoded, under the name of its type: proRegTx, proUpServTx, proUpRegTx, proUpRevTx, cbTx, qcTx, mnhfTx, assetLockTx or assetUnlockTx"},
	}
}

func rawTransaction() []Method {
	return []Method{
		{
			Name: "createrawtransaction", Category: rawTransactions, Owner: Core,
			Desc:    "Makes a transaction that spends the given inputs and has the given outputs.\nIt is not signed, not stored and not sent.",
			Params:  createTx(),
			Results: []Result{{Kind: RHex, Key: "transaction", Desc: "the transaction"}},
			Examples: []Example{
				cli(`"[{\"txid\":\"myid\",\"vout\":0}]" "[{\"address\":0.01}]"`),
				curl(`"[{\"txid\":\"myid\",\"vout\":0}]", "[{\"data\":\"00010203\"}]"`),
			},
		},
		{
			Name: "decoderawtransaction", Category: rawTransactions, Owner: Core,
			Desc:     "Shows what is in a transaction.",
			Params:   []Param{{Name: "hexstring", Type: Hex, Desc: "The transaction"}},
			Results:  []Result{{Kind: RObj, Inner: decodedTx()}},
			Examples: []Example{cli(`"hexstring"`), curl(`"hexstring"`)},
		},
		{
			Name: "decodescript", Category: rawTransactions, Owner: Core,
			Desc:   "Shows what is in a script.",
			Params: []Param{{Name: "hexstring", Type: Hex, Desc: "The script"}},
			Results: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RStr, Key: "asm", Desc: "the script as text"},
				{Kind: RStr, Key: "desc", Desc: "a descriptor of it"},
				{Kind: RStr, Key: "address", Optional: true, Desc: "the address it pays, if an address can say it"},
				{Kind: RStr, Key: "type", Desc: "its type"},
				{Kind: RStr, Key: "p2sh", Optional: true, Desc: "the address of its hash, if it is no script hash itself"},
			}}},
			Examples: []Example{cli(`"hexstring"`), curl(`"hexstring"`)},
		},
	}
}

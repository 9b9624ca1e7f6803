package method

// passphrase is a secret parameter of the methods about encryption.
func passphrase(name, desc string) Param {
	return Param{Name: name, Type: Str, Secret: true, Desc: desc}
}

// simple is a row of a wallet method with one form of result.
func simple(name, desc string, result Result, examples []Example, params ...Param) Method {
	return Method{Name: name, Category: "wallet", Owner: Wallet, Desc: desc, Params: params, Results: []Result{result}, Examples: examples}
}

func walletKeys() []Method {
	null := Result{Kind: RNull}
	return []Method{
		simple("encryptwallet", "Gives the wallet a passphrase. From then on everything that needs its private keys wants \"walletpassphrase\" first.\n"+
			"What is stored afterwards cannot be read without the passphrase: whoever loses it loses the coins.",
			Result{Kind: RStr, Desc: "That it is done, and what to do next"}, []Example{cli(`"my pass phrase"`), curl(`"my pass phrase"`)},
			passphrase("passphrase", "The passphrase, at least one character")),
		simple("walletpassphrase", "Unlocks the private keys for some time. Calling it again sets a new time, from now.",
			null, []Example{cli(`"my pass phrase" 60`), curl(`"my pass phrase", 60`)},
			passphrase("passphrase", "The wallet's passphrase"),
			Param{Name: "timeout", Type: Num, Desc: "For how many seconds, at most 100000000 (about three years)"},
			Param{Name: "mixingonly", Type: Bool, Default: "false", Desc: "Accepted and without effect: this build does not mix"}),
		simple("walletpassphrasechange", "Replaces the wallet's passphrase.",
			null, []Example{cli(`"old one" "new one"`), curl(`"old one", "new one"`)},
			passphrase("oldpassphrase", "The passphrase until now"), passphrase("newpassphrase", "The passphrase from now on")),
		simple("walletlock", "Locks the private keys before their time is over.", null, both()),
		simple("keypoolrefill", "Prepares addresses in advance.", null, both(),
			Param{Name: "newsize", Type: Num, Hint: "1000, or as set by -keypool", Desc: "How many"}),
		simple("signmessage", "Signs a text with the key of one of the wallet's addresses.",
			Result{Kind: RStr, Desc: "The signature, in base 64"}, []Example{cli(`"address" "my message"`), curl(`"address", "my message"`)},
			Param{Name: "address", Type: Str, Desc: "The address whose key signs"}, Param{Name: "message", Type: Str, Desc: "The text"}),
		listDescriptors(), importDescriptors(),
	}
}

func listDescriptors() Method {
	return Method{
		Name: "listdescriptors", Category: "wallet", Owner: Wallet,
		Desc:   "Lists the wallet's descriptors.",
		Params: []Param{{Name: "private", Type: Bool, Default: "false", Desc: "With private keys and mnemonics, which needs an unlocked wallet"}},
		Results: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RStr, Key: "wallet_name", Desc: "The wallet's name"},
			{Kind: RArr, Key: "descriptors", Desc: "In the order of their texts", Inner: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RStr, Key: "desc", Desc: "The descriptor", Secret: true},
				{Kind: RStr, Key: "mnemonic", Optional: true, Secret: true, Desc: "The words it was made of (BIP39), only with private=true"},
				{Kind: RStr, Key: "mnemonicpassphrase", Optional: true, Secret: true, Desc: "The words' passphrase, only with private=true"},
				{Kind: RNum, Key: "timestamp", Desc: "When it was made, in seconds since the epoch"},
				{Kind: RBool, Key: "active", Desc: "Whether new addresses come from it"},
				{Kind: RBool, Key: "internal", Optional: true, Desc: "Whether it is for change; only if active"},
				{Kind: RBool, Key: "coinjoin", Optional: true, Desc: "Whether it is for CoinJoin; only if so"},
				{Kind: RFixed, Key: "range", Optional: true, Desc: "What is watched; only if ranged", Inner: []Result{
					{Kind: RNum, Desc: "The first position"}, {Kind: RNum, Desc: "The last position"},
				}},
				{Kind: RNum, Key: "next", Optional: true, Desc: "The same as next_index"},
				{Kind: RNum, Key: "next_index", Optional: true, Desc: "The next position to give out; only if ranged"},
			}}}},
		}}},
		Examples: []Example{cli(""), curl(""), cli("true"), curl("true")},
	}
}

func importDescriptors() Method {
	return Method{
		Name: "importdescriptors", Category: "wallet", Owner: Wallet,
		Desc: "Adds descriptors to the wallet and looks through the chain for what pays them.\n" +
			"That takes as long as there are blocks since the earliest of their times. A new backup is needed afterwards.",
		Params: []Param{{Name: "requests", Type: Arr, Desc: "What to import", Inner: []Param{{Name: "request", Type: Obj, Optional: true, Inner: []Param{
			{Name: "desc", Type: Str, Secret: true, Desc: "The descriptor, with its checksum"},
			{Name: "active", Type: Bool, Default: "false", Desc: "Whether new addresses come from it"},
			{Name: "range", Type: Range, Optional: true, Desc: "The last position to watch, or the first and the last; only if ranged"},
			{Name: "next_index", Type: Num, Optional: true, Desc: "The next position to give out; only if active"},
			{Name: "timestamp", Type: Num, Desc: "Since when it may have been paid, in seconds since the epoch, or \"now\" to look at no block"},
			{Name: "internal", Type: Bool, Default: "false", Desc: "Whether it is for change"},
			{Name: "label", Type: Str, Default: `""`, Desc: "A label for its address; not for change, and not if ranged"},
		}}}}},
		Results: []Result{{Kind: RArr, Desc: "One element for each request", Inner: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RBool, Key: "success", Desc: "Whether it was imported"},
			{Kind: RArr, Key: "warnings", Optional: true, Inner: []Result{{Kind: RStr, Desc: "What to know about it"}}},
			{Kind: RObj, Key: "error", Optional: true, Inner: []Result{{Kind: RElision, Desc: "Why it was not, as in an error of JSON-RPC"}}},
		}}}}},
		Examples: []Example{
			cli(`'[{ "desc": "<descriptor>", "timestamp": 1455191478, "internal": true }, { "desc": "<descriptor 2>", "label": "example 2", "timestamp": 1455191480 }]'`),
			cli(`'[{ "desc": "<descriptor>", "timestamp": 1455191478, "active": true, "range": [0,100] }]'`),
		},
	}
}

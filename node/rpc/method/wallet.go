package method

// loadOnStartup is the parameter of the methods that edit settings.json.
func loadOnStartup() Param {
	return Param{Name: "load_on_startup", Type: Bool, Optional: true,
		Desc: "Whether the wallet is loaded at the next start: true adds it to the list, false removes it, null leaves the list alone"}
}

func wallet() []Method {
	return []Method{
		createWallet(), getWalletInfo(),
		{
			Name: "listwalletdir", Category: "wallet", Owner: Wallet,
			Desc: "Lists the wallets in the wallet directory.",
			Results: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RArr, Key: "wallets", Inner: []Result{
					{Kind: RObj, Inner: []Result{{Kind: RStr, Key: "name", Desc: "The wallet's name"}}},
				}},
			}}},
			Examples: both(),
		},
		{
			Name: "listwallets", Category: "wallet", Owner: Wallet,
			Desc:     "Lists the wallets that are loaded.\nMore about one of them is told by \"getwalletinfo\".",
			Results:  []Result{{Kind: RArr, Inner: []Result{{Kind: RStr, Key: "walletname", Desc: "The wallet's name"}}}},
			Examples: both(),
		},
		{
			Name: "loadwallet", Category: "wallet", Owner: Wallet,
			Desc: "Loads a wallet of the wallet directory.\nThe wallet options the node was started with apply to it.",
			Params: []Param{
				{Name: "filename", Type: Str, Desc: "The wallet's name"},
				loadOnStartup(),
			},
			Results: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RStr, Key: "name", Desc: "The name of the loaded wallet"},
				{Kind: RStr, Key: "warning", Desc: "What was not as it should be, if anything"},
			}}},
			Examples: []Example{cli(`"testwallet"`), curl(`"testwallet"`)},
		},
		{
			Name: "unloadwallet", Category: "wallet", Owner: Wallet,
			Desc: "Unloads the wallet that the endpoint names, or the one that the argument names.\nIf both name one, they must name the same.",
			Params: []Param{
				{Name: "wallet_name", Type: Str, Hint: "the wallet of the endpoint", Desc: "The name of the wallet to unload"},
				loadOnStartup(),
			},
			Results: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RStr, Key: "warning", Desc: "What went wrong while unloading, if anything"},
			}}},
			Examples: []Example{cli("wallet_name"), curl(`"wallet_name"`)},
		},
	}
}

func createWallet() Method {
	return Method{
		Name: "createwallet", Category: "wallet", Owner: Wallet,
		Desc: "Creates a wallet and loads it.",
		Params: []Param{
			{Name: "wallet_name", Type: Str, Desc: "The name of the new wallet"},
			{Name: "disable_private_keys", Type: Bool, Default: "false", Desc: "Make a wallet that can only watch"},
			{Name: "blank", Type: Bool, Default: "false", Desc: "Make a wallet without keys or seed"},
			{Name: "passphrase", Type: Str, Optional: true, Secret: true, Desc: "Encrypt the keys with this passphrase"},
			{Name: "avoid_reuse", Type: Bool, Default: "false", Desc: "Keep coins of addresses that were used before apart"},
			{Name: "descriptors", Type: Bool, Default: "true", Desc: "Make a wallet that is described by output descriptors"},
			loadOnStartup(),
			{Name: "external_signer", Type: Bool, Default: "false", Desc: "Keep the keys in an external signer; needs -signer, disable_private_keys and descriptors"},
		},
		Results: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RStr, Key: "name", Desc: "The name of the new wallet"},
			{Kind: RStr, Key: "warning", Desc: "What was not as it should be, if anything"},
		}}},
		Examples: []Example{
			cli(`"testwallet"`), curl(`"testwallet"`),
			example(ExCLINamed, "wallet_name=descriptors avoid_reuse=true descriptors=true load_on_startup=true"),
			example(ExCurlNamed, `{"wallet_name":"descriptors","avoid_reuse":true,"descriptors":true,"load_on_startup":true}`),
		},
	}
}

func getWalletInfo() Method {
	return Method{
		Name: "getwalletinfo", Category: "wallet", Owner: Wallet,
		Desc: "Returns the state of a wallet.",
		Results: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RStr, Key: "walletname", Desc: "the wallet's name"},
			{Kind: RNum, Key: "walletversion", Desc: "the wallet's version"},
			{Kind: RStr, Key: "format", Desc: "the format of its database"},
			{Kind: RNum, Key: "balance", Desc: "DEPRECATED. As mine.trusted of getbalances"},
			{Kind: RNum, Key: "coinjoin_balance", Desc: "DEPRECATED. As mine.coinjoin of getbalances"},
			{Kind: RNum, Key: "unconfirmed_balance", Desc: "DEPRECATED. As mine.untrusted_pending of getbalances"},
			{Kind: RNum, Key: "immature_balance", Desc: "DEPRECATED. As mine.immature of getbalances"},
			{Kind: RNum, Key: "txcount", Desc: "how many transactions it holds"},
			{Kind: RTime, Key: "timefirstkey", Desc: "when its oldest key was made, in UNIX epoch time"},
			{Kind: RTime, Key: "keypoololdest", Optional: true, Desc: "when the oldest key in reserve was made, in UNIX epoch time; legacy wallets only"},
			{Kind: RNum, Key: "keypoolsize", Desc: "how many keys for receiving are in reserve"},
			{Kind: RNum, Key: "keypoolsize_hd_internal", Optional: true, Desc: "how many keys for change are in reserve"},
			{Kind: RNum, Key: "keys_left", Desc: "how many keys are left since the last automatic backup"},
			{Kind: RTime, Key: "unlocked_until", Optional: true, Desc: "until when it is unlocked, in UNIX epoch time, 0 if it is locked; encrypted wallets only"},
			{Kind: RAmount, Key: "paytxfee", Desc: "the fee rate that was set, in DASH/kB"},
			{Kind: RHex, Key: "hdchainid", Desc: "the id of the HD chain"},
			{Kind: RNum, Key: "hdaccountcount", Desc: "how many accounts of the HD chain it has"},
			{Kind: RArr, Key: "hdaccounts", Inner: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RNum, Key: "hdaccountindex", Desc: "the account"},
				{Kind: RNum, Key: "hdexternalkeyindex", Desc: "its next key for receiving"},
				{Kind: RNum, Key: "hdinternalkeyindex", Desc: "its next key for change"},
			}}}},
			{Kind: RBool, Key: "private_keys_enabled", Desc: "false if it can only watch"},
			{Kind: RBool, Key: "avoid_reuse", Desc: "whether coins of addresses that were used before are kept apart"},
			{Kind: RObj, Key: "scanning", Desc: "the scan in progress, or false", Inner: []Result{
				{Kind: RNum, Key: "duration", Desc: "seconds since it began"},
				{Kind: RNum, Key: "progress", Desc: "how far it is, 0 to 1"},
			}},
			{Kind: RBool, Key: "descriptors", Desc: "whether it is described by output descriptors"},
			{Kind: RBool, Key: "external_signer", Desc: "whether its keys are in an external signer"},
			{Kind: RObj, Key: "lastprocessedblock", Desc: "the block up to which it has followed the chain", Inner: []Result{
				{Kind: RHex, Key: "hash", Desc: "its hash"},
				{Kind: RNum, Key: "height", Desc: "its height"},
			}},
		}}},
		Examples: both(),
	}
}

package policy

func walletSpec() *Spec {
	return &Spec{
		Role: Wallet, Program: "dash-wallet",
		Purpose: "descriptors, coins, history, PSBT; no private key",
		Parts:   []Part{basePart(), ipcPart(), descriptorsPart(), filesPart(), databasePart()},
		Limits:  limits(512, 0),
		Boot:    append(fixed(), log()),
		Dynamic: []FDClass{
			database("walletdb", "broker:CreateWallet,OpenWallet", 0, 256, "one per loaded wallet, bbolt"),
			sibling(RPC), sibling(Core), sibling(Signer),
		},
		Options: commonOptions(
			Option{Name: "wallet", Reason: "wallets to load at start, by name"},
			Option{Name: "keypool", Reason: "addresses kept ahead"},
			Option{Name: "fallbackfee", Reason: "fee rate without an estimate, DASH per kB"},
			Option{Name: "maxtxfee", Reason: "largest fee a send may pay, DASH"},
			Option{Name: "mnemonicbits", Reason: "strength of new wallets' mnemonics"},
		),
	}
}

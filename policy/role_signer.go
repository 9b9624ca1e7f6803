package policy

func signerSpec() *Spec {
	return &Spec{
		Role: Signer, Program: "dash-signer",
		Purpose: "seeds and keys; signs under a policy of its own",
		Parts:   []Part{basePart(), ipcPart(), descriptorsPart(), secretPart(), lockedMemoryPart(), databasePart()},
		Limits: limits(512, 8*mib,
			fileSize(1024*mib, "key stores are small; a file that grows beyond is a fault")),
		Boot: append(fixed(), log()),
		Dynamic: []FDClass{
			database("keystore", "broker:OpenKeyStore", 0, 256, "one per loaded wallet, bbolt"),
			sibling(RPC), sibling(Wallet),
			secrets(64, "argument:SecretBox.deposit", "deposited secrets; closed as soon as they are mapped"),
		},
		Options: commonOptions(
			Option{Name: "maxtxfee", Reason: "largest fee the signer signs, duffs"},
		),
	}
}

package policy

func signerSpec() *Spec {
	return &Spec{
		Role: Signer, Program: "dash-signer",
		Purpose: "seeds and keys; signs under a policy of its own",
		Parts: []Part{basePart(), ipcPart(), descriptorsPart(), filesPart(), databasePart(), makeSecretPart(), openSecretPart(),
			lockedMemoryPart()},
		Limits: limits(1024, 8*mib,
			fileSize(64*mib, "a key store; memory passed as a descriptor counts too")),
		Boot: append(fixed(), log()),
		Dynamic: []FDClass{
			sibling(RPC), sibling(Wallet),
			database("keystore", "broker:OpenKeyStore,OpenStoreKey", 0, 512, "two per loaded wallet: the key store, bbolt, and the file of its key"),
			secrets(64, "argument:SecretBox.deposit",
				"deposited secrets, closed as soon as they are mapped; exported ones on their way to the rpc role"),
		},
		Options: commonOptions(
			Option{Name: "maxtxfee", Reason: "largest fee the signer signs, DASH"},
		),
	}
}

package policy

func signerSpec() *Spec {
	return &Spec{
		Role: Signer, Program: "dash-signer",
		Purpose: "seeds and keys; signs under a policy of its own",
		Parts:   []Part{basePart(), ipcPart(), descriptorsPart(), filesPart(), openSecretPart(), lockedMemoryPart()},
		Limits: limits(512, 8*mib,
			fileSize(16*mib, "holds no file; memory passed as a descriptor counts")),
		Boot: append(fixed(), log()),
		Dynamic: []FDClass{
			sibling(RPC), sibling(Wallet),
			secrets(64, "argument:SecretBox.deposit", "deposited secrets; closed as soon as they are mapped"),
		},
		Options: commonOptions(
			Option{Name: "maxtxfee", Reason: "largest fee the signer signs, duffs"},
		),
	}
}

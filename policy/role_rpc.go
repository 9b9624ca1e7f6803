package policy

// The first method whose result holds a secret (SecretBox.take) will need
// filesPart, openSecretPart and a class of descriptors that come from the signer;
// until there is one, no scenario needs them.
func rpcSpec() *Spec {
	return &Spec{
		Role: RPC, Program: "dash-node-rpc",
		Purpose: "HTTP, JSON-RPC, REST: reads bytes from RPC clients",
		Parts:   []Part{basePart(), ipcPart(), descriptorsPart(), filesPart(), makeSecretPart(), openSecretPart(), acceptPart()},
		Limits: limits(1024, mib,
			fileSize(256*mib, "holds no file; memory passed as a descriptor counts")),
		Boot: append(fixed(), log(),
			FDClass{Name: "rpclistener", Kind: KindTCPListener, Access: ReadWrite, Min: 0, Max: 64, Source: "grant",
				Reason: "one per -rpcbind address; none with -server=0"}),
		Dynamic: []FDClass{
			{Name: "client", Kind: KindTCPStream, Access: ReadWrite, Min: 0, Max: 512, Source: "accept:rpclistener",
				Reason: "HTTP connections"},
			{Name: "echo", Kind: KindUnixStream, Access: ReadWrite, Min: 0, Max: 16, Source: "broker:SpawnEcho",
				Reason: "echoipc talks to a fresh process per call"},
			sibling(Core), sibling(Wallet), sibling(Signer),
			secrets(64, "self:memfd_secret", "secrets of a request on their way to the signer"),
			FDClass{Name: "export", Kind: KindSecretMem, Access: ReadWrite, Min: 0, Max: 64, Seals: SealResize, Source: "result:SecretBox.take",
				Reason: "secrets of a result on their way to the client; closed as soon as they are in the reply"},
		},
		Options: commonOptions(
			Option{Name: "rpcauth", Reason: "salted hashes of RPC passwords"},
			Option{Name: "rpcuser", Reason: "RPC user"},
			Option{Name: "rpcpassword", Secret: true, Reason: "RPC password in clear, as Dash Core's option has it"},
			Option{Name: "rpccookie", Secret: true, Reason: "content of the cookie file, which the supervisor writes"},
			Option{Name: "rpcallowip", Reason: "who may connect"},
			Option{Name: "rpcwhitelist", Reason: "methods per user"},
			Option{Name: "rpcwhitelistdefault", Reason: "what users without a list may call"},
			Option{Name: "rpcthreads", Reason: "calls in progress"},
			Option{Name: "rpcworkqueue", Reason: "calls that wait"},
			Option{Name: "rpcservertimeout", Reason: "seconds until an idle client is dropped"},
			Option{Name: "rpcexternaluser", Reason: "users whose calls wait apart"},
			Option{Name: "rpcexternalworkqueue", Reason: "calls of those that wait"},
			Option{Name: "logips", Reason: "whether the log names clients' addresses"},
			Option{Name: "rest", Reason: "whether REST is served"},
			Option{Name: "disablewallet", Reason: "whether wallet methods exist"},
		),
	}
}

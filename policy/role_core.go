package policy

func coreSpec() *Spec {
	return &Spec{
		Role: Core, Program: "dash-node-core",
		Purpose: "P2P, validation, mempool, mining: reads bytes from strangers",
		Parts:   []Part{basePart(), ipcPart(), descriptorsPart(), filesPart(), databasePart(), blockFilesPart()},
		Limits:  limits(1024, 0),
		Boot: append(fixed(), log(),
			database("chainstate", "grant", 1, 1, "unspent outputs, bbolt, one for the life of the process"),
			database("blockindex", "grant", 1, 1, "block index, bbolt, one for the life of the process")),
		Dynamic: []FDClass{
			database("blockfile", "broker:OpenBlockFile", 0, 64,
				"blk and rev files are opened by number as they are needed; least recently used are closed"),
			sibling(RPC), sibling(Wallet),
		},
		Options: commonOptions(
			Option{Name: "dbcache", Reason: "memory for the databases"},
			Option{Name: "reindex", Reason: "rebuild the index from block files"},
			Option{Name: "reindex-chainstate", Reason: "rebuild the unspent outputs"},
			Option{Name: "par", Reason: "verification threads"},
			Option{Name: "blockmaxsize", Reason: "size of blocks to make"},
			Option{Name: "blockmintxfee", Reason: "fee rate of transactions in them"},
			Option{Name: "blockversion", Reason: "version of blocks to make"},
			Option{Name: "printpriority", Reason: "log fee rates of transactions in them"},
			Option{Name: "blocknotify", Reason: "whether to ask the broker at all; the command itself stays with the supervisor"},
		),
	}
}

package policy

func echoSpec() *Spec {
	return &Spec{
		Role: Echo, Program: "dash-echo",
		Purpose: "answers Init and Echo for a foreign parent, for echoipc or for one client of -ipcbind; holds nothing",
		Parts:   []Part{basePart(), ipcPart()},
		Limits:  limits(64, 0, fileSize(0, "writes no file")),
		Boot: append(fixed(),
			FDClass{Name: "client", Kind: KindUnixStream, Access: ReadWrite, Min: 0, Max: 1, Source: "grant",
				Reason: "with -ipcbind: a connection that the supervisor accepted and reads nothing of"}),
	}
}

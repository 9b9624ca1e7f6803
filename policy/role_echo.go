package policy

func echoSpec() *Spec {
	return &Spec{
		Role: Echo, Program: "dash-echo",
		Purpose: "answers Init and Echo for a foreign parent or for echoipc; holds nothing",
		Parts:   []Part{basePart(), ipcPart()},
		Limits:  limits(64, 0, fileSize(0, "writes no file")),
		Boot:    fixed(),
	}
}

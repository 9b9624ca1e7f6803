package ipc

const benchChildArg = "-ipc-bench-child"

func benchChild() {}

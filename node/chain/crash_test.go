package chain

const crashDir = "DASHMP_CHAIN_CRASH_DIR"

func crashChild(string) {}

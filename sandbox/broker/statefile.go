package broker

// Name is the file's name in the network directory, "" for a number that is none.
func (f StateFile) Name() string {
	names := [...]string{"peers.dat", "banlist.json", "anchors.dat", "mempool.dat", "fee_estimates.dat"}
	if int(f) < len(names) {
		return names[f]
	}
	return ""
}

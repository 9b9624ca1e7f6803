package host

import (
	"dashmp/node/options"
	"dashmp/sandbox/broker/datadir"
)

// Indexes are the optional indexes of the chain that the operator wants, by the
// names of package datadir. -blockfilterindex names types of filters, of which
// there is one; its values have been checked.
func Indexes(c *options.Config) (names []string) {
	if c.Bool("txindex") {
		names = append(names, datadir.TxIndex)
	}
	if c.String("blockfilterindex") != "0" {
		names = append(names, datadir.FilterIndex)
	}
	if c.Bool("coinstatsindex") {
		names = append(names, datadir.StatsIndex)
	}
	return names
}

package datadir

import "os"

// The names of the optional indexes of the chain, which are also those of their
// options.
const (
	TxIndex     = "txindex"
	FilterIndex = "blockfilterindex"
	StatsIndex  = "coinstatsindex"
)

// Index opens the database of an optional index, creating it if needed, and
// emptying it if empty is set. Dash Core has its databases in directories of
// indexes/, ours are files beside them.
func (d *Dir) Index(name string, empty bool) (*os.File, error) {
	file, ok := map[string]string{
		TxIndex: "txindex.bolt", FilterIndex: "blockfilter-basic.bolt", StatsIndex: "coinstats.bolt",
	}[name]
	if !ok {
		return nil, errorf(ErrName, nil, "there is no index %q", name)
	}
	return d.database(d.indexes, file, empty)
}

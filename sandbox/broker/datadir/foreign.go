package datadir

import (
	"os"
	"path/filepath"
)

// levelDBs are the directories in which Dash Core keeps its databases, relative
// to the network directory.
func levelDBs() []string {
	return []string{
		"chainstate", "blocks/index", "evodb",
		"llmq", "llmq/recsigdb", "llmq/isdb", "llmq/dkgdb", "llmq/vvecs", "llmq/qdb",
		"indexes/txindex", "indexes/coinstats/db", "indexes/blockfilter/basic/db",
	}
}

// probeForeign refuses a directory in which one of our databases would lie
// beside a LevelDB. LevelDB always has a file CURRENT (doc/impl.md of LevelDB);
// none of our names is one of LevelDB's.
func probeForeign(o Options) error {
	for _, name := range levelDBs() {
		dir := filepath.Join(o.Path(), name)
		if _, err := os.Lstat(filepath.Join(dir, "CURRENT")); err == nil {
			return errorf(ErrForeign, nil, "%s holds a database of %s (LevelDB), which this program neither reads nor overwrites.", dir, packageName).
				hint("use another -datadir; block files (blk*.dat) may be copied there and read in with -reindex")
		}
	}
	return nil
}

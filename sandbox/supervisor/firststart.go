package supervisor

import (
	"dashmp/policy"
	"dashmp/sandbox/broker/datadir"
	"dashmp/sandbox/role/config"
)

// rebuild says which databases an instance of the core gets empty.
type rebuild struct{ index, chainstate bool }

// Rebuild is what -reindex and -reindex-chainstate ask for.
type Rebuild struct {
	// Index: -reindex; the chain state goes with it. Clean: and block files
	// that cannot be used are removed, since the node prunes.
	Index, Clean bool
	// Chainstate: -reindex-chainstate.
	Chainstate bool
	// Imports are the files of -loadblock.
	Imports []string
}

// firstStart prepares what the core does only once: emptied databases and
// imported files. Until an instance has started it is done again; one that
// comes later goes on where the last one was, and is told nothing of it.
func (t *Tree) firstStart(inst *instance, c config.Config) (config.Config, error) {
	r := t.hold.Rebuild
	if t.coreStarted() {
		return c.Without("reindex", "loadblock"), nil
	}
	inst.rebuild = rebuild{index: r.Index, chainstate: r.Index || r.Chainstate}
	if r.Index && r.Clean {
		t.log.Info("Removing unusable blk?????.dat and rev?????.dat files for -reindex with -prune")
		if err := t.hold.Dir.CleanBlockFiles(); err != nil {
			return c, err
		}
	}
	var names []string
	for _, path := range r.Imports {
		f, err := datadir.Import(path)
		if err != nil {
			t.log.Warn("Warning: Could not open blocks file " + path)
			continue
		}
		names = append(names, path)
		inst.imports = append(inst.imports, f)
	}
	return c.WithList("loadblock", names), nil
}

// coreStarted reports whether an instance of the core has ever started.
func (t *Tree) coreStarted() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.unborn[policy.Core]
}

package supervisor

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashmp/policy"
	"dashmp/sandbox/role/config"
)

// TestFirstStart: the core gets emptied databases and files to import until an
// instance has started; one that comes later is told nothing of it.
func TestFirstStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bootstrap.dat")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	tree := &Tree{
		log: slog.New(slog.DiscardHandler), unborn: map[policy.Role]bool{policy.Core: true},
		hold: Holdings{Rebuild: Rebuild{Index: true, Imports: []string{file + ".none", file}}},
	}
	cfg := config.Config{Options: map[string]config.Value{
		"reindex": {Set: true, Bool: true}, "loadblock": {List: []string{file + ".none", file}}, "par": {Int: 3},
	}}
	for range 2 { // the first instance did not come up
		inst := &instance{}
		c, err := tree.firstStart(inst, cfg)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range inst.imports {
			f.Close()
		}
		if d := cmp.Diff([]string{file}, c.Strings("loadblock")); d != "" || len(inst.imports) != 1 || !c.Bool("reindex") || c.Int64("par") != 3 {
			t.Errorf("%s, %d files, %+v", d, len(inst.imports), c)
		}
		if inst.rebuild != (rebuild{index: true, chainstate: true}) {
			t.Errorf("%+v", inst.rebuild)
		}
	}
	delete(tree.unborn, policy.Core)
	inst := &instance{}
	c, err := tree.firstStart(inst, cfg)
	if err != nil || c.Bool("reindex") || len(c.Strings("loadblock")) != 0 || c.Int64("par") != 3 || len(inst.imports) != 0 || inst.rebuild != (rebuild{}) {
		t.Errorf("after a start: %+v, %+v, %v", c, inst, err)
	}
	if !cfg.Bool("reindex") {
		t.Error("the tree's own configuration was changed")
	}
}

package chain

import (
	"sync"
	"sync/atomic"

	"dashmp/node/consensus"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// optional are the rules of relay that not every node has always had
// (STANDARD_NOT_MANDATORY_VERIFY_FLAGS).
const optional = standard.VerifyFlags &^ script.VerifyP2SH

// scriptCheck is one input to be verified.
type scriptCheck struct {
	tx     *wire.Tx
	input  int
	pubKey []byte
}

func (c *scriptCheck) run(flags script.Flags, cache script.SigCache) error {
	checker := &script.TxChecker{Tx: c.tx, Index: c.input, Cache: cache}
	return script.Verify(c.tx.Inputs[c.input].ScriptSig, c.pubKey, flags, checker)
}

// scriptBatch is how many inputs a thread takes at a time: a signature takes
// about 130 µs, so that handing out costs nothing, and the last batch little.
const scriptBatch = 4

// runChecks verifies inputs on several threads and reports whether all pass.
func runChecks(checks []scriptCheck, flags script.Flags, cache script.SigCache, threads int) bool {
	var next atomic.Int64
	var failed atomic.Bool
	work := func() {
		for !failed.Load() {
			from := int(next.Add(scriptBatch)) - scriptBatch
			if from >= len(checks) {
				return
			}
			for i := from; i < min(from+scriptBatch, len(checks)); i++ {
				if checks[i].run(flags, cache) != nil {
					failed.Store(true)
					return
				}
			}
		}
	}
	var group sync.WaitGroup
	for range min(threads, len(checks)/scriptBatch) - 1 {
		group.Go(work)
	}
	work()
	group.Wait()
	return !failed.Load()
}

// scriptRun collects the inputs of a block. With one thread each transaction is
// verified at once, so that the refusal names what failed, as Dash Core's does
// with -par=1.
type scriptRun struct {
	flags   script.Flags
	cache   script.SigCache
	known   *ScriptCache
	threads int
	off     bool
	checks  []scriptCheck
}

func (r *scriptRun) add(tx *wire.Tx, id wire.Hash, pubKeys func(i int) []byte) error {
	if r.off || r.known != nil && r.known.HasTransaction(id, r.flags) {
		return nil
	}
	for i := range tx.Inputs {
		c := scriptCheck{tx, i, pubKeys(i)}
		if r.threads > 1 {
			r.checks = append(r.checks, c)
		} else if err := c.run(r.flags, r.cache); err != nil {
			return consensus.ScriptFailure(err, c.run(r.flags&^optional, r.cache) != nil)
		}
	}
	return nil
}

func (r *scriptRun) wait() error {
	if len(r.checks) > 0 && !runChecks(r.checks, r.flags, r.cache, r.threads) {
		return consensus.ScriptsFailure()
	}
	return nil
}

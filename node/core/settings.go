package core

import (
	"encoding/hex"
	"fmt"
	"math"
	"runtime"
	"strings"

	"dashmp/node/arith"
	"dashmp/node/blockfile"
	"dashmp/node/chain"
	"dashmp/node/params"
	"dashmp/node/wire"
	"dashmp/sandbox/role/config"
)

// settings are the options of the chain in the form in which they are used.
type settings struct {
	// coinBytes is the share of -dbcache for unspent outputs, mempoolBytes what
	// an empty mempool leaves for them too.
	coinBytes, mempoolBytes int64
	batchBytes              int
	threads                 int
	sigCache                int // bytes
	assumeValid             wire.Hash
	minimumWork             arith.Uint256
	noCheckpoints           bool
	maxTipAge               int64 // seconds
	checkLevel, checkBlocks int
	stopAtHeight            int
	stopAfterImport         bool
	reindex                 bool
	pruneTarget             uint64 // bytes; see chain.Options
	sizes                   blockfile.Sizes
}

// Bounds of options, as in Dash Core.
const (
	minDBCache, maxDBCache = 4, 16384 // MiB
	// maxScriptThreads is MAX_SCRIPTCHECK_THREADS and the thread that hands out.
	maxScriptThreads = 16
	maxSigCache      = 16384 // MiB
)

func readSettings(c *config.Config, p *params.Params) (*settings, error) {
	s := &settings{
		coinBytes: coinBytes(c.Int64("dbcache")), mempoolBytes: max(c.Int64("maxmempool"), 0) * 1_000_000,
		batchBytes: clamp(c.Int64("dbbatchsize"), 1), threads: threads(c.Int64("par")),
		sigCache: clamp(min(c.Int64("maxsigcachesize"), maxSigCache)<<20, 0), noCheckpoints: !c.Bool("checkpoints"),
		maxTipAge: c.Int64("maxtipage"), checkLevel: clamp(c.Int64("checklevel"), 0), checkBlocks: clamp(c.Int64("checkblocks"), 0),
		stopAtHeight: clamp(c.Int64("stopatheight"), 0), stopAfterImport: c.Bool("stopafterblockimport"),
		reindex: c.Bool("reindex"), assumeValid: p.Consensus.AssumeValid, minimumWork: p.Consensus.MinimumChainWork,
	}
	switch {
	case c.Bool("fastprune"):
		s.sizes = blockfile.Sizes{File: blockfile.FastPruneFile, BlockChunk: blockfile.FastPruneChunk}
	case c.Bool("tinyblk"):
		s.sizes = blockfile.Sizes{BlockChunk: blockfile.TinyChunk, UndoChunk: blockfile.TinyChunk}
	}
	switch n := c.Int64("prune"); {
	case n == 1:
		s.pruneTarget = chain.PruneManually
	case n > 1:
		s.pruneTarget = uint64(n) << 20
	}
	if c.IsSet("assumevalid") {
		s.assumeValid = lenientHash(c.String("assumevalid"))
	}
	if c.IsSet("minimumchainwork") {
		text := c.String("minimumchainwork")
		if !isHex(text) {
			cause := fmt.Errorf("-minimumchainwork=%q", text)
			return nil, &StartError{Kind: ErrOption, Text: "Invalid non-hex (" + text + ") minimum chain work value specified", Cause: cause}
		}
		s.minimumWork = arith.FromHash(lenientHash(text))
	}
	return s, nil
}

// clamp makes an int of an option that is at least low.
func clamp(n int64, low int) int { return int(min(max(n, int64(low)), math.MaxInt32)) }

// isHex is Dash Core's IsHexNumber: digits, with or without 0x before them.
func isHex(s string) bool {
	s = strings.TrimPrefix(s, "0x")
	return s != "" && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// lenientHash reads as many hexadecimal digits as there are, up to 64, as a
// number (uint256S).
func lenientHash(s string) (h wire.Hash) {
	s = strings.TrimLeft(s, " \f\n\r\t\v")
	if len(s) > 1 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') {
		s = s[2:]
	}
	end := 0
	for end < len(s) && strings.IndexByte("0123456789abcdefABCDEF", s[end]) >= 0 {
		end++
	}
	if s = s[:end]; len(s) > 2*wire.HashSize {
		s = s[len(s)-2*wire.HashSize:]
	}
	b, _ := hex.DecodeString(strings.Repeat("0", 2*wire.HashSize-len(s)) + s) // only digits are left
	for i := range b {
		h[wire.HashSize-1-i] = b[i]
	}
	return h
}

// coinBytes is what -dbcache leaves after the shares that Dash Core gives to its
// databases (CalculateCacheSizes): ours have no caches of their own, but the
// kernel's pages of them count too.
func coinBytes(mib int64) int64 {
	total := min(max(mib, minDBCache), maxDBCache) << 20
	total -= min(total/8, 2<<20)
	return total - min(total/2, total/4+8<<20, 8<<20)
}

// threads is how many verify scripts: -par, where 0 is as many as there are
// processors and -n leaves n of them free.
func threads(par int64) int {
	if par <= 0 {
		par += int64(runtime.NumCPU())
	}
	return int(min(max(par, 1), maxScriptThreads))
}

func (s *settings) chainOptions() chain.Options {
	return chain.Options{
		CacheBytes: s.coinBytes, BatchBytes: s.batchBytes, Threads: s.threads, AssumeValid: s.assumeValid,
		MinimumChainWork: s.minimumWork, NoCheckpoints: s.noCheckpoints, MaxTipAge: s.maxTipAge,
		StopAtHeight: s.stopAtHeight, Reindex: s.reindex, Sizes: s.sizes, PruneTarget: s.pruneTarget,
	}
}

// logSettings writes what Dash Core's start says of them.
func (c *Core) logSettings(s *settings) {
	log := func(format string, args ...any) { c.o.Log.Info(fmt.Sprintf(format, args...)) }
	if s.assumeValid.IsZero() {
		log("Validating signatures for all blocks.")
	} else {
		log("Assuming ancestors of block %s have valid signatures.", s.assumeValid)
	}
	least := c.o.Params.Consensus.MinimumChainWork
	log("Setting nMinimumChainWork=%s", s.minimumWork)
	if s.minimumWork.Cmp(least) < 0 {
		log("Warning: nMinimumChainWork set below default value of %s", least)
	}
	switch s.pruneTarget {
	case 0:
	case chain.PruneManually:
		log("Block pruning enabled.  Use RPC call pruneblockchain(height) to manually prune block and undo files.")
	default:
		log("Prune configured to target %d MiB on disk for block and undo files.", s.pruneTarget>>20)
	}
	log("Script verification uses %d additional threads", s.threads-1)
	log("Cache configuration:")
	log("* Using %.1f MiB for in-memory UTXO set (plus up to %.1f MiB of unused mempool space)",
		float64(s.coinBytes)/(1<<20), float64(s.mempoolBytes)/(1<<20))
}

// Params are the parameters of the configured network.
func Params(c *config.Config) (*params.Params, error) {
	o := params.Options{DevnetName: strings.TrimPrefix(c.ChainName, params.Devnet+"-")}
	if c.ChainName == params.Devnet {
		o.DevnetName = ""
	}
	text := func(name string) *string {
		if !c.IsSet(name) {
			return nil
		}
		s := c.String(name)
		return &s
	}
	number := func(name string) *int64 {
		if !c.IsSet(name) {
			return nil
		}
		n := c.Int64(name)
		return &n
	}
	switch c.Chain {
	case params.Regtest:
		o.FastPrune = c.Bool("fastprune")
		o.TestActivationHeight, o.VBParams = c.Strings("testactivationheight"), c.Strings("vbparams")
		o.DIP3Params, o.BudgetParams = text("dip3params"), text("budgetparams")
		o.LLMQTestParams, o.LLMQTestInstantSendParams = text("llmqtestparams"), text("llmqtestinstantsendparams")
		o.LLMQTestPlatformParams = text("llmqtestplatformparams")
		o.LLMQTestInstantSendDIP24 = text("llmqtestinstantsenddip0024")
	case params.Devnet:
		o.MinimumDifficultyBlocks = number("minimumdifficultyblocks")
		o.HighSubsidyBlocks, o.HighSubsidyFactor = number("highsubsidyblocks"), number("highsubsidyfactor")
		o.PowTargetSpacing, o.LLMQChainLocks = text("powtargetspacing"), text("llmqchainlocks")
		o.LLMQInstantSendDIP24, o.LLMQPlatform = text("llmqinstantsenddip0024"), text("llmqplatform")
		o.LLMQMnhf, o.LLMQDevnetParams = text("llmqmnhf"), text("llmqdevnetparams")
	}
	return params.Select(c.Chain, o)
}

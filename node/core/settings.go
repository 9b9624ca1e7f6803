package core

import (
	"runtime"

	"dashmp/node/arith"
	"dashmp/node/chain"
	"dashmp/node/params"
	"dashmp/node/wire"
	"dashmp/sandbox/role/config"
)

// settings are the options of the chain in the form in which they are used.
type settings struct {
	// coinBytes is the share of -dbcache for unspent outputs, in bytes.
	coinBytes   int64
	threads     int
	sigCache    int // bytes
	assumeValid wire.Hash
	minimumWork arith.Uint256
	maxTipAge   int64 // seconds
	checkLevel  int
	checkBlocks int
}

// Bounds of options, as in Dash Core.
const (
	minDBCache, maxDBCache = 4, 16384 // MiB
	// maxScriptThreads is MAX_SCRIPTCHECK_THREADS and the thread that hands out.
	maxScriptThreads = 16
	defaultSigCache  = 32 << 20
	defaultMaxTipAge = 21600
	defaultLevel     = 3
	defaultBlocks    = 6
)

func readSettings(c *config.Config, p *params.Params) (*settings, error) {
	return &settings{
		coinBytes: coinBytes(c.Int64("dbcache")), threads: threads(c.Int64("par")),
		sigCache: defaultSigCache, assumeValid: p.Consensus.AssumeValid, minimumWork: p.Consensus.MinimumChainWork,
		maxTipAge: defaultMaxTipAge, checkLevel: defaultLevel, checkBlocks: defaultBlocks,
	}, nil
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
		CacheBytes: s.coinBytes, Threads: s.threads, AssumeValid: s.assumeValid,
		MinimumChainWork: s.minimumWork, MaxTipAge: s.maxTipAge,
	}
}

// Params are the parameters of the configured network.
func Params(c *config.Config) (*params.Params, error) {
	o := params.Options{}
	if devnet, named := devnetName(c); named {
		o.DevnetName = devnet
	}
	return params.Select(c.Chain, o)
}

// devnetName is NAME of a devnet-NAME.
func devnetName(c *config.Config) (string, bool) {
	const prefix = "devnet-"
	if c.Chain != params.Devnet || len(c.ChainName) < len(prefix) || c.ChainName[:len(prefix)] != prefix {
		return "", false
	}
	return c.ChainName[len(prefix):], true
}

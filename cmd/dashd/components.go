package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"time"

	"dashmp/node/core"
	"dashmp/node/params"
	"dashmp/node/rpc"
	"dashmp/policy"
	"dashmp/sandbox/broker/datadir"
	"dashmp/sandbox/broker/host"
	"dashmp/sandbox/role/config"
	"dashmp/wallet/loader"
	"dashmp/wallet/signer"
)

// components are the parts that are roles of dash-node; nil if not running.
type components struct {
	core   *core.Core
	signer *signer.Signer
	box    *signer.Box
	loader *loader.Loader
	server *rpc.Server
}

// stop ends them in the order in which dash-node ends its roles: whoever brings
// work first, whoever others call last.
func (c *components) stop(ctx context.Context, log *slog.Logger) {
	if c.server != nil {
		c.server.Stop(ctx)
	}
	if c.loader != nil {
		if err := c.loader.Close(ctx); err != nil {
			log.Error("stop: " + err.Error())
		}
	}
	if c.core != nil {
		if err := c.core.Close(); err != nil {
			log.Error("stop: " + err.Error())
		}
	}
	if c.signer != nil {
		if err := c.signer.Close(); err != nil {
			log.Error("stop: " + err.Error())
		}
	}
}

// config is what a role of that name would be told.
func (p *process) config(r policy.Role, logPath string) config.Config {
	spec, _ := policy.Get(r)
	return config.New(spec, p.c, config.Config{
		Chain: p.c.Chain(), ChainName: p.c.ChainName(), Started: p.started.Unix(),
		DataDir: p.c.NetDir(), LogPath: logPath,
	})
}

// startComponents starts core, signer, wallet and rpc, in that order.
func (p *process) startComponents(ctx context.Context) error {
	o, _ := host.LogOptions(p.c, p.std.out)
	coreCfg := p.config(policy.Core, o.Path)
	coreCfg.Interfaces = host.Interfaces(p.c)
	p.clock.Set(coreCfg.Int64("mocktime"))
	clock := p.clock.Now
	if err := p.startCore(ctx, &coreCfg, clock); err != nil {
		return err
	}
	if err := p.startSigner(o.Path, clock); err != nil {
		return err
	}
	if !p.c.Bool("disablewallet") {
		cfg := p.config(policy.Wallet, o.Path)
		if err := p.startWallet(ctx, &cfg, clock); err != nil {
			return err
		}
	}
	if !p.c.BoolOr("server", true) {
		return nil
	}
	cfg := p.config(policy.RPC, o.Path)
	return p.startRPC(&cfg, clock)
}

func (p *process) startCore(ctx context.Context, cfg *config.Config, clock func() time.Time) error {
	net, err := core.Params(cfg)
	if err != nil {
		return err
	}
	reindex := p.c.Bool("reindex")
	if reindex && p.c.Int64("prune") > 0 {
		p.logger.Info("Removing unusable blk?????.dat and rev?????.dat files for -reindex with -prune")
		if err := p.dir.CleanBlockFiles(); err != nil {
			return err
		}
	}
	index, err := p.dir.BlockIndex(reindex)
	if err != nil {
		return err
	}
	state, err := p.dir.Chainstate(reindex || p.c.Bool("reindex-chainstate"))
	if err != nil {
		index.Close()
		return err
	}
	indexes, err := p.indexFiles(reindex)
	if err != nil {
		index.Close()
		state.Close()
		return err
	}
	listeners, err := p.peerListeners()
	if err != nil {
		index.Close()
		state.Close()
		return err
	}
	p.parts.core, err = core.Open(ctx, core.Options{
		PeerListeners: listeners,
		Params:        net, Config: cfg, BlockIndex: index, ChainState: state, Indexes: indexes, LoadBlocks: p.imports(),
		Broker: &coreBroker{p, p.dir, p.notify},
		Now:    clock, WallClock: time.Now, Random: rand.Reader, Log: p.logger,
	})
	return err
}

// indexFiles opens the databases of the optional indexes that are on.
func (p *process) indexFiles(empty bool) (files core.IndexFiles, err error) {
	for _, name := range host.Indexes(p.c) {
		f, err := p.dir.Index(name, empty)
		if err != nil {
			return files, err
		}
		switch name {
		case datadir.TxIndex:
			files.Tx = f
		case datadir.FilterIndex:
			files.Filter = f
		case datadir.StatsIndex:
			files.CoinStats = f
		}
	}
	return files, nil
}

func (p *process) startSigner(logPath string, clock func() time.Time) error {
	cfg := p.config(policy.Signer, logPath)
	net, err := params.Select(cfg.Chain, params.Options{})
	if err != nil {
		return err
	}
	rules, err := signer.Configured(cfg.Chain, cfg.String("maxtxfee"))
	if err != nil {
		return err
	}
	p.parts.signer, err = signer.New(signer.Options{
		Network: cfg.ChainName, Base58: net.Base58, Broker: &signerBroker{p.dir}, Policy: rules, Now: clock, Log: p.logger,
	})
	if err == nil {
		p.parts.box = p.parts.signer.NewBox()
	}
	return err
}

// imports opens the files of -loadblock.
func (p *process) imports() (files []core.ImportFile) {
	for _, path := range p.c.Strings("loadblock") {
		f, err := datadir.Import(path)
		if err != nil {
			p.logger.Warn("Warning: Could not open blocks file " + path)
			continue
		}
		files = append(files, core.ImportFile{Name: path, File: f})
	}
	return files
}

// peerListeners binds the listeners for peers, and makes what decides whom to
// connect to.
func (p *process) peerListeners() ([]*os.File, error) {
	bind, err := host.PeerBindOptions(p.c)
	if err != nil {
		return nil, err
	}
	p.peers = host.PeerGuard(p.c, bind, nil)
	return host.ListenPeers(bind, p.logger, func(text string) { fmt.Fprintln(p.std.err, "Error: "+text) })
}

func (p *process) startWallet(ctx context.Context, cfg *config.Config, clock func() time.Time) error {
	o, err := loader.Configure(cfg, loader.Options{Broker: &walletBroker{p.dir, host.Startup(p.c)}, Now: clock, Log: p.logger})
	if err != nil {
		return err
	}
	p.parts.loader = loader.New(o)
	p.parts.loader.SetSigner(ctx, p.parts.signer)
	warnings, err := p.parts.loader.LoadAtStart(ctx, cfg.Strings("wallet"), cfg.IsSet("wallet"))
	for _, w := range warnings {
		p.logger.Warn("Warning: " + w)
	}
	if err != nil {
		return err
	}
	return p.parts.loader.Follow(ctx, p.parts.core)
}

func (p *process) startRPC(cfg *config.Config, clock func() time.Time) error {
	o, err := rpc.OptionsOf(cfg)
	if err != nil {
		return err
	}
	o.Logger, o.Now = p.logger, clock
	o.Node, o.Secrets = p.parts.core, p.parts.box
	if p.parts.loader != nil {
		o.Wallet = p.parts.loader
	}
	o.Broker = &rpcBroker{p}
	files, err := host.ListenRPC(p.c, p.logger)
	if err != nil {
		return err
	}
	for i, f := range files {
		l, err := rpc.NewListener(f)
		if err != nil {
			for _, rest := range files[i:] {
				rest.Close()
			}
			closeAll(o.Listeners)
			return err
		}
		o.Listeners = append(o.Listeners, l)
	}
	o.Credentials.UserPass, err = p.credentials(cfg)
	defer clear(o.Credentials.UserPass)
	if err == nil {
		p.parts.server, err = rpc.New(o)
	}
	if err != nil {
		closeAll(o.Listeners)
		return err
	}
	p.parts.server.Start()
	p.parts.server.Ready()
	return nil
}

// credentials makes the cookie, or takes the password that replaces it.
func (p *process) credentials(cfg *config.Config) ([]byte, error) {
	if pw := p.c.String("rpcpassword"); pw != "" {
		p.logger.Info("Config options rpcuser and rpcpassword will soon be deprecated. Locally-run instances may remove rpcuser to use cookie-based auth, or may be replaced with rpcauth. Please see share/rpcauth for rpcauth auth generation.")
		return []byte(cfg.String("rpcuser") + ":" + pw), nil
	}
	p.logger.Info("Using random cookie authentication.")
	var value []byte
	var err error
	if p.cookie, value, err = host.WriteCookie(p.c.NetPath("rpccookiefile")); err != nil {
		return nil, host.NoServer(p.logger, err)
	}
	p.logger.Info("Generated RPC authentication cookie " + p.cookie.Path())
	return value, nil
}

package core

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"math/rand/v2"

	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/p2p/process"
	"dashmp/sandbox/build"
)

// openPeers makes the connections to peers and what handles their messages. They
// begin at once; while files are imported blocks are neither taken nor given.
func (c *Core) openPeers(ctx context.Context) (part, error) {
	m, cfg, agent, err := c.newConnections(ctx)
	if err != nil {
		for _, f := range c.o.PeerListeners {
			f.Close()
		}
		return part{}, err
	}
	var seed [16]byte
	if _, err := io.ReadFull(c.o.Random, seed[:]); err != nil {
		return part{}, errors.Join(err, m.Close(ctx))
	}
	p := process.New(c.processOptions(m, cfg, agent, seed))
	c.peers = p
	c.connections = func() int {
		in, out := m.Count()
		return in + out
	}
	c.mempool.SetRelay(p.RelayTransaction)
	if err := m.Start(p); err != nil {
		p.Close()
		return part{}, errors.Join(err, m.Close(ctx))
	}
	methods := m.Methods()
	maps.Copy(methods, p.Methods())
	return part{
		name: "peers", methods: methods,
		stop: func() {
			if err := m.Close(context.Background()); err != nil {
				c.o.Log.Error("peers: " + err.Error())
			}
			p.Close()
		},
	}, nil
}

// newConnections makes the transport and reads its files.
func (c *Core) newConnections(ctx context.Context) (*conn.Manager, conn.Config, string, error) {
	cfg, err := c.connConfig()
	if err != nil {
		return nil, cfg, "", err
	}
	agent, err := c.userAgent()
	if err != nil {
		return nil, cfg, "", err
	}
	var seed [32]byte
	if _, err := io.ReadFull(c.o.Random, seed[:]); err != nil {
		return nil, cfg, "", err
	}
	m := conn.New(conn.Options{
		Params: c.o.Params, Services: uint64(c.services()), UserAgent: agent, Network: &peerNetwork{c.o.Broker}, Files: &peerFiles{c.o.Broker}, DataDir: c.o.Config.DataDir,
		Listeners: c.peerListeners(), Config: cfg, Now: c.o.Now, WallClock: c.o.WallClock, Seed: seed, Log: c.o.Log, Info: c.peerInfo,
	})
	if err := m.Load(ctx); err != nil {
		return nil, cfg, "", &StartError{Kind: ErrPeers, Text: err.Error(), Cause: err}
	}
	return m, cfg, agent, nil
}

// peerInfo is what getnetworkinfo tells of the rest of the node.
func (c *Core) peerInfo() conn.NodeInfo {
	relay := c.relayPolicy()
	return conn.NodeInfo{BuildVersion: "v" + build.Dash, Warnings: c.Warnings(), RelayFee: relay.MinRelayFee, IncrementalFee: relay.IncrementalRelayFee}
}

// processOptions are the options of what handles messages.
func (c *Core) processOptions(m *conn.Manager, cfg conn.Config, agent string, seed [16]byte) process.Options {
	o := c.o.Config
	return process.Options{
		Params: c.o.Params, Chain: c.chain, Pool: c.mempool, Network: &connections{m}, Addresses: &addresses{m},
		Services: msg.Services(m.Services()), UserAgent: agent,
		Now: c.o.Now, WallClock: c.o.WallClock, Rand: rand.New(rand.NewPCG(binary.LittleEndian.Uint64(seed[:]), binary.LittleEndian.Uint64(seed[8:]))), Log: c.o.Log,
		MinimumChainWork: c.settings.minimumWork, MaxTipAge: c.settings.maxTipAge,
		BlocksOnly: cfg.BlocksOnly, Listen: cfg.Listen, Pruned: c.settings.pruneTarget != 0, LogIPs: cfg.LogIPs,
		MaxOrphanSize: clamp(o.Int64("maxorphantxsize"), 0) * 1_000_000, ExtraTxs: clamp(o.Int64("blockreconstructionextratxn"), 0),
		PushVersion: int32(o.Int64("pushversion")), DevnetName: c.devnetName(), Reconcile: o.Bool("txreconciliation"),
		Filters: c.peerFilters(),
	}
}

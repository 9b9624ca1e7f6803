package core

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/p2p/process"
	"dashmp/node/params"
)

// openPeers makes the connections to peers and what handles their messages. They
// begin at once; while files are imported blocks are neither taken nor given.
func (c *Core) openPeers(ctx context.Context) (part, error) {
	var seed [32]byte
	if _, err := io.ReadFull(c.o.Random, seed[:]); err != nil {
		return part{}, err
	}
	cfg, err := c.connConfig()
	if err != nil {
		return part{}, startError(ErrInit, "%w", err)
	}
	agent, err := c.userAgent()
	if err != nil {
		return part{}, startError(ErrInit, "%w", err)
	}
	listeners, err := c.peerListeners()
	if err != nil {
		return part{}, startError(ErrInit, "%w", err)
	}
	services, relay := c.services(), c.relayPolicy()
	m := conn.New(conn.Options{
		Params: c.o.Params, Services: uint64(services), UserAgent: agent, Network: &peerNetwork{c.o.Broker}, Files: &peerFiles{c.o.Broker},
		Listeners: listeners, Config: cfg, Now: c.o.Now, WallClock: c.o.WallClock, Seed: seed, Log: c.o.Log,
		Info: func() conn.NodeInfo {
			return conn.NodeInfo{RelayFee: relay.MinRelayFee, IncrementalFee: relay.IncrementalRelayFee}
		},
	})
	if err := m.Load(ctx); err != nil {
		return part{}, startError(ErrInit, "%w", err)
	}
	p := process.New(c.processOptions(m, cfg, services, agent, seed))
	c.mempool.SetRelay(p.RelayTransaction)
	if err := m.Start(p); err != nil {
		p.Close()
		return part{}, errors.Join(err, m.Close(ctx))
	}
	return part{
		name: "peers", methods: m.Methods(),
		stop: func() {
			if err := m.Close(context.Background()); err != nil {
				c.o.Log.Error("peers: " + err.Error())
			}
			p.Close()
		},
	}, nil
}

// processOptions are the options of what handles messages.
func (c *Core) processOptions(m *conn.Manager, cfg conn.Config, services msg.Services, agent string, seed [32]byte) process.Options {
	o := c.o.Config
	return process.Options{
		Params: c.o.Params, Chain: c.chain, Pool: c.mempool, Network: &connections{m}, Addresses: &addresses{m}, Services: services, UserAgent: agent,
		Now: c.o.Now, Rand: rand.New(rand.NewPCG(binary.LittleEndian.Uint64(seed[:]), binary.LittleEndian.Uint64(seed[8:]))), Log: c.o.Log,
		MinimumChainWork: c.settings.minimumWork, MaxTipAge: c.settings.maxTipAge,
		BlocksOnly: cfg.BlocksOnly, Listen: cfg.Listen, Pruned: c.settings.pruneTarget != 0, LogIPs: cfg.LogIPs,
		MaxOrphanSize: clamp(o.Int64("maxorphantxsize"), 0) * 1_000_000, ExtraTxs: clamp(o.Int64("blockreconstructionextratxn"), 0),
		PushVersion: int32(o.Int64("pushversion")), DevnetName: c.devnetName(), Reconcile: o.Bool("txreconciliation"),
	}
}

// services are what the node offers to its peers.
func (c *Core) services() msg.Services {
	s := msg.ServiceNetworkLimited | msg.ServiceHeadersCompressed
	if c.settings.pruneTarget == 0 {
		s |= msg.ServiceNetwork
	}
	if c.o.Config.Bool("peerbloomfilters") {
		s |= msg.ServiceBloom
	}
	return s
}

func (c *Core) devnetName() string {
	if c.o.Params.Network != params.Devnet {
		return ""
	}
	return c.o.Config.ChainName
}

// maxUserAgent is how long a user agent may be, in bytes.
const maxUserAgent = 256

// userAgent is the node's name with the operator's comments (FormatSubVersion).
func (c *Core) userAgent() (string, error) {
	var comments []string
	if name := c.devnetName(); name != "" {
		comments = append(comments, "devnet."+name)
	}
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;-_?@"
	for _, text := range c.o.Config.Strings("uacomment") {
		if strings.Trim(text, safe) != "" {
			return "", fmt.Errorf("User Agent comment (%s) contains unsafe characters.", text) //nolint:staticcheck // Dash Core's text
		}
		comments = append(comments, text)
	}
	name := "/Dash Core:23.1.2"
	if len(comments) > 0 {
		name += "(" + strings.Join(comments, "; ") + ")"
	}
	name += "/"
	if len(name) > maxUserAgent {
		return "", fmt.Errorf("Total length of network version string (%d) exceeds maximum length (%d). Reduce the number or size of uacomments.", len(name), maxUserAgent) //nolint:staticcheck // Dash Core's text
	}
	return name, nil
}

// seconds is an option that is a number of seconds.
func (c *Core) seconds(name string) time.Duration {
	return time.Duration(min(max(c.o.Config.Int64(name), 0), 1<<31)) * time.Second
}

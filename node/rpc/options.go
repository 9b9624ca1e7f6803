package rpc

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"dashmp/node"
	"dashmp/sandbox/broker"
	"dashmp/wallet"
)

// Defaults of Dash Core (src/httpserver.h), and of what it does not bound.
const (
	DefaultThreads     = 4
	DefaultWorkQueue   = 16
	DefaultTimeout     = 30 * time.Second
	DefaultMaxBody     = 32 << 20 // MAX_SIZE of src/serialize.h
	DefaultMaxConns    = 256
	DefaultMaxReply    = 256 << 20
	DefaultCallTimeout = time.Minute
)

// Options is what a Server is made of. Zero values of limits mean the defaults.
type Options struct {
	// Listeners are closed by the Server.
	Listeners []net.Listener

	// Node, Wallet and Secrets are the owners of methods. A nil one is down until
	// SetNode, SetWallet or SetSecrets says otherwise.
	Node    node.Node
	Wallet  wallet.Loader
	Secrets wallet.SecretBox
	// DisableWallet removes the wallet's methods (-disablewallet).
	DisableWallet bool
	// Broker stops the tree and knows its isolation; nil makes the methods that
	// need it fail.
	Broker broker.RPC
	// Echo is what echoipc calls: text through a fresh process and back. Nil
	// answers in this process, as Dash Core's dashd does.
	Echo func(ctx context.Context, text string) (string, error)

	// Credentials say who may log in.
	Credentials Credentials
	// Allow are networks that may connect, besides the loopback ones.
	Allow []netip.Prefix
	// Whitelist restricts users to methods; nil restricts nobody.
	Whitelist *Whitelist
	// REST serves the chain without a password (-rest).
	REST bool
	// ExternalUsers have a work queue of their own, which is served last.
	ExternalUsers []string

	Threads       int           // calls in progress (-rpcthreads)
	WorkQueue     int           // calls that wait (-rpcworkqueue)
	ExternalQueue int           // the same for external users (-rpcexternalworkqueue)
	Timeout       time.Duration // for every wait for a client (-rpcservertimeout)
	CallTimeout   time.Duration // for an owner to answer, where its row says nothing else
	MaxConns      int           // open connections
	MaxBody       int           // bytes of a request's body
	MaxReply      int           // bytes of a batch's reply

	// Chain is the network: main, test, devnet or regtest.
	Chain string
	// Started is when the node was started; Now is its clock.
	Started time.Time
	Now     func() time.Time
	// LogPath is the path of debug.log, for display.
	LogPath string
	// LogIPs allows addresses of clients in debug records (-logips).
	LogIPs bool
	Logger *slog.Logger
}

func (o *Options) setDefaults() {
	fill := func(n *int, def int) {
		if *n <= 0 {
			*n = def
		}
	}
	fill(&o.Threads, DefaultThreads)
	fill(&o.WorkQueue, DefaultWorkQueue)
	fill(&o.ExternalQueue, DefaultWorkQueue)
	fill(&o.MaxConns, DefaultMaxConns)
	fill(&o.MaxBody, DefaultMaxBody)
	fill(&o.MaxReply, DefaultMaxReply)
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.CallTimeout <= 0 {
		o.CallTimeout = DefaultCallTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

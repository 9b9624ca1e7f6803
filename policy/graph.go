package policy

// Graph returns the process graph: every permitted direction of calls. The
// supervisor makes a socket pair for each edge between roles and for no other
// pair; the bootstrap object of each end offers exactly the interfaces listed.
//
//	            every role ──> supervisor (its own Broker)
//
//	rpc ──> core <── wallet
//	 │  └──> wallet ──> signer
//	 └──> signer (SecretBox only)
func Graph() []Edge {
	return []Edge{
		{Core, Supervisor, []string{"broker.Core"}, nil,
			"open block files, run notify commands"},
		{RPC, Supervisor, []string{"broker.RPC"}, nil,
			"stop the tree, spawn an echo, report isolation"},
		{Wallet, Supervisor, []string{"broker.Wallet"}, nil,
			"list, create and open wallet databases"},
		{Signer, Supervisor, []string{"broker.Signer"}, nil,
			"open key stores"},

		{Supervisor, Core, []string{"ipc.Init", "broker.Role"}, nil,
			"wire siblings, stop"},
		{Supervisor, RPC, []string{"ipc.Init", "broker.Role"}, nil,
			"wire siblings, stop"},
		{Supervisor, Wallet, []string{"ipc.Init", "broker.Role"}, nil,
			"wire siblings, stop"},
		{Supervisor, Signer, []string{"ipc.Init", "broker.Role"}, nil,
			"wire siblings, stop"},
		{Supervisor, Echo, []string{"ipc.Init", "ipc.Echo", "broker.Role"}, nil,
			"a foreign parent, or a fresh process per echoipc call"},

		{RPC, Echo, []string{"ipc.Init", "ipc.Echo"}, nil,
			"echoipc: the broker hands the rpc role the echo's socket"},
		{RPC, Core, []string{"node.Node"}, nil,
			"the RPCs that the core owns"},
		{RPC, Wallet, []string{"wallet.Loader"}, nil,
			"the RPCs that the wallet owns"},
		{RPC, Signer, []string{"wallet.SecretBox"}, nil,
			"deposit a secret, unlock with one, take an export; no signing request of its own"},
		{Wallet, Core, []string{"node.Chain"}, []string{"node.Notifications"},
			"follow the chain; the core calls back on this connection only"},
		{Wallet, Signer, []string{"wallet.Signer"}, nil,
			"ask for signatures under the signer's policy"},
	}
}

// EdgeBetween returns the edge from one role to another; false if calls in that
// direction are not permitted.
func EdgeBetween(from, to Role) (Edge, bool) {
	for _, e := range Graph() {
		if e.From == from && e.To == to {
			return e, true
		}
	}
	return Edge{}, false
}

// Command dash-node-core is the core role: the chain and, later, everything
// that reads bytes from peers. dash-node starts it; by hand it cannot run.
//
// Privileges: two databases from the grant, block files from its broker, its
// log and its sockets; see policy, role core.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"time"

	"dashmp/ipc"
	"dashmp/ipc/proxy/brokerproxy"
	"dashmp/ipc/proxy/nodeproxy"
	"dashmp/node/core"
	"dashmp/policy"
	"dashmp/sandbox/role"
)

func main() { role.Main(policy.Core, start) }

// start opens the chain before the role offers anything.
func start(ctx context.Context, env *role.Env) (role.Service, error) {
	p, err := core.Params(env.Config)
	if err != nil {
		return nil, err
	}
	c, err := core.Open(ctx, core.Options{
		Params: p, Config: env.Config,
		BlockIndex: env.Files["blockindex"], ChainState: env.Files["chainstate"],
		Indexes:    core.IndexFiles{Tx: env.Files["txindex"], Filter: env.Files["blockfilterindex"], CoinStats: env.Files["coinstatsindex"]},
		LoadBlocks: loadBlocks(env), PeerListeners: peerListeners(env),
		Broker: brokerproxy.NewCoreClient(env.Broker),
		Now:    env.Now, WallClock: time.Now, Random: rand.Reader,
		Log: env.Log,
	})
	if err != nil {
		return nil, err
	}
	return &service{c}, nil
}

// loadBlocks are the granted files of -loadblock, by the operator's names.
func loadBlocks(env *role.Env) (files []core.ImportFile) {
	for i, name := range env.Config.Strings("loadblock") {
		if f := env.Files[fmt.Sprintf("loadblock/%d", i)]; f != nil {
			files = append(files, core.ImportFile{Name: name, File: f})
		}
	}
	return files
}

// peerListeners are the granted listeners in the order of their numbers.
func peerListeners(env *role.Env) (files []*os.File) {
	for {
		f, ok := env.Files[fmt.Sprintf("peerlistener/%d", len(files))]
		if !ok {
			return files
		}
		files = append(files, f)
	}
}

// service is the component as the role's runtime sees it.
type service struct{ core *core.Core }

// Bootstrap offers the RPCs to the rpc role and the chain to the wallet role.
func (s *service) Bootstrap(peer policy.Role) *ipc.Object {
	switch peer {
	case policy.RPC:
		return nodeproxy.NewNodeObject(s.core, nil)
	case policy.Wallet:
		return nodeproxy.NewChainObject(s.core, nil)
	}
	return nil
}

// Connected does nothing: the core calls nobody but its broker.
func (s *service) Connected(policy.Role, *ipc.Conn) {}

// Disconnected does nothing: registrations end with their references.
func (s *service) Disconnected(policy.Role) {}

// Stop closes the chain.
func (s *service) Stop(context.Context) error { return s.core.Close() }

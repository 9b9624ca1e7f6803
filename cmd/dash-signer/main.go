// Command dash-signer is the signer role: the only process that holds secrets
// in clear. dash-node starts it; by hand it cannot run.
//
// Build it with GOEXPERIMENT=runtimesecret, so that signing leaves no copies of
// a key in memory.
//
// Privileges: its log and its sockets, two files per key store from its broker,
// secret memory that it makes or is passed; see policy, role signer.
package main

import (
	"context"

	"dashmp/ipc"
	"dashmp/ipc/proxy/brokerproxy"
	"dashmp/ipc/proxy/walletproxy"
	"dashmp/node/params"
	"dashmp/policy"
	"dashmp/sandbox/role"
	"dashmp/wallet/signer"
)

func main() { role.Main(policy.Signer, start) }

func start(_ context.Context, env *role.Env) (role.Service, error) {
	p, err := params.Select(env.Config.Chain, params.Options{})
	if err != nil {
		return nil, err
	}
	rules, err := signer.Configured(env.Config.Chain, env.Config.String("maxtxfee"))
	if err != nil {
		return nil, err
	}
	s, err := signer.New(signer.Options{
		Network: env.Config.ChainName, Base58: p.Base58, Broker: brokerproxy.NewSignerClient(env.Broker),
		Policy: rules, Now: env.Now, Log: env.Log,
	})
	if err != nil {
		return nil, err
	}
	return &service{s}, nil
}

// service is the component as the role's runtime sees it.
type service struct{ signer *signer.Signer }

// Bootstrap offers the rpc role a box of its own for each connection, which is
// wiped with its last reference, and so with the connection. The wallet role
// gets the signer.
func (s *service) Bootstrap(peer policy.Role) *ipc.Object {
	switch peer {
	case policy.RPC:
		box := s.signer.NewBox()
		return walletproxy.NewSecretBoxObject(box, func() { box.Close() })
	case policy.Wallet:
		return walletproxy.NewSignerObject(s.signer, nil)
	}
	return nil
}

// Connected does nothing: the signer calls nobody.
func (s *service) Connected(policy.Role, *ipc.Conn) {}

// Disconnected does nothing: a box ends with its references.
func (s *service) Disconnected(policy.Role) {}

// Stop wipes all secrets.
func (s *service) Stop(context.Context) error {
	return s.signer.Close()
}

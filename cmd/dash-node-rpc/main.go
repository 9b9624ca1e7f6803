package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"

	"dashmp/ipc/proxy/brokerproxy"
	"dashmp/node/rpc"
	"dashmp/policy"
	"dashmp/sandbox/role"
)

func main() { role.Main(policy.RPC, start) }

// start makes the component of what the grant holds.
func start(_ context.Context, env *role.Env) (role.Service, error) {
	o, err := options(env)
	defer clear(o.Credentials.UserPass)
	if err != nil {
		return nil, err
	}
	broker := brokerproxy.NewRPCClient(env.Broker)
	o.Broker = broker
	o.Echo = (&echoer{broker: broker, log: env.Log}).echo
	o.Listeners, err = listeners(env.Files)
	if err != nil {
		return nil, err
	}
	server, err := rpc.New(o)
	if err != nil {
		return nil, err
	}
	s := newService(server, env.Log, !o.DisableWallet)
	server.Start()
	return s, nil
}

// listeners takes the granted listeners in the order of their numbers.
func listeners(files map[string]*os.File) ([]net.Listener, error) {
	var out []net.Listener
	for i := 0; ; i++ {
		f, ok := files[fmt.Sprintf("rpclistener/%d", i)]
		if !ok {
			return out, nil
		}
		l, err := rpc.NewListener(f)
		if err != nil {
			return nil, err
		}
		out = slices.Insert(out, i, l)
	}
}

// Command standin takes the place of every role program in the tests of the
// tree: it has no component, but a real sandbox, a real broker and real
// siblings. The role is the name it is started by. What it says in the log is
// what the tests look for.
//
// It is no stand-in where the sandbox of a role is to be proved: those tests
// act inside the real programs.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/ipc"
	"dashmp/ipc/proxy/brokerproxy"
	"dashmp/ipc/proxy/initproxy"
	"dashmp/policy"
	"dashmp/sandbox/broker"
	"dashmp/sandbox/role"
)

func main() {
	name := filepath.Base(os.Args[0])
	for _, spec := range policy.All() {
		if spec.Program == name {
			role.Main(spec.Role, start)
		}
	}
	fmt.Fprintln(os.Stderr, "standin: no role has the program "+name)
	os.Exit(1)
}

// service offers Init to every sibling and echoes through each that it meets.
type service struct {
	env     *role.Env
	reached atomic.Int32
}

// Values of -par on which the core standin misbehaves.
const (
	parViolate = 77 // makes a socket, once it is up
	parFail    = 78 // cannot start
	parHostile = 79 // attacks its supervisor, once it is up
)

func start(ctx context.Context, env *role.Env) (role.Service, error) {
	s := &service{env: env}
	switch env.Role {
	case policy.Core:
		c := brokerproxy.NewCoreClient(env.Broker)
		if err := openFile(ctx, c); err != nil {
			return nil, err
		}
		if env.Config.Int64("par") == parFail {
			return nil, fmt.Errorf("standin: told to fail\n\x1b[31m")
		}
	case policy.RPC:
		b := brokerproxy.NewRPCClient(env.Broker)
		if err := echoOnce(ctx, b); err != nil {
			return nil, err
		}
	case policy.Wallet:
		b := brokerproxy.NewWalletClient(env.Broker)
		if _, err := b.OpenWallet(ctx, "../../../etc/passwd"); err == nil {
			return nil, fmt.Errorf("the broker opened a file outside")
		}
	case policy.Signer:
		b := brokerproxy.NewSignerClient(env.Broker)
		if _, err := b.OpenKeyStore(ctx, "none", false); err == nil {
			return nil, fmt.Errorf("the broker opened what does not exist")
		}
	}
	env.Log.Info("standin: started", "pid", os.Getpid(), "chain", env.Config.Chain)
	return s, nil
}

// openFile uses a descriptor of the broker.
func openFile(ctx context.Context, c *brokerproxy.CoreClient) error {
	fd, err := c.OpenBlockFile(ctx, broker.BlockFile, 0)
	if err != nil {
		return err
	}
	f := fd.File("blk")
	defer f.Close()
	_, err = f.WriteAt([]byte("block"), 0)
	return err
}

// echoOnce has the supervisor start an echo process and echoes through it.
func echoOnce(ctx context.Context, b *brokerproxy.RPCClient) error {
	fd, err := b.SpawnEcho(ctx)
	if err != nil {
		return err
	}
	conn, err := ipc.NewConn(fd.File("echo"), ipc.Options{Name: "rpc", Peer: "echo"})
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // the end of the test
	return echo(ctx, conn)
}

func echo(ctx context.Context, conn *ipc.Conn) error {
	i, err := initproxy.BootstrapInit(ctx, conn)
	if err != nil {
		return err
	}
	defer i.Close() //nolint:errcheck // the connection goes with it
	e, err := i.MakeEcho(ctx)
	if err != nil {
		return err
	}
	got, err := e.Echo(ctx, "hello")
	if err == nil && got != "hello" {
		err = fmt.Errorf("echo answered %q", got)
	}
	return err
}

type hello struct{}

func (hello) MakeEcho(context.Context) (ipc.Echo, error)       { return hello{}, nil }
func (hello) Echo(_ context.Context, s string) (string, error) { return s, nil }

func (s *service) Bootstrap(policy.Role) *ipc.Object { return initproxy.NewInitObject(hello{}, nil) }

func (s *service) Connected(peer policy.Role, c *ipc.Conn) {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		err := echo(ctx, c)
		s.env.Log.Info(fmt.Sprintf("standin: %s reached %s: %v", s.env.Role, peer, err))
		if s.env.Role == policy.RPC && s.reached.Add(1) == 3 {
			s.isolation(ctx)
		}
		if s.env.Role == policy.Core && s.env.Config.Int64("par") == parViolate {
			_, _ = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
		}
		if s.env.Role == policy.Core && s.env.Config.Int64("par") == parHostile {
			attack(s.env)
		}
	}()
}

// isolation asks the supervisor for the status and logs what it says.
func (s *service) isolation(ctx context.Context) {
	b, err := brokerproxy.NewRPCClient(s.env.Broker.AddRef()).Isolation(ctx)
	if err != nil {
		s.env.Log.Error("standin: isolation: " + err.Error())
		return
	}
	var iso struct {
		Warning   string `json:"warning"`
		Processes []struct {
			Role     string   `json:"role"`
			Confined bool     `json:"confined"`
			Faults   []string `json:"faults"`
		} `json:"processes"`
	}
	if err := json.Unmarshal(b, &iso); err != nil {
		s.env.Log.Error("standin: isolation: " + err.Error())
		return
	}
	confined, all := 0, 0
	for _, p := range iso.Processes {
		if p.Role == string(policy.Echo) {
			continue // comes and goes
		}
		all++
		if p.Confined && len(p.Faults) == 0 {
			confined++
		}
		for _, f := range p.Faults {
			s.env.Log.Info("standin: fault: " + f)
		}
	}
	s.env.Log.Info(fmt.Sprintf("standin: %d of %d confined, warning %q", confined, all, iso.Warning))
}

func (s *service) Disconnected(peer policy.Role) {
	s.env.Log.Info(fmt.Sprintf("standin: %s lost %s", s.env.Role, peer))
}

func (s *service) Stop(context.Context) error {
	s.env.Log.Info("standin: stopped")
	return nil
}

package role

import (
	"context"
	"log/slog"
	"os"
	"time"

	"dashmp/ipc"
	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/role/config"
)

// Env is what a component is given.
type Env struct {
	Role  policy.Role
	Build string
	Mode  sandbox.Mode
	// Config is the role's part of the operator's configuration.
	Config *config.Config
	// Files are the granted descriptors by their names in the manifest, without
	// the log socket. The component owns them.
	Files map[string]*os.File
	// Broker is the supervisor's object for this role: make the client that
	// belongs to the role of it (brokerproxy.NewCoreClient(env.Broker) …).
	Broker *ipc.Ref
	// Log goes to debug.log.
	Log *slog.Logger
	// Now is the node's clock: it follows mock time (-mocktime, setmocktime).
	Now func() time.Time
	// Stopping is closed when the role has been asked to stop, or has lost its
	// supervisor; Service.Stop is called after that.
	Stopping <-chan struct{}
}

// StartFunc starts the component. The context ends when the role is to stop.
// An error ends the process; its text reaches the operator in one line.
type StartFunc func(ctx context.Context, env *Env) (Service, error)

// Service is a running component, as the runtime sees it.
type Service interface {
	// Bootstrap returns what this role offers to that sibling, nil for nothing.
	// It is called once for each connection.
	Bootstrap(peer policy.Role) *ipc.Object
	// Connected tells that a connection to a sibling is up. A sibling that was
	// restarted comes with a new one, after Disconnected.
	Connected(peer policy.Role, c *ipc.Conn)
	// Disconnected tells that the last connection of Connected has ended. The
	// connection is closed already.
	Disconnected(peer policy.Role)
	// Stop ends the component: no new work, what was acknowledged on disk. The
	// runtime closes the connections afterwards.
	Stop(ctx context.Context) error
}

// Program is a role program.
type Program struct {
	Role  policy.Role
	Start StartFunc
	// Warm does what the component's packages would do lazily with calls that
	// the sandbox refuses; may be nil.
	Warm func() error
}

// Main runs a role program and exits the process.
func Main(r policy.Role, start StartFunc) { Program{Role: r, Start: start}.Main() }

// Main runs the program and exits the process.
func (p Program) Main() { os.Exit(p.Run(context.Background(), os.Args[1:], os.Stderr)) }

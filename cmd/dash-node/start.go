package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"dashmp/node/options"
	"dashmp/node/options/hostfiles"
	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/broker/datadir"
	"dashmp/sandbox/broker/host"
	"dashmp/sandbox/broker/notify"
	"dashmp/sandbox/build"
	"dashmp/sandbox/logd"
	"dashmp/sandbox/role/config"
	"dashmp/sandbox/supervisor"
)

// node is what a start has acquired so far.
type node struct {
	c      *options.Config
	env    []string
	io     stdio
	mode   sandbox.Mode
	parent *umbilical
	data   datadir.Options

	log     *logd.Service
	logger  *slog.Logger
	tree    *supervisor.Tree
	dir     *datadir.Dir
	notify  *notify.Runner
	cookie  *host.Cookie
	pidFile string
	ipc     clients
}

// start reads the configuration and runs the node.
func start(ctx context.Context, args, env []string, io stdio) error {
	parent, env := isDaemonChild(env)
	defer parent.close()
	files, err := hostfiles.New()
	if err != nil {
		return err
	}
	c, err := options.Parse(options.DashNode, args, files)
	if err != nil {
		return err
	}
	if done := inform(c, io); done {
		return nil
	}
	for _, w := range c.Warnings {
		fmt.Fprintln(io.err, w)
	}
	n := &node{c: c, env: env, io: io, parent: parent, data: host.DataDir(c, files.WorkDir())}
	if err := n.check(ctx); err != nil {
		n.abandon()
		return err
	}
	if wantsDaemon(c) && parent == nil {
		n.abandon()
		return daemonize(args, env, io)
	}
	return n.run(ctx)
}

// inform answers -version and -help.
func inform(c *options.Config, io stdio) bool {
	switch c.Information() {
	case options.VersionRequested:
		fmt.Fprintf(io.out, "%s\n\nDistributed under the MIT software license.\nThis is experimental software.\n", host.VersionLine())
	case options.HelpRequested:
		fmt.Fprintf(io.out, "%s\n\nUsage:  dash-node [options]                     Start the node\n\n%s",
			host.VersionLine(), options.Help(options.DashNode, c.IsSet("help-debug")))
	default:
		return false
	}
	return true
}

// check finds whatever makes the start fail, without creating or changing
// anything: directories, programs, filters, and that a process can be confined
// here.
func (n *node) check(ctx context.Context) error {
	var err error
	if n.mode, err = parseMode(n.c); err != nil {
		return err
	}
	if err := datadir.Probe(n.data); err != nil {
		return err
	}
	if _, err := host.BindOptions(n.c); err != nil {
		return err
	}
	if _, err := host.PeerBindOptions(n.c); err != nil {
		return err
	}
	if err := n.probeIPC(); err != nil {
		return err
	}
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	roles := n.roles()
	all := append([]policy.Role{policy.Echo}, roles...)
	programs, err := supervisor.OpenPrograms(supervisor.ProgramDirs(exe), all)
	if err != nil {
		return err
	}
	filters, err := supervisor.CompileFilters(all, n.mode)
	if err != nil {
		return err
	}
	o, warnings := host.LogOptions(n.c, n.io.out)
	for _, w := range warnings {
		fmt.Fprintln(n.io.err, "Warning: "+w)
	}
	n.log = logd.New(o)
	n.logger = n.log.Logger()
	for _, w := range warnings {
		n.logger.Info("Warning: " + w)
	}
	n.tree, err = supervisor.New(supervisor.Config{
		Build: build.ID(), Mode: n.mode, Roles: roles, Programs: programs, Filters: filters,
		Configs: n.configs(roles, o.Path), Log: n.log, Logger: n.logger, LogIPs: n.c.Bool("logips"),
		ExportDir: host.ExportDir(n.c),
	})
	if err != nil {
		return err
	}
	return n.tree.Check(ctx)
}

// roles are the members of the tree by the options.
func (n *node) roles() []policy.Role {
	roles := []policy.Role{policy.Core, policy.Signer}
	if !n.c.Bool("disablewallet") {
		roles = append(roles, policy.Wallet)
	}
	if n.c.BoolOr("server", true) {
		roles = append(roles, policy.RPC)
	}
	return roles
}

// configs is what each role is told.
func (n *node) configs(roles []policy.Role, logPath string) map[policy.Role]config.Config {
	base := config.Config{
		Chain: n.c.Chain(), ChainName: n.c.ChainName(), Started: time.Now().Unix(),
		DataDir: n.c.NetDir(), LogPath: logPath,
	}
	all := map[policy.Role]config.Config{}
	for _, r := range roles {
		spec, _ := policy.Get(r)
		cfg := config.New(spec, n.c, base)
		if r == policy.Core {
			cfg.Interfaces = host.Interfaces(n.c)
		}
		all[r] = cfg
	}
	return all
}

// run takes the data directory, brings the tree up, waits and stops it.
func (n *node) run(ctx context.Context) error {
	signal.Ignore(syscall.SIGPIPE)
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if !n.c.Bool("daemonwait") {
		n.parent.tell()
	}
	err := n.acquire()
	if err == nil {
		var hold supervisor.Holdings
		if hold, err = n.holdings(); err == nil {
			err = n.tree.Start(ctx, hold)
		}
	}
	if err == nil {
		err = n.listenIPC()
	}
	if err == nil {
		n.up()
		n.wait(ctx, hup)
		n.notify.RunShutdown(context.Background())
	} else if ctx.Err() != nil {
		n.logger.Info("Shutdown requested. Exiting.")
		err = shownError{ctx.Err()} // exit code 1 and no text, as Dash Core
	} else if errors.Is(err, supervisor.ErrStopped) {
		n.logger.Info("Shutdown requested. Exiting.")
		if err = nil; n.showAbort() {
			err = shownError{supervisor.ErrStopped}
		}
	} else {
		for line := range strings.Lines(host.ErrorText(err.Error())) {
			n.logger.Error(strings.TrimRight(line, "\n"))
		}
	}
	n.shutdown()
	return err
}

// acquire takes the directory and begins the log. From here on there are traces.
func (n *node) acquire() error {
	var err error
	if n.dir, err = datadir.Open(n.data); err != nil {
		return err
	}
	if err := host.WriteFiles(n.c); err != nil {
		return err
	}
	pid := n.c.NetPath("pid")
	if err := host.WritePID(pid); err != nil {
		return err
	}
	n.pidFile = pid
	host.LogStart(n.c, n.logger)
	if err := n.log.Start(); err != nil {
		return err
	}
	n.notify = notify.New(notify.Options{
		Commands: host.NotifyCommands(n.c), Env: n.env, Stdout: n.io.out, Stderr: n.io.err, Logger: n.logger,
	})
	n.logger.Info("Using wallet directory " + n.dir.WalletPath())
	return nil
}

// holdings binds the RPC listeners and makes the credentials.
func (n *node) holdings() (supervisor.Holdings, error) {
	hold := supervisor.Holdings{
		Dir: n.dir, Notify: n.notify, Secrets: map[policy.Role]map[string]*os.File{},
		Indexes: host.Indexes(n.c), Startup: host.Startup(n.c),
		Rebuild: supervisor.Rebuild{
			Index: n.c.Bool("reindex"), Clean: n.c.Int64("prune") > 0,
			Chainstate: n.c.Bool("reindex-chainstate"), Imports: n.c.Strings("loadblock"),
		},
	}
	bind, err := host.PeerBindOptions(n.c)
	if err != nil {
		return hold, err
	}
	hold.Peers = host.PeerGuard(n.c, bind, nil)
	if hold.PeerListeners, err = host.ListenPeers(bind, n.logger, n.report); err != nil {
		return hold, err
	}
	if !n.c.BoolOr("server", true) {
		return hold, nil
	}
	if hold.Listeners, err = host.ListenRPC(n.c, n.logger); err != nil {
		return hold, err
	}
	secrets, err := n.credentials()
	hold.Secrets[policy.RPC] = secrets
	return hold, err
}

// report shows the operator an error that does not end the start.
func (n *node) report(text string) { fmt.Fprintln(n.io.err, "Error: "+text) }

// credentials makes the cookie, or takes the password that replaces it
// (httprpc.cpp, InitRPCAuthentication), as secrets of the rpc role.
func (n *node) credentials() (map[string]*os.File, error) {
	name, value := "rpccookie", []byte(nil)
	if pw := n.c.String("rpcpassword"); pw != "" {
		n.logger.Info("Config options rpcuser and rpcpassword will soon be deprecated. Locally-run instances may remove rpcuser to use cookie-based auth, or may be replaced with rpcauth. Please see share/rpcauth for rpcauth auth generation.")
		name, value = "rpcpassword", []byte(pw)
	} else {
		n.logger.Info("Using random cookie authentication.")
		var err error
		if n.cookie, value, err = host.WriteCookie(n.c.NetPath("rpccookiefile")); err != nil {
			return nil, host.NoServer(n.logger, err)
		}
		n.logger.Info("Generated RPC authentication cookie " + n.cookie.Path())
	}
	defer clear(value)
	f, err := host.SecretFile(name, value)
	if err != nil {
		return nil, err
	}
	return map[string]*os.File{name: f}, nil
}

// up tells that the node runs.
func (n *node) up() {
	n.logger.Info("init message: Done loading")
	n.notify.Post(notify.Startup, notify.Values{})
	n.parent.tell()
}

// showAbort shows the operator the error for which the node stops, if that is why.
func (n *node) showAbort() bool {
	message := n.tree.Aborted()
	if message == "" {
		return false
	}
	n.logger.Error("Error: " + message)
	fmt.Fprintln(n.io.err, "Error: "+message)
	return true
}

// wait returns when the node is to stop.
func (n *node) wait(ctx context.Context, hup <-chan os.Signal) {
	for {
		select {
		case <-hup:
			n.log.Reopen()
		case reason := <-n.tree.StopAsked():
			n.showAbort()
			n.logger.Info("stopping: asked by " + reason)
			return
		case <-ctx.Done():
			n.logger.Info("stopping: signal")
			return
		}
	}
}

// Deadlines of what is left at the end.
const (
	treeTime  = 30 * time.Minute
	flushTime = 5 * time.Second
)

// shutdown stops everything in order and leaves nothing behind.
func (n *node) shutdown() {
	n.logger.Info("PrepareShutdown: In progress...")
	n.ipc.close()
	ctx, cancel := context.WithTimeout(context.Background(), treeTime)
	defer cancel()
	n.tree.Stop(ctx)
	if n.cookie != nil {
		if err := n.cookie.Remove(); err != nil {
			n.logger.Info(err.Error())
		}
	}
	if n.pidFile != "" {
		if err := os.Remove(n.pidFile); err != nil {
			n.logger.Info("Shutdown: Unable to remove PID file: " + filepath.Base(n.pidFile))
		}
	}
	n.logger.Info("Shutdown: done")
	n.abandon()
}

// abandon gives back what does not need an order.
func (n *node) abandon() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	if n.notify != nil {
		n.notify.Close()
	}
	if n.tree != nil {
		n.tree.Stop(ctx)
	}
	if n.log != nil {
		_ = n.log.Close(ctx)
	}
	if n.dir != nil {
		n.dir.Close()
	}
}

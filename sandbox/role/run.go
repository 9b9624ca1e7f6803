package role

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os/signal"
	"syscall"
	"time"

	"dashmp/ipc"
	"dashmp/ipc/proxy/brokerproxy"
	"dashmp/ipc/proxy/initproxy"
	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/broker"
	"dashmp/sandbox/build"
	"dashmp/sandbox/logd"
	"dashmp/sandbox/probe"
	"dashmp/sandbox/role/config"
)

// Exit codes of a role that entered its sandbox; package sandbox has those of
// one that did not.
const (
	exitOK = 0
	// exitUsage is also Dash Core's code for a bad command line.
	exitUsage = 1
	// ExitFatal: the component could not start, and trying again will not help
	// the operator: the last line on stderr says why, after FatalPrefix.
	ExitFatal = 70
	// exitOrphan: the supervisor has gone.
	exitOrphan = 75
)

// FatalPrefix begins the line on stderr that says why a component could not
// start.
const FatalPrefix = "fatal: "

// Deadlines of a stop. The supervisor has its own for the orderly one and kills
// what exceeds it; the one after its loss is short, since nobody waits.
const (
	stopTime   = 15 * time.Minute
	orphanTime = 5 * time.Second
	flushTime  = 2 * time.Second
)

// Run is Main without the exit: it returns the exit code.
func (p Program) Run(ctx context.Context, args []string, stderr io.Writer) int {
	fd, err := parseArgs(p.Role, args)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitUsage
	}
	// A terminal's Ctrl-C and a service manager's SIGTERM go to every process;
	// only the supervisor acts on them.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	boot, err := sandbox.Enter(ctx, fd, sandbox.EnterOptions{Role: p.Role, Build: build.ID(), Warm: p.Warm})
	if err != nil {
		spec, _ := policy.Get(p.Role)
		fmt.Fprintf(stderr, "%s: %v\n", spec.Program, err)
		return sandbox.ExitCode(err)
	}
	if code, done := probe.Hook(boot); done { // test builds only
		return code
	}
	if boot.Foreign {
		signal.Reset(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	}
	if boot.Role == policy.Echo {
		return serveEcho(ctx, boot, stderr)
	}
	return p.serve(ctx, boot, stderr)
}

// serve runs the component from the ready report to its stop.
func (p Program) serve(ctx context.Context, boot *sandbox.Boot, stderr io.Writer) int {
	cfg, err := config.Parse(boot.Config)
	if err != nil {
		fmt.Fprintln(stderr, FatalPrefix+err.Error())
		return ExitFatal
	}
	sender := logd.NewSender(boot.Files["log"])
	delete(boot.Files, "log")
	filter, _ := logd.ParseFilter(cfg.Strings("debug"), cfg.Strings("debugexclude"), cfg.Strings("loglevel"))
	categories := logd.NewSwitch(filter)
	log := sender.Logger(categories)
	r := newRuntime(boot.Role, log, categories)
	r.clock.Set(cfg.Int64("mocktime"))
	code := r.run(ctx, p.Start, boot, cfg, stderr)
	flush, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	_ = sender.Close(flush) // lost lines are all that is lost
	return code
}

// run connects to the supervisor, starts the component and waits for the end.
func (r *runtime) run(ctx context.Context, start StartFunc, boot *sandbox.Boot, cfg *config.Config, stderr io.Writer) int {
	offer := ipc.Merge(initproxy.NewInitObject(makeEcho{}, nil), brokerproxy.NewRoleObject(r, nil))
	options := r.options(policy.Supervisor, offer)
	options.Limits = broker.Limits()
	conn, err := ipc.NewConn(boot.Socket, options)
	if err != nil {
		fmt.Fprintln(stderr, FatalPrefix+"supervisor: "+err.Error())
		return ExitFatal
	}
	defer conn.Close() //nolint:errcheck // nobody is left to tell
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go r.watch(ctx, cancel, conn)
	ref, err := conn.Bootstrap(ctx)
	if err == nil {
		env := &Env{
			Role: boot.Role, Build: boot.Build, Mode: boot.Mode, Config: cfg, Files: boot.Files,
			Broker: ref, Log: r.log, Now: r.clock.Now, Stopping: r.stopping,
		}
		r.service, err = start(ctx, env)
	}
	if err != nil {
		r.log.Error(err.Error())
		fmt.Fprintln(stderr, FatalPrefix+logd.Quote(err.Error()))
		return ExitFatal
	}
	close(r.started)
	<-r.stopping
	return r.end(conn)
}

// watch turns the loss of the supervisor and the end of ctx into a stop, and a
// stop into the end of the component's context.
func (r *runtime) watch(ctx context.Context, cancel context.CancelFunc, conn *ipc.Conn) {
	select {
	case <-conn.Done():
		r.requestStop()
	case <-ctx.Done():
		r.requestStop()
	case <-r.stopping:
	}
	cancel()
}

// end stops the component and closes the connections to the siblings.
func (r *runtime) end(conn *ipc.Conn) int {
	limit, code := stopTime, exitOK
	select {
	case <-conn.Done():
		r.log.Warn("the supervisor has gone; stopping")
		limit, code = orphanTime, exitOrphan
	default:
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := r.service.Stop(ctx); err != nil {
		r.log.Error("stop: " + err.Error())
	}
	r.closePeers()
	return code
}

// options are those of a connection to peer that offers o.
func (r *runtime) options(peer policy.Role, o *ipc.Object) ipc.Options {
	var trace *ipc.Tracer
	ipcLog := r.log.With(logd.Category("ipc"))
	if ipcLog.Enabled(context.Background(), slog.LevelDebug) {
		trace = ipc.NewTracer(ipcLog)
	}
	return ipc.Options{
		Name: string(r.role), Peer: string(peer), Bootstrap: o,
		Trace: trace, Logger: r.log, CheckFD: r.checkFD(peer), NoFDs: len(dynamicClasses(r.spec, peer)) == 0,
	}
}

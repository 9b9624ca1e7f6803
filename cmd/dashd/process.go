package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"dashmp/cmd/internal/daemon"
	"dashmp/node/options"
	"dashmp/sandbox/broker/datadir"
	"dashmp/sandbox/broker/host"
	"dashmp/sandbox/broker/notify"
	"dashmp/sandbox/broker/peers"
	"dashmp/sandbox/logd"
	"dashmp/sandbox/role/mockclock"
)

// process is what a start has acquired so far.
type process struct {
	c      *options.Config
	env    []string
	std    stdio
	parent *daemon.Parent
	data   datadir.Options

	log     *logd.Service
	logger  *slog.Logger
	dir     *datadir.Dir
	exports *datadir.Exports
	notify  *notify.Runner
	peers   *peers.Guard
	cookie  *host.Cookie
	pidFile string
	started time.Time
	clock   mockclock.Clock
	// asked gets the reason when an RPC asks for the stop.
	asked chan string
	parts components
}

// check finds what makes the start fail without creating or changing anything.
func (p *process) check() error {
	if err := datadir.Probe(p.data); err != nil {
		return err
	}
	if _, err := host.BindOptions(p.c); err != nil {
		return err
	}
	if _, err := host.PeerBindOptions(p.c); err != nil {
		return err
	}
	return nil
}

// run takes the data directory, starts the components, waits and stops them.
func (p *process) run(ctx context.Context) error {
	signal.Ignore(syscall.SIGPIPE)
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if !p.c.Bool("daemonwait") {
		p.parent.Tell()
	}
	p.started, p.asked = time.Now(), make(chan string, 1)
	p.beginLog()
	err := p.acquire()
	if err == nil {
		err = p.startComponents(ctx)
	}
	switch {
	case err == nil:
		p.logger.Info("init message: Done loading")
		p.notify.Post(notify.Startup, notify.Values{})
		p.parent.Tell()
		p.wait(ctx, hup)
		p.notify.RunShutdown(context.Background())
	case ctx.Err() != nil:
		p.logger.Info("Shutdown requested. Exiting.")
		err = nil
	default:
		for line := range strings.Lines(host.ErrorText(err.Error())) {
			p.logger.Error(strings.TrimRight(line, "\n"))
		}
	}
	p.shutdown()
	return err
}

func (p *process) beginLog() {
	o, warnings := host.LogOptions(p.c, p.std.out)
	p.log = logd.New(o)
	p.logger = p.log.Logger()
	for _, w := range warnings {
		fmt.Fprintln(p.std.err, "Warning: "+w)
		p.logger.Info("Warning: " + w)
	}
}

// acquire takes the directory and begins the log file.
func (p *process) acquire() error {
	var err error
	if p.dir, err = datadir.Open(p.data); err != nil {
		return err
	}
	p.exports = p.dir.Exports(host.ExportDir(p.c))
	if err := host.WriteFiles(p.c); err != nil {
		return err
	}
	pid := p.c.NetPath("pid")
	if err := host.WritePID(pid); err != nil {
		return err
	}
	p.pidFile = pid
	host.LogStart(p.c, p.logger)
	if err := p.log.Start(); err != nil {
		return err
	}
	p.logger.Info(notIsolated)
	p.notify = notify.New(notify.Options{
		Commands: host.NotifyCommands(p.c), Env: p.env, Stdout: p.std.out, Stderr: p.std.err, Logger: p.logger,
	})
	p.logger.Info("Using wallet directory " + p.dir.WalletPath())
	return nil
}

// wait returns when the node is to stop.
func (p *process) wait(ctx context.Context, hup <-chan os.Signal) {
	for {
		select {
		case <-hup:
			p.log.Reopen()
		case reason := <-p.asked:
			p.logger.Info("stopping: asked by " + reason)
			return
		case <-ctx.Done():
			p.logger.Info("stopping: signal")
			return
		}
	}
}

// Deadlines of the stop.
const (
	partsTime = 10 * time.Minute
	flushTime = 5 * time.Second
)

// shutdown stops everything in order and leaves nothing behind.
func (p *process) shutdown() {
	p.logger.Info("PrepareShutdown: In progress...")
	ctx, cancel := context.WithTimeout(context.Background(), partsTime)
	defer cancel()
	p.parts.stop(ctx, p.logger)
	if p.cookie != nil {
		if err := p.cookie.Remove(); err != nil {
			p.logger.Info(err.Error())
		}
	}
	if p.pidFile != "" {
		if err := os.Remove(p.pidFile); err != nil {
			p.logger.Info("Shutdown: Unable to remove PID file: " + filepath.Base(p.pidFile))
		}
	}
	p.logger.Info("Shutdown: done")
	if p.notify != nil {
		p.notify.Close()
	}
	flush, cancelFlush := context.WithTimeout(context.Background(), flushTime)
	defer cancelFlush()
	_ = p.log.Close(flush) // lost lines are all that is lost
	if p.dir != nil {
		p.dir.Close()
	}
}

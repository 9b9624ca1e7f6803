package host

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"dashmp/node/options"
	"dashmp/sandbox/broker/datadir"
	"dashmp/sandbox/broker/notify"
	"dashmp/sandbox/build"
	"dashmp/sandbox/logd"
)

// VersionLine is how a program names itself. It begins as Dash Core's does,
// since scripts and tests look for that.
func VersionLine() string {
	return fmt.Sprintf("Dash Core version v%s (dashmp %s)", build.Dash, build.ID())
}

// LogOptions reads the options of the log (init/common.cpp, SetLoggingOptions),
// with the warnings that belong on stderr.
func LogOptions(c *options.Config, stdout io.Writer) (logd.Options, []string) {
	filter, warnings := logd.ParseFilter(c.Strings("debug"), c.Strings("debugexclude"), c.Strings("loglevel"))
	filter.IPs = c.Bool("logips")
	o := logd.Options{
		Filter: filter,
		Format: logd.Format{
			Timestamps: c.Bool("logtimestamps"), Micros: c.Bool("logtimemicros"),
			ThreadNames: c.Bool("logthreadnames"), SourceLocations: c.Bool("logsourcelocations"),
			LevelAlways: c.Bool("loglevelalways"),
		},
		Shrink: c.BoolOr("shrinkdebugfile", len(filter.Enabled) == 0),
	}
	if !c.IsNegated("debuglogfile") {
		o.Path = c.NetPath("debuglogfile")
	}
	if c.BoolOr("printtoconsole", !daemon(c)) {
		o.Console = stdout
	}
	return o, warnings
}

func daemon(c *options.Config) bool { return c.Bool("daemon") || c.Bool("daemonwait") }

// DataDir reads where the data directory is. workDir is where relative paths of
// the command line start.
func DataDir(c *options.Config, workDir string) datadir.Options {
	net, _ := filepath.Rel(c.DataDir(), c.NetDir())
	if net == "." {
		net = ""
	}
	abs := func(p string) string {
		if p == "" || filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(workDir, p)
	}
	return datadir.Options{
		Root: c.DataDir(), CreateRoot: !c.IsSet("datadir"), Net: net,
		BlocksDir: abs(c.Path("blocksdir")), WalletDir: abs(c.Path("walletdir")),
	}
}

// NotifyCommands reads the notify commands. As in Dash Core only -shutdownnotify
// may be given several times.
func NotifyCommands(c *options.Config) map[notify.Event][]string {
	all := map[notify.Event][]string{notify.Shutdown: c.Strings(string(notify.Shutdown))}
	for _, e := range []notify.Event{
		notify.Startup, notify.Block, notify.ChainLock, notify.Wallet, notify.InstantSend, notify.Alert,
	} {
		if s := c.String(string(e)); s != "" && !c.IsNegated(string(e)) {
			all[e] = []string{s}
		}
	}
	return all
}

// BindOptions reads where RPC is served.
func BindOptions(c *options.Config) (RPCBind, error) {
	port := c.Int64("rpcport")
	if port < 1 || port > 65535 {
		return RPCBind{}, Sayf("Invalid port specified in -rpcport: '%s'", c.String("rpcport"))
	}
	return RPCBind{Port: uint16(port), Bind: c.Strings("rpcbind"), AllowIP: c.Strings("rpcallowip")}, nil
}

// ListenRPC binds the RPC listeners and logs it in Dash Core's words
// (HTTPBindAddresses): one that fails is logged, all failing is an error.
func ListenRPC(c *options.Config, log *slog.Logger) ([]*os.File, error) {
	b, err := BindOptions(c)
	if err != nil {
		return nil, err
	}
	at, warnings, err := b.Endpoints()
	if err != nil {
		return nil, err
	}
	for _, w := range warnings {
		log.Info(w)
	}
	var all []*os.File
	for _, ap := range at {
		log.Info(fmt.Sprintf("Binding RPC on address %s port %d", ap.Addr(), ap.Port()))
		f, err := Listen(ap)
		if err != nil {
			log.Info(fmt.Sprintf("Binding RPC on address %s port %d failed.", ap.Addr(), ap.Port()), "reason", err)
			continue
		}
		all = append(all, f)
	}
	if len(all) == 0 {
		return nil, errNoServer
	}
	return all, nil
}

// errNoServer is what the operator is shown when RPC cannot be served
// (AppInitServers of init.cpp).
var errNoServer = Sayf("Unable to start HTTP server. See debug log for details.")

// NoServer logs why RPC cannot be served and returns what the operator is shown.
func NoServer(log *slog.Logger, err error) error {
	log.Error(err.Error())
	return errNoServer
}

// LogStart writes the lines with which Dash Core begins a log
// (init/common.cpp, LogPackageVersion and StartLogging).
func LogStart(c *options.Config, log *slog.Logger) {
	log.Info(VersionLine() + " (release build)")
	for _, line := range c.EarlyLog() {
		log.Info(line)
	}
	log.Info("Using data directory " + c.NetDir())
	if c.MissingConf() != "" {
		log.Info(fmt.Sprintf("Config file: %s (not found, skipping)", c.ConfPath()))
	} else {
		log.Info("Config file: " + c.ConfPath())
	}
	for _, line := range c.ArgumentLog() {
		log.Info(line)
	}
}

// WriteFiles writes what Dash Core writes while it reads its configuration: an
// empty dash.conf if there is none, and settings.json. The caller holds the
// lock of the data directory.
func WriteFiles(c *options.Config) error {
	if p := c.MissingConf(); p != "" {
		f, err := os.OpenFile(p, os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			return Sayf("Error reading configuration file: %w", err)
		}
		f.Close()
	}
	if p := c.SettingsPath(); p != "" {
		if err := replace(p, c.SettingsJSON()); err != nil {
			return Sayf("Failed saving settings file:\n- Error: Unable to open settings file %s.tmp for writing\n", p)
		}
	}
	return nil
}

package options

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fakeFiles is a machine with a home directory, some directories and files.
type fakeFiles struct {
	dirs  []string
	files map[string]string
	// unreadable files exist and cannot be opened.
	unreadable []string
}

func (f fakeFiles) ReadFile(path string) ([]byte, error) {
	for _, u := range f.unreadable {
		if u == path {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
		}
	}
	data, ok := f.files[path]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return []byte(data), nil
}

func (f fakeFiles) IsDir(path string) bool {
	for _, d := range f.dirs {
		if d == path {
			return true
		}
	}
	return false
}

func (f fakeFiles) HomeDir() string { return "/home/op" }
func (f fakeFiles) WorkDir() string { return "/work dir" }

// withConf is a machine whose /d/dash.conf has the given text.
func withConf(conf string) fakeFiles {
	return fakeFiles{dirs: []string{"/d", "/e"}, files: map[string]string{"/d/dash.conf": conf}}
}

func parseNode(t *testing.T, f FileReader, args ...string) *Config {
	t.Helper()
	c, err := Parse(DashNode, args, f)
	if err != nil {
		t.Fatalf("Parse(%q): %v", args, err)
	}
	return c
}

func TestParseErrors(t *testing.T) {
	includes := func(name, included string) fakeFiles {
		f := withConf("includeconf=" + name + "\n")
		f.files["/d/"+name] = included
		return f
	}
	d := "-datadir=/d"
	tests := []struct {
		name  string
		args  []string
		files fakeFiles
		kind  ErrorKind
		want  string
	}{
		{"unknown option", []string{d, "-dash_cli=1"}, withConf(""), ErrCommandLine,
			"Error parsing command line arguments: Invalid parameter -dash_cli=1"},
		{"option with a section", []string{d, "-regtest.port=1"}, withConf(""), ErrCommandLine,
			"Error parsing command line arguments: Invalid parameter -regtest.port=1"},
		{"two dashes are shown", []string{"--nope"}, withConf(""), ErrCommandLine,
			"Error parsing command line arguments: Invalid parameter --nope"},
		{"value required", []string{d, "-proxy"}, withConf(""), ErrCommandLine,
			"Error parsing command line arguments: Can not set -proxy with no value. Please specify value with -proxy=value."},
		{"no negation", []string{d, "-nologlevel"}, withConf(""), ErrCommandLine,
			"Error parsing command line arguments: Negating of -loglevel is meaningless and therefore forbidden"},
		{"includeconf", []string{"-includeconf=relative2.conf", "-includeconf=no_warn.conf"}, withConf(""), ErrCommandLine,
			`Error parsing command line arguments: -includeconf cannot be used from commandline; -includeconf="relative2.conf"`},
		{"includeconf twice negated", []string{"-noincludeconf=0"}, withConf(""), ErrCommandLine,
			"Error parsing command line arguments: -includeconf cannot be used from commandline; -includeconf=true"},
		{"loose word", []string{d, "-regtest", "getinfo"}, withConf(""), ErrCommandLine,
			"Command line contains unexpected token 'getinfo', see dashd -h for a list of options."},
		{"empty word", []string{d, ""}, withConf(""), ErrCommandLine,
			"Command line contains unexpected token '', see dashd -h for a list of options."},
		{"data directory", []string{"-datadir=/missing"}, withConf(""), ErrDataDir,
			`Specified data directory "/missing" does not exist.`},
		{"data directory of the file", []string{"-conf=/d/dash.conf"}, withConf("datadir=/missing\n"), ErrConf,
			`Error reading configuration file: specified data directory "/missing" does not exist.`},
		{"conf does not exist", []string{d, "-conf=other.conf"}, withConf(""), ErrConf,
			`Error reading configuration file: specified config file "/d/other.conf" could not be opened.`},
		{"conf in conf", []string{d}, withConf("conf=some.conf\n"), ErrConf,
			"Error reading configuration file: conf cannot be set in the configuration file; use includeconf= if you want to include additional config files"},
		{"conf in included", []string{d}, includes("inc.conf", "conf=some.conf\n"), ErrConf,
			"Error reading configuration file: conf cannot be set in the configuration file; use includeconf= if you want to include additional config files"},
		{"leading dash", []string{d}, withConf("\n-dash=1\n"), ErrConf,
			"Error reading configuration file: parse error on line 2: -dash=1, options in configuration file must be specified without leading -"},
		{"no equals sign", []string{d}, withConf("server\n"), ErrConf,
			"Error reading configuration file: parse error on line 1: server"},
		{"negation without equals sign", []string{d}, withConf("nono\n"), ErrConf,
			"Error reading configuration file: parse error on line 1: nono, if you intended to specify a negated option, use nono=1 instead"},
		{"hash in password", []string{d}, withConf("server=1\nrpcuser=u\nrpcpassword=some#pass"), ErrConf,
			"Error reading configuration file: parse error on line 3, using # in rpcpassword can be ambiguous and should be avoided"},
		{"hash in password of a section", []string{d}, withConf("[main]\nrpcpassword=some#pass"), ErrConf,
			"Error reading configuration file: parse error on line 2, using # in rpcpassword can be ambiguous and should be avoided"},
		{"include missing", []string{d}, withConf("includeconf=relative.conf\n"), ErrConf,
			"Error reading configuration file: Failed to include configuration file relative.conf"},
		{"two chains", []string{d, "-regtest", "-testnet"}, withConf(""), ErrChain,
			"Only one of -regtest, -testnet, -devnet or -chain can be used."},
		{"chain beside regtest", []string{d, "-chain=test"}, withConf("regtest=1\n"), ErrChain,
			"Only one of -regtest, -testnet, -devnet or -chain can be used."},
		{"unknown chain", []string{d, "-chain=moon"}, withConf(""), ErrChain,
			"CreateBaseChainParams: Unknown chain moon."},
		{"devnet with a slash", []string{d, "-devnet=../x"}, withConf(""), ErrChain, "Invalid devnet name 'devnet-../x'"},
		{"network-only in top part", []string{d}, withConf("regtest=1\nwallet=foo\n"), ErrSection,
			"Config setting for -wallet only applied on regtest network when in [regtest] section."},
		{"two network-only in top part", []string{d}, withConf("regtest=1\nwallet=foo\nport=3\n"), ErrSection,
			"Config setting for -port only applied on regtest network when in [regtest] section.\n" +
				"Config setting for -wallet only applied on regtest network when in [regtest] section."},
		{"nonstandard on main", []string{d}, withConf("acceptnonstdtxn=1\n"), ErrValue,
			"acceptnonstdtxn is not currently supported for main chain"},
		{"blocks directory", []string{d, "-blocksdir=nowhere"}, withConf(""), ErrValue,
			`Specified blocks directory "nowhere" does not exist.`},
		{"bind without listen", []string{d, "-listen=0", "-bind=127.0.0.1"}, withConf(""), ErrValue,
			"Cannot set -bind or -whitebind together with -listen=0"},
		{"onion without listen", []string{d, "-listen=0", "-listenonion=1"}, withConf(""), ErrValue,
			"Cannot set -listen=0 together with -listenonion=1"},
		{"chain work", []string{d, "-minimumchainwork=test"}, withConf(""), ErrValue,
			"Invalid non-hex (test) minimum chain work value specified"},
		{"mempool", []string{d, "-maxmempool=4"}, withConf(""), ErrValue, "-maxmempool must be at least 5 MB"},
		{"amount", []string{d, "-minrelaytxfee=0.000000001"}, withConf(""), ErrValue,
			"Invalid amount for -minrelaytxfee=<amount>: '0.000000001'"},
		{"devnet without port", []string{d, "-devnet=x"}, withConf(""), ErrValue,
			"-port must be specified when -devnet and -listen are specified"},
		{"peer timeout", []string{d, "-peertimeout=0"}, withConf(""), ErrValue, "peertimeout must be a positive integer."},
		{"sandbox mode", []string{d, "-sandbox=maybe"}, withConf(""), ErrValue,
			"Invalid value for -sandbox=<mode>: 'maybe' (it is one of enforce, trace, off)"},
		{"later", []string{d, "-zmqpubhashblock=tcp://127.0.0.1:1"}, withConf(""), ErrUnsupported,
			"-zmqpubhashblock is not supported yet by this build"},
		{"later in the section", []string{d, "-regtest"}, withConf("[regtest]\nproxy=127.0.0.1:9050\n"), ErrUnsupported,
			"-proxy is not supported yet by this build"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(DashNode, tt.args, tt.files)
			if err == nil {
				t.Fatal("no error")
			}
			if !errors.Is(err, tt.kind) {
				t.Errorf("kind is %v, want %v", err.(*Error).Kind, tt.kind)
			}
			if d := cmp.Diff(tt.want, err.Error()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestUnreadableConfIsAnError(t *testing.T) {
	f := fakeFiles{dirs: []string{"/d"}, unreadable: []string{"/d/dash.conf"}}
	_, err := Parse(Dashd, []string{"-datadir=/d"}, f)
	if !errors.Is(err, ErrConf) {
		t.Fatalf("got %v", err)
	}
}

func TestInformationComesBeforeFiles(t *testing.T) {
	for arg, want := range map[string]Information{
		"-?": HelpRequested, "-h": HelpRequested, "-help": HelpRequested, "--help-debug": HelpRequested,
		"-version": VersionRequested, "-server": None,
	} {
		c, err := Parse(Dashd, []string{arg, "-datadir=/d"}, withConf(""))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Information(); got != want {
			t.Errorf("%s: Information() = %v, want %v", arg, got, want)
		}
	}
	// A data directory that does not exist does not matter then.
	if _, err := Parse(Dashd, []string{"-version", "-datadir=/missing"}, withConf("")); err != nil {
		t.Error(err)
	}
}

// TestFrameworkCommandLine is the command line and file of every node of the
// functional suite.
func TestFrameworkCommandLine(t *testing.T) {
	conf := `regtest=1
[regtest]
port=11000
rpcport=16000
rpcdoccheck=1
fallbackfee=0.00001
server=1
keypool=1
discover=0
dnsseed=0
fixedseeds=0
listenonion=0
peertimeout=999999999
printtoconsole=0
upnp=0
natpmp=0
shrinkdebugfile=0
tinyblk=1
unsafesqlitesync=1
connect=0
bind=127.0.0.1
`
	args := strings.Fields("-datadir=/d -logtimemicros -debug -debugexclude=libevent -debugexclude=leveldb -debugexclude=rand " +
		"-uacomment=testnode0 -mocktime=1417713337 -disablewallet -logthreadnames -logsourcelocations -loglevel=trace " +
		"-v2transport=0 -createwalletbackups=0 -mocktime=1417713338")
	for _, p := range []Program{DashNode, Dashd} {
		c, err := Parse(p, args, withConf(conf))
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Warnings) > 0 {
			t.Errorf("warnings on stderr, which must be empty: %q", c.Warnings)
		}
		type facts struct {
			Chain, NetDir      string
			RPCPort, MockTime  int64
			Listen, DNS, Debug bool
			Connect            []string
		}
		got := facts{c.Chain(), c.NetDir(), c.Int64("rpcport"), c.Int64("mocktime"), c.Bool("listen"), c.Bool("dnsseed"),
			c.BoolOr("debug", false), c.Strings("connect")}
		want := facts{"regtest", "/d/regtest", 16000, 1417713338, true, false, true, []string{"0"}}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
	// The same file serves dash-cli, which does not know most of it.
	c, err := Parse(DashCLI, []string{"-datadir=/d", "-named", "getblockhash", "height=0"}, withConf(conf))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"getblockhash", "height=0"}, c.Words()); d != "" || c.Int64("rpcport") != 16000 || c.Chain() != "regtest" {
		t.Errorf("dash-cli: port %d on %s, words %s", c.Int64("rpcport"), c.Chain(), d)
	}
}

func TestIncludes(t *testing.T) {
	f := withConf("uacomment=main\nincludeconf=one.conf\nregtest=1\n[regtest]\nincludeconf=two.conf\n")
	f.files["/d/one.conf"] = "uacomment=one\nincludeconf=three.conf\n"
	f.files["/d/two.conf"] = "uacomment=two\n"
	c := parseNode(t, f, "-datadir=/d")
	// Files of the chosen network come first.
	if d := cmp.Diff([]string{"main", "two", "one"}, c.Strings("uacomment")); d != "" {
		t.Error(d)
	}
	want := []string{"warning: -includeconf cannot be used from included files; ignoring -includeconf=three.conf"}
	if d := cmp.Diff(want, c.Warnings); d != "" {
		t.Error(d)
	}
	c = parseNode(t, f, "-datadir=/d", "-noincludeconf")
	if d := cmp.Diff([]string{"main"}, c.Strings("uacomment")); d != "" {
		t.Error(d)
	}
}

func TestRelativeIncludesStartAtTheFirstDataDirectory(t *testing.T) {
	f := withConf("datadir=/e\nincludeconf=one.conf\n")
	f.files["/d/one.conf"] = "uacomment=d\n"
	f.files["/e/one.conf"] = "uacomment=e\n"
	// -conf absolute, so that the data directory is the default one until
	// dash.conf names /e.
	f.files["/home/op/.dashcore/one.conf"] = "uacomment=home\n"
	c := parseNode(t, f, "-conf=/d/dash.conf")
	if got := c.Strings("uacomment"); len(got) != 1 || got[0] != "home" || c.DataDir() != "/e" {
		t.Errorf("uacomment %q, data directory %s", got, c.DataDir())
	}
}

func TestSections(t *testing.T) {
	f := withConf("testnot.datadir=1\nregtest.uacomment=a\n[testnet]\nuacomment=b\nmain.x=1\n")
	c := parseNode(t, f, "-datadir=/d", "-regtest")
	want := []string{"Warning: /d/dash.conf:1 Section [testnot] is not recognized.\n/d/dash.conf:3 Section [testnet] is not recognized.\n" +
		"/d/dash.conf:5 Section [testnet.main] is not recognized."}
	if d := cmp.Diff(want, c.Warnings); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"a"}, c.Strings("uacomment")); d != "" {
		t.Error(d)
	}
}

func TestNetworkOnlyOptionCountsInTopPartOnMain(t *testing.T) {
	f := withConf("rpcport=7\n[regtest]\nrpcport=8\n")
	for args, want := range map[string]int64{"-chain=main": 7, "-regtest": 8, "-testnet": 19998} {
		c, err := Parse(DashCLI, []string{"-datadir=/d", args}, f)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Int64("rpcport"); got != want {
			t.Errorf("%s: rpcport %d, want %d", args, got, want)
		}
	}
}

func TestPaths(t *testing.T) {
	tests := []struct {
		name              string
		args              []string
		data, net, blocks string
	}{
		{"default", nil, "/home/op/.dashcore", "/home/op/.dashcore", "/home/op/.dashcore/blocks"},
		{"regtest", []string{"-datadir=/d/", "-regtest"}, "/d", "/d/regtest", "/d/regtest/blocks"},
		{"test", []string{"-datadir=/d", "-testnet"}, "/d", "/d/testnet3", "/d/testnet3/blocks"},
		{"devnet", []string{"-datadir=/d", "-devnet=x", "-port=1", "-rpcport=2"}, "/d", "/d/devnet-x", "/d/devnet-x/blocks"},
		{"bare devnet", []string{"-datadir=/d", "-devnet", "-port=1", "-rpcport=2"}, "/d", "/d/devnet", "/d/devnet/blocks"},
		{"blocks elsewhere", []string{"-datadir=/d", "-regtest", "-blocksdir=/e"}, "/d", "/d/regtest", "/e/regtest/blocks"},
		{"relative", []string{"-datadir=sub/../sub"}, "/work dir/sub", "/work dir/sub", "/work dir/sub/blocks"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fakeFiles{dirs: []string{"/d", "/e", "/work dir/sub"}}
			c := parseNode(t, f, tt.args...)
			if d := cmp.Diff([]string{tt.data, tt.net, tt.blocks}, []string{c.DataDir(), c.NetDir(), c.BlocksDir()}); d != "" {
				t.Error(d)
			}
			if c.MissingConf() != tt.data+"/dash.conf" {
				t.Errorf("MissingConf() = %q", c.MissingConf())
			}
		})
	}
}

func TestWordsOfTools(t *testing.T) {
	for _, tt := range []struct {
		program Program
		args    []string
		want    []string
		err     string
	}{
		{DashUtil, []string{"grind", "00"}, []string{"grind", "00"}, ""},
		{DashUtil, []string{"dig"}, nil, "Error parsing command line arguments: Invalid command 'dig'"},
		{DashWallet, []string{"-regtest", "-wallet=w", "info"}, []string{"info"}, ""},
		{DashWallet, []string{"-info"}, nil, "Error parsing command line arguments: Invalid parameter -info"},
		{DashTx, []string{"-create", "in=00:1", "outaddr=1:X"}, []string{"in=00:1", "outaddr=1:X"}, ""},
		{DashTx, []string{"-json", "-", "in=00:1"}, nil, ""},
	} {
		c, err := Parse(tt.program, tt.args, fakeFiles{})
		if tt.err != "" {
			if err == nil || err.Error() != tt.err {
				t.Errorf("%s %q: %v", tt.program, tt.args, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s %q: %v", tt.program, tt.args, err)
		} else if d := cmp.Diff(tt.want, c.Words()); d != "" {
			t.Errorf("%s %q: %s", tt.program, tt.args, d)
		}
	}
}

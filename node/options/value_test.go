package options

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSettingsFile(t *testing.T) {
	const file = `{"string": "string", "num": 5, "bool": true, "null": null, "list": [6, 7], "wallet": ["a", "b"], "rpcpassword": "hush"}`
	f := withConf("[regtest]\nwallet=c\n")
	f.files["/d/regtest/settings.json"] = file
	c := parseNode(t, f, "-datadir=/d", "-regtest")
	log := strings.Join(append(c.EarlyLog(), c.ArgumentLog()...), "\n")
	for _, line := range []string{
		"Ignoring unknown rw_settings value bool", "Ignoring unknown rw_settings value list", "Ignoring unknown rw_settings value null",
		`Setting file arg: string = "string"`, "Setting file arg: num = 5", "Setting file arg: bool = true",
		"Setting file arg: null = null", "Setting file arg: list = [6,7]", "Setting file arg: rpcpassword = ****",
	} {
		if !strings.Contains(log, line) {
			t.Errorf("log lacks %q", line)
		}
	}
	if strings.Contains(log, "hush") {
		t.Error("a sensitive setting is in the log")
	}
	if d := cmp.Diff([]string{"a", "b", "c"}, c.Strings("wallet")); d != "" {
		t.Error(d)
	}
	want := `{
    "bool": true,
    "list": [
        6,
        7
    ],
    "null": null,
    "num": 5,
    "rpcpassword": "hush",
    "string": "string",
    "wallet": [
        "a",
        "b"
    ]
}
`
	if d := cmp.Diff(want, string(c.SettingsJSON())); d != "" {
		t.Error(d)
	}
}

func TestSettingsErrors(t *testing.T) {
	for content, want := range map[string]string{
		"invalid json":         "Failed loading settings file:\n- Unable to parse settings file /d/settings.json\n",
		`{"a":1} {}`:           "Failed loading settings file:\n- Unable to parse settings file /d/settings.json\n",
		`"string"`:             "Failed loading settings file:\n- Found non-object value \"string\" in settings file /d/settings.json\n",
		`{"key":1, "key":2}`:   "Failed loading settings file:\n- Found duplicate key key in settings file /d/settings.json\n",
		strings.Repeat("[", 4): "Failed loading settings file:\n- Unable to parse settings file /d/settings.json\n",
	} {
		f := withConf("")
		f.files["/d/settings.json"] = content
		if _, err := Parse(DashNode, []string{"-datadir=/d"}, f); err == nil || err.Error() != want {
			t.Errorf("%s: %v", content, err)
		}
		// A broken file does not matter if it is switched off, either way.
		c := parseNode(t, f, "-datadir=/d", "-nosettings")
		if c.SettingsPath() != "" || !strings.Contains(strings.Join(c.ArgumentLog(), "\n"), "Command-line arg: settings=false") {
			t.Errorf("-nosettings: path %q, log %q", c.SettingsPath(), c.ArgumentLog())
		}
		f.files["/d/dash.conf"] = "regtest=1\n[regtest]\nnosettings=1\n"
		c = parseNode(t, f, "-datadir=/d")
		if !strings.Contains(strings.Join(c.ArgumentLog(), "\n"), "Config file arg: [regtest] settings=false") {
			t.Errorf("log %q", c.ArgumentLog())
		}
	}
	f := withConf("")
	f.files["/d/settings.json"] = ""
	if c := parseNode(t, f, "-datadir=/d"); string(c.SettingsJSON()) != "{\n}\n" {
		t.Errorf("an empty file becomes %q", c.SettingsJSON())
	}
	f.files["/elsewhere.json"] = `{"key": "value"}`
	if c := parseNode(t, f, "-datadir=/d", "-settings=/elsewhere.json"); !c.AlternateSettings() || c.SettingsPath() != "/elsewhere.json" {
		t.Errorf("settings are at %s", c.SettingsPath())
	}
}

func TestArgumentLogMasksSecrets(t *testing.T) {
	c := parseNode(t, withConf("regtest=1\n[regtest]\nserver=1\nrpcpassword=conf-secret\n"), "-datadir=/d", "-uacomment=some.node",
		"-rpcauth=alice:f7efda", "-rpcbind=127.1.1.1", "-rpcallowip=127.0.0.1", "-rpcpassword=", "-rpcuser=secret-rpcuser",
		"-torpassword=secret-torpassword", "-nolisten=0", "-notorpassword=0")
	log := strings.Join(append(c.EarlyLog(), c.ArgumentLog()...), "\n")
	for _, line := range []string{
		`Command-line arg: uacomment="some.node"`, "Command-line arg: rpcauth=****", "Command-line arg: rpcpassword=****",
		"Command-line arg: rpcuser=****", "Command-line arg: torpassword=****", `Command-line arg: rpcbind="127.1.1.1"`,
		`Config file arg: regtest="1"`, `Config file arg: [regtest] server="1"`, "Config file arg: [regtest] rpcpassword=****",
		"Warning: parsed potentially confusing double-negative -listen=0", "double-negative -torpassword=****",
	} {
		if !strings.Contains(log, line) {
			t.Errorf("log lacks %q:\n%s", line, log)
		}
	}
	for _, secret := range []string{"alice", "secret-rpcuser", "secret-torpassword", "conf-secret"} {
		if strings.Contains(log, secret) {
			t.Errorf("log holds %q", secret)
		}
	}
}

func TestInteractions(t *testing.T) {
	const p = "InitParameterInteraction: parameter interaction: "
	tests := []struct {
		name string
		args []string
		// zero and one are the switches that come out off and on.
		zero, one []string
		log       string
	}{
		{"nothing", nil, []string{"blocksonly"}, []string{"listen", "dnsseed", "discover", "listenonion", "server", "whitelistrelay"}, ""},
		{"bind goes before connect", []string{"-noconnect", "-bind=127.0.0.1"}, []string{"dnsseed"}, []string{"listen", "listenonion"}, p + "-bind set -> setting -listen=1"},
		{"connect", []string{"-noconnect"}, []string{"dnsseed", "listen", "discover", "listenonion", "i2pacceptincoming"}, nil,
			p + "-connect or -maxconnections=0 set -> setting -listen=0"},
		{"no connections", []string{"-maxconnections=0"}, []string{"dnsseed", "listen"}, nil, ""},
		{"what is given stays", []string{"-maxconnections=0", "-listen"}, []string{"dnsseed"}, []string{"listen", "discover"}, ""},
		{"no proxy is no proxy", []string{"-noproxy"}, nil, []string{"listen"}, ""},
		{"blocks only", []string{"-blocksonly"}, []string{"whitelistrelay"}, nil, p + "-blocksonly=1 -> setting -whitelistrelay=0"},
		{"forced relay", []string{"-whitelistforcerelay"}, nil, []string{"whitelistrelay"}, p + "-whitelistforcerelay=1 -> setting -whitelistrelay=1"},
		{"no server", []string{"-noserver"}, []string{"server"}, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := parseNode(t, withConf(""), append(tt.args, "-datadir=/d")...)
			for _, name := range tt.zero {
				if c.Bool(name) {
					t.Errorf("-%s is on", name)
				}
			}
			for _, name := range tt.one {
				if !c.Bool(name) {
					t.Errorf("-%s is off", name)
				}
			}
			if !strings.Contains(strings.Join(c.EarlyLog(), "\n"), tt.log) {
				t.Errorf("log lacks %q: %q", tt.log, c.EarlyLog())
			}
		})
	}
}

// TestInteractionsOfUnsupportedOptions applies the rules whose causes Parse
// would refuse in this build.
func TestInteractionsOfUnsupportedOptions(t *testing.T) {
	for _, tt := range []struct{ arg, name, want, log string }{
		{"-proxy=1.2.3.4", "listen", "0", "-proxy set -> setting -listen=0"},
		{"-whitebind=1.2.3.4", "listen", "1", "-whitebind set -> setting -listen=1"},
		{"-externalip=1.2.3.4", "discover", "0", "-externalip set -> setting -discover=0"},
		{"-onlynet=onion", "dnsseed", "0", "-onlynet excludes IPv4 and IPv6 -> setting -dnsseed=0"},
		{"-onlynet=IPv6", "dnsseed", "1", ""},
		{"-prune=1", "txindex", "0", "-prune=1 -> setting -txindex=false"},
		{"-prune=1", "disablegovernance", "1", "-prune=1 -> setting -disablegovernance=true"},
		{"-addressindex", "checklevel", "4", "additional indexes -> setting -checklevel=4"},
		{"-masternodeblsprivkey=00", "disablewallet", "1", "-masternodeblsprivkey set -> setting -disablewallet=1"},
		{"-masternodeblsprivkey=00", "blockfilterindex", "basic", "-masternodeblsprivkey set -> setting -blockfilterindex=basic"},
	} {
		c := &Config{program: DashNode, table: newTable(DashNode), src: newSources(), chain: chain{section: sectionMain}}
		line, err := parseArgs(c.table, []string{tt.arg})
		if err != nil {
			t.Fatal(err)
		}
		c.src.commandLine = line.values
		if err := c.interact(nil); err != nil {
			t.Fatal(err)
		}
		if got := c.String(tt.name); got != tt.want {
			t.Errorf("%s: -%s=%s, want %s", tt.arg, tt.name, got, tt.want)
		}
		if !strings.Contains(strings.Join(c.EarlyLog(), "\n"), tt.log) {
			t.Errorf("%s: log lacks %q", tt.arg, tt.log)
		}
	}
}

func TestSupportIsSaid(t *testing.T) {
	c := parseNode(t, withConf(""), "-datadir=/d", "-watchquorums=1", "-nostatshost", "-addressindex=0")
	log := strings.Join(c.EarlyLog(), "\n")
	for _, name := range []string{"watchquorums", "statshost", "addressindex"} {
		if !strings.Contains(log, "Option -"+name+" is accepted but has no effect in this build") {
			t.Errorf("nothing is said about -%s:\n%s", name, log)
		}
	}
	if strings.Contains(log, "-server") || strings.Contains(log, "-listen ") {
		t.Errorf("soft-set or working options are in the log:\n%s", log)
	}
}

func TestAtoi(t *testing.T) {
	for in, want := range map[string]int64{
		"": 0, "foo": 0, "1": 1, "-1": -1, " \t7x": 7, "+5": 5, "+-5": 0, "--5": 0, "- 5": 0, "+ 5": 0, "0x10": 0,
		"9223372036854775807": math.MaxInt64, "9223372036854775808": math.MaxInt64, "99999999999999999999999": math.MaxInt64,
		"-9223372036854775808": math.MinInt64, "-99999999999999999999999": math.MinInt64,
	} {
		if got := atoi(in, math.MinInt64, math.MaxInt64); got != want {
			t.Errorf("atoi(%q) = %d, want %d", in, got, want)
		}
	}
	for in, want := range map[string]bool{"": true, "0": false, "1": true, "true": false, "2": true, "-1": true, "4294967296": true} {
		if got := interpretBool(in); got != want {
			t.Errorf("interpretBool(%q) = %v", in, got)
		}
	}
}

func TestMoney(t *testing.T) {
	for in, want := range map[string]bool{
		"1": true, "0.00001": true, " .5 ": true, "1.": true, "21000000": true, "21000000.00000001": false, "-1": false,
		"1e2": false, "": false, "0.000000001": false, "12345678901": false, "1 2": false,
	} {
		if got := isMoney(in); got != want {
			t.Errorf("isMoney(%q) = %v", in, got)
		}
	}
}

func TestJSONEscapes(t *testing.T) {
	if got, want := stringValue("a\"\\\n\x01\x7fé").JSON(), `"a\"\\\n\u0001\u007fé"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

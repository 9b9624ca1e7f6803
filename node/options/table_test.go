package options

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestEveryOptionOfDashCoreIsKnown compares names, headings and flags with
// those of Dash Core v23.1.2.
func TestEveryOptionOfDashCoreIsKnown(t *testing.T) {
	data, err := os.ReadFile("testdata/dashcore-v23.1.2.tsv")
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]Category{
		"General": General, "Chain selection": ChainSelection, "Connection": Connection, "Indexing": Indexing, "RPC server": RPC,
		"Debugging/testing": Debug, "Node relay": NodeRelay, "Block creation": BlockCreation, "Masternode": Masternode,
		"Statsd": Statsd, "ZMQ": ZMQ, "Wallet": Wallet, "Wallet fee": WalletFee, "HD wallet": WalletHD, "CoinJoin": CoinJoin,
		"Wallet debug/test": WalletDebug,
	}
	letters := map[string]Flags{"D": DebugOnly, "N": NetworkOnly, "S": Sensitive, "nE": NeedsValue, "nN": NoNegation}
	known := newTable(DashNode)
	count := 0
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		count++
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		o, ok := known.option(f[0])
		if !ok {
			t.Errorf("-%s is not known", f[0])
			continue
		}
		var flags Flags
		for _, letter := range strings.Fields(f[2]) {
			flags |= letters[letter]
		}
		if o.Category == Hidden {
			continue
		}
		if o.Category != headings[f[1]] || o.Flags != flags {
			t.Errorf("-%s: category %v and flags %b, Dash Core has %s and %s", f[0], o.Category.Title(), o.Flags, f[1], f[2])
		}
	}
	if count != 261 {
		t.Errorf("the table of Dash Core has %d rows, not 261", count)
	}
}

func TestTablesAreSound(t *testing.T) {
	for _, p := range []Program{DashNode, Dashd, DashCLI, DashTx, DashUtil, DashWallet} {
		known := newTable(p) // panics on a name that is there twice
		if len(known.rows) == 0 {
			t.Errorf("%s has no options", p)
		}
		for _, o := range known.rows {
			switch {
			case strings.HasPrefix(o.Name, "no") && o.Category != Hidden:
				t.Errorf("%s: -%s would be read as a negation", p, o.Name)
			case o.Category != Hidden && (o.Help == "" || strings.HasSuffix(o.Help, ".")):
				t.Errorf("%s: -%s has no description, or one with a full stop before the default", p, o.Name)
			case o.Param != "" && !strings.HasPrefix(o.Param, "="):
				t.Errorf("%s: -%s has the placeholder %q", p, o.Name, o.Param)
			case o.Has(Sensitive) && o.Default != "":
				t.Errorf("%s: -%s is sensitive and has a default", p, o.Name)
			}
		}
	}
}

// TestHelp compares the whole help with golden files: a change of the table is
// a visible difference.
func TestHelp(t *testing.T) {
	for _, p := range []Program{DashNode, DashCLI, DashTx, DashUtil, DashWallet} {
		for name, debug := range map[string]bool{string(p) + ".help": false, string(p) + ".help-debug": true} {
			got := Help(p, debug)
			for line := range strings.Lines(got) {
				if len(line) > screenWidth+1 && strings.Contains(strings.TrimSpace(line), " ") {
					t.Errorf("%s: line longer than %d: %q", name, screenWidth, line)
				}
			}
			file := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("%s (-update rewrites it): %s", name, d)
			}
		}
	}
	if Help(DashNode, false) == Help(DashNode, true) {
		t.Error("debug makes no difference")
	}
	if Help(DashNode, true) != Help(Dashd, true) {
		t.Error("dashd and dash-node differ")
	}
}

// TestHelpListsWhatDashCoreLists asks Dash Core's own program. It runs where
// DASH_CORE_BIN names a directory with Dash Core's programs.
func TestHelpListsWhatDashCoreLists(t *testing.T) {
	dir := os.Getenv("DASH_CORE_BIN")
	if dir == "" {
		t.Skip("DASH_CORE_BIN is not set")
	}
	entry := regexp.MustCompile(`(?m)^  (-?[^ \n].*)$`)
	for program, p := range map[string]Program{"dashd": Dashd, "dash-cli": DashCLI, "dash-tx": DashTx, "dash-util": DashUtil, "dash-wallet": DashWallet} {
		args := []string{"-help"}
		if p == Dashd {
			args = []string{"-help-debug"}
		}
		out, err := exec.Command(filepath.Join(dir, program), args...).Output()
		if err != nil {
			t.Fatal(err)
		}
		_, list, _ := strings.Cut(string(out), "Options:\n")
		ours := entry.FindAllString(Help(p, p == Dashd), -1)
		for _, theirs := range entry.FindAllString(list, -1) {
			if !contains(ours, theirs) {
				t.Errorf("%s: the help lacks %q", program, theirs)
			}
		}
	}
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

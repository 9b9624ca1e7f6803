package policy_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashmp/policy"
)

// The table of the design, section 2: who may call whom, and nothing else.
func TestGraphIsTheDesigns(t *testing.T) {
	want := map[string]string{
		"core>supervisor":   "broker.Core",
		"rpc>supervisor":    "broker.RPC",
		"wallet>supervisor": "broker.Wallet",
		"signer>supervisor": "broker.Signer",
		"supervisor>core":   "ipc.Init broker.Role",
		"supervisor>rpc":    "ipc.Init broker.Role",
		"supervisor>wallet": "ipc.Init broker.Role",
		"supervisor>signer": "ipc.Init broker.Role",
		"supervisor>echo":   "ipc.Init ipc.Echo broker.Role",
		"rpc>echo":          "ipc.Init ipc.Echo",
		"rpc>core":          "node.Node",
		"rpc>wallet":        "wallet.Loader",
		"rpc>signer":        "wallet.SecretBox",
		"wallet>core":       "node.Chain back node.Notifications",
		"wallet>signer":     "wallet.Signer",
	}
	got := make(map[string]string)
	for _, e := range policy.Graph() {
		key := string(e.From) + ">" + string(e.To)
		if _, twice := got[key]; twice {
			t.Errorf("%s appears twice", key)
		}
		got[key] = strings.Join(e.Interfaces, " ")
		if len(e.Callbacks) > 0 {
			got[key] += " back " + strings.Join(e.Callbacks, " ")
		}
		if e.Reason == "" {
			t.Errorf("%s has no reason", key)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMayCallIsTheGraph(t *testing.T) {
	want := map[policy.Role][]policy.Role{
		policy.Core:   {policy.Supervisor},
		policy.RPC:    {policy.Supervisor, policy.Echo, policy.Core, policy.Wallet, policy.Signer},
		policy.Wallet: {policy.Supervisor, policy.Core, policy.Signer},
		policy.Signer: {policy.Supervisor},
		policy.Echo:   nil,
	}
	for _, spec := range policy.All() {
		if diff := cmp.Diff(want[spec.Role], spec.MayCall); diff != "" {
			t.Errorf("%s (-want +got):\n%s", spec.Role, diff)
		}
		// Nobody but the wallet and the rpc role reaches the signer.
		if _, ok := policy.EdgeBetween(spec.Role, policy.Signer); ok != (spec.Role == policy.RPC || spec.Role == policy.Wallet) {
			t.Errorf("%s to signer: %v", spec.Role, ok)
		}
	}
}

// A role holds a socket to a sibling exactly if one of the two may call the
// other.
func TestSiblingSocketsFollowTheGraph(t *testing.T) {
	for _, spec := range policy.All() {
		var got, want []string
		for _, c := range spec.Dynamic {
			if name, ok := strings.CutPrefix(c.Name, "sibling/"); ok {
				got = append(got, name)
			}
		}
		for _, other := range policy.Roles() {
			_, to := policy.EdgeBetween(spec.Role, other)
			_, from := policy.EdgeBetween(other, spec.Role)
			if (to || from) && other != policy.Echo && spec.Role != policy.Echo {
				want = append(want, string(other))
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", spec.Role, diff)
		}
	}
}

var sources = regexp.MustCompile(`^(exec|grant|runtime|broker:[A-Za-z,]+|accept:[a-z]+|argument:[A-Za-z]+\.[a-z][A-Za-z]*|supervisor:Role\.connect|result:[A-Za-z]+\.[a-z][A-Za-z]*|self:[a-z0-9_]+)$`)

func TestDescriptorClassesAreSound(t *testing.T) {
	for _, spec := range policy.All() {
		seen := make(map[string]bool)
		total := 0
		for i, c := range append(slices.Clone(spec.Boot), spec.Dynamic...) {
			boot := i < len(spec.Boot)
			if seen[c.Name] {
				t.Errorf("%s: two classes %q", spec.Role, c.Name)
			}
			seen[c.Name] = true
			total += c.Max
			if c.Reason == "" || !sources.MatchString(c.Source) {
				t.Errorf("%s: %s: source %q, reason %q", spec.Role, c.Name, c.Source, c.Reason)
			}
			if c.Min < 0 || c.Max < 1 || c.Min > c.Max || (!boot && c.Min != 0) {
				t.Errorf("%s: %s: %d to %d", spec.Role, c.Name, c.Min, c.Max)
			}
			fixed := c.Source == "exec" || c.Source == "grant" || c.Source == "runtime"
			if boot != fixed {
				t.Errorf("%s: %s: source %q", spec.Role, c.Name, c.Source)
			}
			if (c.Kind == policy.KindMemfd || c.Kind == policy.KindSecretMem) && c.Seals&policy.SealResize != policy.SealResize {
				t.Errorf("%s: %s: memory that could shrink under a view", spec.Role, c.Name)
			}
		}
		for _, o := range spec.Options {
			if o.Secret {
				total++
			}
		}
		for _, l := range spec.Limits {
			// A message that is about to be refused has descriptors, too.
			if l.Name == "NOFILE" && uint64(total+16) > l.Hard {
				t.Errorf("%s: RLIMIT_NOFILE %d for %d descriptors", spec.Role, l.Hard, total)
			}
		}
		for _, name := range []string{"stdin", "stdout", "stderr", "ipc"} {
			if !seen[name] {
				t.Errorf("%s: no %s", spec.Role, name)
			}
		}
	}
}

// ofPeers are options whose seeds are where to find peers.
func ofPeers(option string) bool {
	return slices.Contains([]string{"dnsseed", "fixedseeds", "forcednsseed", "seednode"}, option)
}

// ofStrength are options that say how strong a secret is to be.
func ofStrength(option string) bool { return option == "mnemonicbits" }

// Names that sound like a secret are marked as one, so that the value arrives
// as secret memory.
func TestNoOptionIsASecretInClear(t *testing.T) {
	secret := regexp.MustCompile(`(?i)pass|cookie|priv|seed|mnemonic|secret|(spork|signer|wallet|bls)key`)
	for _, spec := range policy.All() {
		seen := make(map[string]bool)
		for _, o := range spec.Options {
			if o.Name == "" || o.Reason == "" || strings.HasPrefix(o.Name, "-") || seen[o.Name] {
				t.Errorf("%s: option %+v", spec.Role, o)
			}
			seen[o.Name] = true
			if secret.MatchString(o.Name) && !o.Secret && !ofPeers(o.Name) && !ofStrength(o.Name) {
				t.Errorf("%s: -%s would travel in clear", spec.Role, o.Name)
			}
		}
	}
	rpc, _ := policy.Get(policy.RPC)
	if i := slices.IndexFunc(rpc.Options, func(o policy.Option) bool { return o.Name == "rpcpassword" }); i < 0 || !rpc.Options[i].Secret {
		t.Error("-rpcpassword is not marked as a secret")
	}
}

func TestLimits(t *testing.T) {
	for _, spec := range policy.All() {
		by := make(map[string]policy.Limit)
		for _, l := range spec.Limits {
			if _, twice := by[l.Name]; twice || l.Reason == "" || l.Soft > l.Hard {
				t.Errorf("%s: limit %+v", spec.Role, l)
			}
			by[l.Name] = l
		}
		if core, ok := by["CORE"]; !ok || core.Hard != 0 {
			t.Errorf("%s: core dumps are possible", spec.Role)
		}
		if n, ok := by["NOFILE"]; !ok || n.Hard > 1024 || n.Soft != n.Hard {
			t.Errorf("%s: NOFILE %+v", spec.Role, n)
		}
		locks := spec.Role == policy.Signer || spec.Role == policy.RPC
		if m, ok := by["MEMLOCK"]; !ok || (m.Hard != 0) != locks {
			t.Errorf("%s: MEMLOCK %+v", spec.Role, m)
		}
	}
}

// Every right that a kernel of ABI 7 can refuse is handled.
func TestLandlockDeniesEverything(t *testing.T) {
	for _, spec := range policy.All() {
		fs, net, scoped := spec.Landlock.ForABI(7)
		if fs != 1<<16-1 || net != 3 || scoped != 3 {
			t.Errorf("%s: ABI 7: %#x %#x %#x", spec.Role, fs, net, scoped)
		}
		fs, net, scoped = spec.Landlock.ForABI(1)
		if fs != 1<<13-1 || net != 0 || scoped != 0 {
			t.Errorf("%s: ABI 1: %#x %#x %#x", spec.Role, fs, net, scoped)
		}
		want := []string{"FS_IOCTL_DEV", "SCOPE_ABSTRACT_UNIX_SOCKET", "SCOPE_SIGNAL"}
		if diff := cmp.Diff(want, spec.Landlock.Missing(4)); diff != "" {
			t.Errorf("%s: missing at ABI 4 (-want +got):\n%s", spec.Role, diff)
		}
	}
}

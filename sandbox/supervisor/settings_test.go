package supervisor

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"dashmp/ipc"
	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/broker"
	"dashmp/sandbox/role/config"

	"github.com/google/go-cmp/cmp"
)

func (w *world) heard(kind string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, e := range w.events {
		if strings.HasPrefix(e, kind+" ") {
			out = append(out, e)
		}
	}
	slices.Sort(out)
	return out
}

// settingsTree is a started tree and its rpc broker.
func settingsTree(t *testing.T) (*fixture, *rpcBroker) {
	t.Helper()
	f := setup(t, newWorld(t), sandbox.ModeEnforce)
	if err := f.Start(t.Context(), f.hold); err != nil {
		t.Fatal(err)
	}
	return f, &rpcBroker{t: f.Tree, echo: newRate(9, 9), set: newRate(0, 6)}
}

// TestEveryRoleHearsOfLogging, the supervisor changes its own, and a role that
// is started again is told what has changed.
func TestEveryRoleHearsOfLogging(t *testing.T) {
	f, b := settingsTree(t)
	if on, err := b.SetLogging(t.Context(), nil, nil); err != nil || len(on) != 0 || len(f.w.heard("logging")) != 0 {
		t.Errorf("a question: %q, %v, told %q", on, err, f.w.heard("logging"))
	}
	on, err := b.SetLogging(t.Context(), []string{"net", "rpc", "zmq"}, []string{"zmq"})
	if err != nil || !slices.Equal(on, []string{"net", "rpc"}) {
		t.Fatalf("%q, %v", on, err)
	}
	want := []string{"logging core net,rpc", "logging rpc net,rpc", "logging signer net,rpc", "logging wallet net,rpc"}
	if d := cmp.Diff(want, f.w.heard("logging")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(on, f.cfg.Log.Categories().Enabled()); d != "" {
		t.Error("the supervisor's own: " + d)
	}
	if _, err := b.SetLogging(t.Context(), []string{"nosuch"}, nil); !errors.Is(err, broker.ErrCategory) {
		t.Errorf("an unknown one: %v", err)
	}
	if n := len(f.w.heard("logging")); n != 4 {
		t.Errorf("after a refusal %d were told", n)
	}
	f.instance(policy.Wallet).proc.Kill()
	eventually(t, "the new wallet hears", func() bool { return len(f.w.heard("logging")) == 5 })
	if got := f.w.heard("logging")[4]; got != "logging wallet net,rpc" {
		t.Errorf("told %q", got)
	}
}

func TestMockTimeOnRegtestOnly(t *testing.T) {
	f, b := settingsTree(t)
	if err := b.SetMockTime(t.Context(), 5); !errors.Is(err, broker.ErrRegtest) {
		t.Errorf("no regtest node: %v", err)
	}
	f.cfg.Configs = map[policy.Role]config.Config{policy.RPC: {Chain: "regtest"}}
	if err := b.SetMockTime(t.Context(), -5); !errors.Is(err, broker.ErrRegtest) {
		t.Errorf("before the epoch: %v", err)
	}
	if got := f.w.heard("mocktime"); got != nil {
		t.Errorf("after refusals %q were told", got)
	}
	if err := b.SetMockTime(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"mocktime core 5", "mocktime rpc 5", "mocktime signer 5", "mocktime wallet 5"}, f.w.heard("mocktime")); d != "" {
		t.Error(d)
	}
	f.instance(policy.Core).proc.Kill()
	eventually(t, "the new core hears", func() bool { return len(f.w.heard("mocktime")) == 5 })
	for range 3 {
		if err := b.SetMockTime(t.Context(), 6); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.SetMockTime(t.Context(), 7); !errors.Is(err, ipc.ErrLimit) {
		t.Errorf("the seventh: %v", err)
	}
}

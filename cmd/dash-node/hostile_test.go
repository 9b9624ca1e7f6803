package main

import (
	"strings"
	"syscall"
	"testing"

	"dashmp/integration/look"
)

// TestHostileRole: a core that has been taken over floods its supervisor with
// descriptors, messages and log records. It costs the core its connection, and
// with it its life, as often as it tries; the supervisor, the log and the other
// roles stay as they are.
func TestHostileRole(t *testing.T) {
	if look.Forged("core: "+look.Hostile+"\n") == "" {
		t.Fatal("control: the text does no harm to a log that takes it as it is")
	}
	calm := launch(t)
	want := look.Descriptors(calm.cmd.Process.Pid)
	calm.stop(syscall.SIGTERM)

	r := begin(t, command(t, t.TempDir(), "-par=79"))
	r.waitLog("dash-node-core is started again", 2)
	r.waitLog("hostile")
	kids, _ := r.children()
	most := 0
	r.eventually("two more attacks", func() bool {
		most = max(most, look.Descriptors(r.cmd.Process.Pid))
		return strings.Count(r.log(), "dash-node-core is started again") >= 4
	})
	// A role that is being started has some of its own in the supervisor.
	if most > want+12 {
		t.Errorf("the supervisor holds up to %d descriptors, %d where nobody attacks it", most, want)
	}
	if kib := look.KiB(r.cmd.Process.Pid, "VmRSS:"); kib > 200<<10 {
		t.Errorf("the supervisor has %d KiB", kib)
	}
	now, _ := r.children()
	for _, name := range []string{"dash-node-rpc", "dash-signer", "dash-wallet"} {
		if now[name] == 0 || now[name] != kids[name] {
			t.Errorf("%s was taken down: process %d, then %d", name, kids[name], now[name])
		}
	}
	if code := r.stop(syscall.SIGTERM); code != 0 && code != 1 { // 1: stopped before all was up
		t.Errorf("exit code %d", code)
	}
	if why := look.Forged(r.log()); why != "" {
		t.Errorf("in the log: %s", why)
	}
	t.Logf("the supervisor held at most %d descriptors, %d where nobody attacks it; the log has %d KiB", most, want, len(r.log())>>10)
}

package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"unicode"
	"unicode/utf8"
)

// forges reports what a text could do to who reads a log: characters that are
// none, that move the cursor or turn the text, lines of its own.
func forges(log string) string {
	if !utf8.ValidString(log) {
		return "it is not UTF-8"
	}
	for line := range strings.Lines(log) {
		if strings.HasPrefix(line, "2020-01-01T00:00:00Z") {
			return "a forged line"
		}
		for _, c := range strings.TrimSuffix(line, "\n") {
			if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || unicode.Is(unicode.Zl, c) {
				return fmt.Sprintf("the character %U", c)
			}
		}
	}
	return ""
}

// TestHostileRole: a core that has been taken over floods its supervisor with
// descriptors, messages and log records. It costs the core its connection, and
// with it its life, as often as it tries; the supervisor, the log and the other
// roles stay as they are.
func TestHostileRole(t *testing.T) {
	const text = "hostile\n2020-01-01T00:00:00Z forged line\r\x1b[31mred\x07\x00\x9b\xff\xc3 \u202e\u2028"
	if forges("core: "+text+"\n") == "" {
		t.Fatal("control: the text does no harm to a log that takes it as it is")
	}
	calm := launch(t)
	want := descriptors(t, calm.cmd.Process.Pid)
	calm.stop(syscall.SIGTERM)

	r := begin(t, command(t, t.TempDir(), "-par=79"))
	r.waitLog("dash-node-core is started again", 2)
	r.waitLog("hostile")
	kids, _ := r.children()
	most := 0
	r.eventually("two more attacks", func() bool {
		most = max(most, descriptors(t, r.cmd.Process.Pid))
		return strings.Count(r.log(), "dash-node-core is started again") >= 4
	})
	// A role that is being started has some of its own in the supervisor.
	if most > want+12 {
		t.Errorf("the supervisor holds up to %d descriptors, %d where nobody attacks it", most, want)
	}
	if kib := statusKiB(r.cmd.Process.Pid, "VmRSS:"); kib > 200<<10 {
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
	if why := forges(r.log()); why != "" {
		t.Errorf("in the log: %s", why)
	}
	t.Logf("the supervisor held at most %d descriptors, %d where nobody attacks it; the log has %d KiB", most, want, len(r.log())>>10)
}

// descriptors is how many a process has open.
func descriptors(t *testing.T, pid int) int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func statusKiB(pid int, field string) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(b)) {
		var kib int
		if rest, ok := strings.CutPrefix(line, field); ok {
			_, _ = fmt.Sscan(rest, &kib)
			return kib
		}
	}
	return 0
}

package integration

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// starting is a node that has not come up yet.
type starting struct {
	cmd    *exec.Cmd
	log    string // path
	skip   int    // what was in the log before
	stderr bytes.Buffer
	done   chan struct{}
}

// startIn begins a start and returns at once.
func startIn(t *testing.T, dir string) *starting {
	t.Helper()
	s := &starting{log: filepath.Join(dir, "regtest", "debug.log"), done: make(chan struct{})}
	before, _ := os.ReadFile(s.log)
	s.skip = len(before)
	s.cmd = exec.Command(filepath.Join(programs, "dash-node"), "-regtest", "-datadir="+dir, "-rpcport="+strconv.Itoa(freePort(t)),
		"-printtoconsole=0", "-shrinkdebugfile=0", "-listen=0", "-connect=0", "-txindex", "-blockfilterindex", "-coinstatsindex")
	s.cmd.Env = []string{"HOME=" + dir}
	s.cmd.Stderr = &s.stderr
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.done)
		_ = s.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		<-s.done
	})
	return s
}

// written is what this start has logged so far.
func (s *starting) written() string {
	b, _ := os.ReadFile(s.log)
	return string(b[min(s.skip, len(b)):])
}

// up is the last line of a start.
const up = "init message: Done loading"

// until waits for a text in the log; false if the node came up or ended without
// it.
func (s *starting) until(t *testing.T, text string) bool {
	t.Helper()
	for end := time.Now().Add(40 * time.Second); ; time.Sleep(time.Millisecond) {
		over := strings.Contains(s.written(), up)
		select {
		case <-s.done:
			over = true
		default:
		}
		if strings.Contains(s.written(), text) {
			return true
		}
		if over {
			return false
		}
		if time.Now().After(end) {
			t.Fatalf("timed out: %q in the log of a start", text)
		}
	}
}

// stop sends SIGTERM and waits for the end.
func (s *starting) stop(t *testing.T) {
	t.Helper()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
	case <-time.After(40 * time.Second):
		t.Fatal("the node does not stop")
	}
	if s.stderr.Len() > 0 {
		t.Errorf("stderr: %s", s.stderr.String())
	}
}

// steps are the lines that a start logs, without what differs between starts.
func steps(log string) []string {
	varies := regexp.MustCompile(`[0-9a-f]{6,}|[0-9]+|/`)
	stamp := regexp.MustCompile(`^\S+Z `)
	var out []string
	seen := map[string]bool{}
	for line := range strings.Lines(log) {
		line = stamp.ReplaceAllString(strings.TrimRight(line, "\n"), "")
		if at := varies.FindStringIndex(line); at != nil {
			line = line[:at[0]]
		}
		if len(line) > 12 && !seen[line] {
			seen[line] = true
			out = append(out, line)
		}
		if strings.Contains(line, "Done loading") {
			break
		}
	}
	return out
}

// TestInterruptedStart: a start that is stopped at any of its lines leaves
// nothing that keeps the next one from working (feature_init.py of Dash Core's
// suite; its damage to LevelDB's files has no counterpart here).
func TestInterruptedStart(t *testing.T) {
	dir := t.TempDir()
	var lines []string
	for range 2 { // the first start has lines of its own
		s := startIn(t, dir)
		if !s.until(t, up) {
			t.Fatalf("it does not start: %s", s.stderr.String())
		}
		lines = steps(s.written())
		s.stop(t)
	}
	if len(lines) < 20 {
		t.Fatalf("only %d lines: %q", len(lines), lines)
	}
	const most = 16
	interrupted := 0
	for i := 0; i < len(lines); i += 1 + len(lines)/most {
		s := startIn(t, dir)
		if s.until(t, lines[i]) {
			interrupted++
		}
		s.stop(t)
	}
	if interrupted < most/2 {
		t.Errorf("only %d starts were interrupted", interrupted)
	}
	s := startIn(t, dir)
	if !s.until(t, up) {
		t.Errorf("after %d interruptions: %s\n%s", interrupted, s.stderr.String(), s.written())
	}
	s.stop(t)
}

// freePort returns a port that was free a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var hash = [32]byte{0: 0x11, 31: 0xee}

const shown = "ee00000000000000000000000000000000000000000000000000000000000011"

// hostile is what a wallet may be called; Dash Core's feature_notifications.py
// uses every character but zero and the slash.
func hostile() string {
	var b strings.Builder
	for c := 1; c < 128; c++ {
		if c != '/' {
			b.WriteByte(byte(c))
		}
	}
	return b.String()
}

func TestExpand(t *testing.T) {
	for _, c := range []struct {
		name, template string
		v              Values
		want           string
	}{
		{"block", "echo %s > /tmp/%s", BlockValues(hash), "echo " + shown + " > /tmp/" + shown},
		{"unknown placeholders stay", "date +%Y %% %", BlockValues(hash), "date +%Y %% %"},
		{"no value", "echo %s", Values{}, "echo %s"},
		{"unconfirmed", "echo %h_%b %w", WalletValues(hash, "w", nil, 7), "echo -1_unconfirmed 'w'"},
		{"confirmed", "echo %h_%b", WalletValues(hash, "w", &hash, 7), "echo 7_" + shown},
		{"one pass only", "%w", WalletValues(hash, "%s%b'$(id)", nil, 0), `'%s%b'"'"'$(id)'`},
		{"instantsend", "%w_%s", InstantSendValues(hash, ""), "''_" + shown},
		{"alert", "mail %s", AlertValues("Warning: x`rm -rf`$HOME';|&\n\xff"), "mail 'Warning: xrm -rfHOME;'"},
	} {
		if got := c.v.expand(c.template); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if n := len(AlertValues(strings.Repeat("x", 5000)).expand("%s")); n != 1002 {
		t.Errorf("alert of %d bytes", n)
	}
}

// FuzzQuote gives the quoted text to a real shell, which must print it back
// and do nothing else.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "'", "$(touch x)", "`id`", hostile(), "\\", "'\"'\"'", "\xff\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 4096 {
			return
		}
		cmd := exec.Command("/bin/sh", "-c", "printf %s X"+quote(s))
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if want := "X" + strings.ReplaceAll(s, "\x00", ""); string(out) != want {
			t.Fatalf("the shell saw %q, want %q", out, want)
		}
	})
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func runner(t *testing.T, commands map[Event][]string) (*Runner, *safeBuffer) {
	t.Helper()
	var log safeBuffer
	r := New(Options{Commands: commands, Env: []string{"PATH=/usr/bin:/bin"}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	t.Cleanup(r.Close)
	return r, &log
}

// eventually waits for a condition that another process brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("timed out: %s", what)
		}
	}
}

func TestCommandsRunWithHostileNames(t *testing.T) {
	dir := t.TempDir()
	r, _ := runner(t, map[Event][]string{Wallet: {"echo %h_%b > " + dir + "/%w_%s"}})
	r.Post(Wallet, WalletValues(hash, hostile(), &hash, 42))
	want := filepath.Join(dir, hostile()+"_"+shown)
	eventually(t, "the file of the command", func() bool { b, _ := os.ReadFile(want); return len(b) > 0 })
	if b, _ := os.ReadFile(want); string(b) != "42_"+shown+"\n" {
		t.Errorf("got %q", b)
	}
	if e, _ := os.ReadDir(dir); len(e) != 1 {
		t.Errorf("%d files", len(e))
	}
}

func TestFailureIsLoggedInDashCoresWords(t *testing.T) {
	r, log := runner(t, map[Event][]string{Startup: {"exit 3"}})
	r.Post(Startup, Values{})
	eventually(t, "the log line", func() bool {
		return strings.Contains(log.String(), "runCommand error: system(exit 3) returned 3")
	})
}

// A command that hangs holds up neither Post nor Close, and no more than the
// bound run or wait.
func TestBounds(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "gate")
	if out, err := exec.Command("mkfifo", fifo).CombinedOutput(); err != nil {
		t.Skipf("mkfifo: %v %s", err, out)
	}
	r, log := runner(t, map[Event][]string{Block: {fmt.Sprintf("echo > %s/$$; read x < %s", dir, fifo)}})
	started := func() int { e, _ := os.ReadDir(dir); return len(e) - 1 }
	for range maxQueued + 2*maxRunning {
		r.Post(Block, BlockValues(hash))
	}
	eventually(t, "as many as may run", func() bool { return started() == maxRunning })
	r.Post(Block, BlockValues(hash))
	eventually(t, "the word of what is dropped", func() bool { return strings.Contains(log.String(), "too many wait") })
	r.Close()
	if n := started(); n != maxRunning {
		t.Errorf("%d commands ran at a time", n)
	}
	// The gate opens; nothing that waited runs after Close.
	gate, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close()
	_, _ = gate.WriteString(strings.Repeat("\n", maxRunning))
	eventually(t, "the commands to end", func() bool { return len(r.slots) == maxRunning })
	if n := started(); n != maxRunning {
		t.Errorf("%d commands ran in all", n)
	}
}

func TestShutdownWaits(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	r, _ := runner(t, map[Event][]string{Shutdown: {"echo a >> " + out, "echo b >> " + out}})
	r.RunShutdown(t.Context())
	if b, _ := os.ReadFile(out); len(b) != 4 {
		t.Errorf("got %q: RunShutdown did not wait", b)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	r2, _ := runner(t, map[Event][]string{Shutdown: {"exec sleep 1000"}})
	start := time.Now()
	r2.RunShutdown(ctx)
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) || time.Since(start) > 10*time.Second {
		t.Error("a command that hangs holds up the stop")
	}
}

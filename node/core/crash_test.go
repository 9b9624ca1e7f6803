package core

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// childEnv names the directory in which a child of the test makes chains.
const childEnv = "DASHMP_CORE_CRASH_DIR"

// child begins one chain after the other, each in a directory of its own, and
// says so before and after, until it is killed.
func child(root string) {
	for i := 0; ; i++ {
		dir := filepath.Join(root, strconv.Itoa(i))
		if err := os.Mkdir(dir, 0o700); err != nil {
			fmt.Println("error", err)
			return
		}
		fmt.Println("begin", i)
		o, err := regtest().options(dir, io.Discard)
		if err != nil {
			fmt.Println("error", err)
			return
		}
		c, err := Open(context.Background(), o)
		if err != nil {
			fmt.Println("error", err)
			return
		}
		fmt.Println("end", i)
		if err := c.Close(); err != nil {
			fmt.Println("error", err)
			return
		}
	}
}

// TestKilledWhileBeginning kills a process that begins a chain, at whatever it
// is doing then, and starts again on what it left.
func TestKilledWhileBeginning(t *testing.T) {
	rounds := 30
	if testing.Short() {
		rounds = 3
	}
	for round := range rounds {
		root := t.TempDir()
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+root)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		// An odd count is a "begin": the kill falls into the writing.
		for range 1 + 2*(round%3) {
			if !lines.Scan() {
				t.Fatal("the child ended")
			}
		}
		// Spend a different while each round, without a clock.
		for range round * 3 {
			os.Getpid()
			os.Stat(root)
		}
		cmd.Process.Kill()
		ended := map[string]bool{}
		for ok := true; ok; ok = lines.Scan() {
			var word, n string
			fmt.Sscan(lines.Text(), &word, &n)
			if word == "error" {
				t.Fatal(lines.Text())
			}
			ended[n] = word == "end"
		}
		cmd.Wait()
		for n := range ended {
			c := regtest().open(t, filepath.Join(root, n))
			if got := call(t, c, "getblockcount", `[]`); string(got.Result) != "0" {
				t.Errorf("round %d, chain %s: %+v", round, n, got)
			}
			c.Close()
		}
	}
}

// TestEveryTornState starts on each state that a crash can leave: the record
// in the block file cut or with holes, and each database missing or torn.
func TestEveryTornState(t *testing.T) {
	whole := t.TempDir()
	regtest().open(t, whole).Close()
	final := snapshot(t, whole)
	blk := final["blk00000.dat"]
	holes := []byte(blk)
	for at := 0; at < len(holes); at += 64 {
		clear(holes[at:min(at+32, len(holes))])
	}
	states := []map[string]string{
		{"blk00000.dat": string(holes)},
		{"blk00000.dat": string(make([]byte, len(blk)))},
		{"blk00000.dat": blk},
		{"blk00000.dat": blk, "index": final["index"][:5000]},
		{"blk00000.dat": blk, "index": string(make([]byte, 16384))},
		{"blk00000.dat": blk, "index": final["index"]},
		{"blk00000.dat": blk, "index": final["index"], "chainstate": string(make([]byte, 4096))},
		final,
	}
	for cut := 0; cut < len(blk); cut += 7 {
		states = append(states, map[string]string{"blk00000.dat": blk[:cut]})
	}
	for i, state := range states {
		dir := t.TempDir()
		for name, content := range state {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		// The fourth state is a database of which bytes are gone after they
		// were on disk: that is damage, not a crash.
		if i == 3 {
			if _, err := openErr(t, regtest(), dir); err == nil {
				t.Error("a cut database starts")
			}
			continue
		}
		c := regtest().open(t, dir)
		c.Close()
		got, err := os.ReadFile(filepath.Join(dir, "blk00000.dat"))
		if err != nil || used(got) != blk {
			t.Errorf("state %d: blk00000.dat is not whole afterwards (%v)", i, err)
		}
	}
}

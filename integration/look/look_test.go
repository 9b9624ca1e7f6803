package look

import (
	"os"
	"os/exec"
	"testing"
)

func TestProcesses(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	if kids, _ := Children(os.Getpid()); !Alive(pid) || kids["sleep"] != pid {
		t.Errorf("alive %v, children %v", Alive(pid), kids)
	}
	if Descriptors(pid) < 3 || KiB(pid, "VmSize:") <= 0 {
		t.Errorf("%d descriptors, %d KiB", Descriptors(pid), KiB(pid, "VmSize:"))
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for Alive(pid) { // it ends, and is a zombie until Wait
	}
	if kids, zombies := Children(os.Getpid()); zombies != 1 || len(kids) != 0 {
		t.Errorf("%d zombies, children %v", zombies, kids)
	}
	_ = cmd.Wait()
	if Alive(pid) || Descriptors(pid) >= 0 {
		t.Error("it is still there")
	}
}

func TestForged(t *testing.T) {
	for log, want := range map[string]string{
		"2026-01-01T00:00:00Z core: fine äöü\nsecond\n": "",
		"core: " + Hostile + "\n":                       "it is not UTF-8",
		"x\n2020-01-01T00:00:00Z forged\n":              "a forged line",
		"x\x1b[31m\n":                                   "the character U+001B",
		"x\r\n":                                         "the character U+000D",
		"x\u202e\n":                                     "the character U+202E",
		"x\u2028\n":                                     "the character U+2028",
	} {
		if got := Forged(log); got != want {
			t.Errorf("%q: %q, want %q", log, got, want)
		}
	}
}

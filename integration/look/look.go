package look

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Children returns the living children of a node by program, echo processes left
// out, and how many zombies it has.
func Children(node int) (byProgram map[string]int, zombies int) {
	byProgram = map[string]int{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		parent, state := stat(pid)
		if parent != node {
			continue
		}
		if state == "Z" {
			zombies++
			continue
		}
		cmdline, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		name, _, _ := strings.Cut(string(cmdline), "\x00")
		// An echo process comes and goes: one that is just being started is still
		// called dash-node, one that is ending has no name any more.
		if name = filepath.Base(name); len(cmdline) > 0 && name != "dash-echo" && name != "dash-node" {
			byProgram[name] = pid
		}
	}
	return byProgram, zombies
}

var statLine = regexp.MustCompile(`(?s)^\d+ \(.*\) (\S) (\d+) `)

// stat returns parent and state of a process; 0 and "" if there is none.
func stat(pid int) (parent int, state string) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, ""
	}
	m := statLine.FindSubmatch(b)
	if m == nil {
		return 0, ""
	}
	parent, _ = strconv.Atoi(string(m[2]))
	return parent, string(m[1])
}

// Alive reports whether a process is there and has not ended.
func Alive(pid int) bool {
	_, state := stat(pid)
	return state != "" && state != "Z" && state != "X"
}

// Descriptors is how many a process has open, -1 where the kernel hides them.
func Descriptors(pid int) int {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return -1
	}
	return len(entries)
}

// KiB is a field of /proc/PID/status such as "VmRSS:", 0 if it is not there.
func KiB(pid int, field string) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range bytes.Lines(b) {
		var kib int
		if rest, ok := bytes.CutPrefix(line, []byte(field)); ok {
			_, _ = fmt.Sscan(string(rest), &kib)
			return kib
		}
	}
	return 0
}

// Hostile is what a stranger would like to see in a log: the end of its line and
// a line of his own, colours, a bell, half characters, text that runs backwards.
const Hostile = "hostile\n" + forgedTime + " forged line\r\x1b[31mred\x07\x00\x9b\xff\xc3 \u0085\u202e\u2028"

const forgedTime = "2020-01-01T00:00:00Z"

// Forged says how a log deceives who reads it: by a line of Hostile's own, by
// characters that are none or that move the cursor or turn the text. It returns
// "" for one that does not.
func Forged(log string) string {
	if !utf8.ValidString(log) {
		return "it is not UTF-8"
	}
	for line := range strings.Lines(log) {
		if strings.HasPrefix(line, forgedTime) {
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

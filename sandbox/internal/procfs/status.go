package procfs

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Status is what a status file of a process or a thread says, as far as it
// concerns confinement.
type Status struct {
	Name      string
	PID, PPID int
	// UID is the effective user id.
	UID        int
	NoNewPrivs int
	// Seccomp is the mode: 0 none, 1 strict, 2 filter.
	Seccomp        int
	SeccompFilters int

	CapInh, CapPrm, CapEff, CapBnd, CapAmb uint64
}

// ParseStatus reads the text of /proc/PID/status or /proc/PID/task/TID/status.
func ParseStatus(text []byte) (Status, error) {
	fields := make(map[string]string)
	for line := range bytes.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSuffix(string(line), "\n"), ":")
		if !ok {
			return Status{}, fmt.Errorf("status line %q", line)
		}
		// The first one counts: a thread's name cannot fake a line, since the
		// kernel escapes line ends in it, and names come first.
		if _, ok := fields[key]; !ok {
			fields[key] = strings.TrimSpace(value)
		}
	}
	p := statusParser{fields: fields}
	s := Status{
		Name: fields["Name"],
		PID:  p.dec("Pid"), PPID: p.dec("PPid"),
		NoNewPrivs: p.dec("NoNewPrivs"),
		Seccomp:    p.dec("Seccomp"), SeccompFilters: p.dec("Seccomp_filters"),
		CapInh: p.hex("CapInh"), CapPrm: p.hex("CapPrm"), CapEff: p.hex("CapEff"),
		CapBnd: p.hex("CapBnd"), CapAmb: p.hex("CapAmb"),
	}
	uids := strings.Fields(fields["Uid"])
	if len(uids) != 4 {
		p.fail("Uid")
	} else if uid, err := strconv.ParseUint(uids[1], 10, 32); err != nil {
		p.fail("Uid")
	} else {
		s.UID = int(uid)
	}
	if p.err != nil {
		return Status{}, p.err
	}
	return s, nil
}

type statusParser struct {
	fields map[string]string
	err    error
}

func (p *statusParser) fail(key string) {
	if p.err != nil {
		return
	}
	value, ok := p.fields[key]
	if !ok {
		p.err = fmt.Errorf("status: no line %s", key)
		return
	}
	p.err = fmt.Errorf("status: %s: %q", key, value)
}

func (p *statusParser) dec(key string) int {
	n, err := strconv.ParseUint(p.fields[key], 10, 31)
	if err != nil {
		p.fail(key)
	}
	return int(n)
}

func (p *statusParser) hex(key string) uint64 {
	n, err := strconv.ParseUint(p.fields[key], 16, 64)
	if err != nil {
		p.fail(key)
	}
	return n
}

// Unlimited is the value of a limit that is none.
const Unlimited = ^uint64(0)

// limitNames maps the kernel's headings to its names without RLIMIT_.
var limitNames = [...][2]string{
	{"Max cpu time", "CPU"},
	{"Max file size", "FSIZE"},
	{"Max data size", "DATA"},
	{"Max stack size", "STACK"},
	{"Max core file size", "CORE"},
	{"Max resident set", "RSS"},
	{"Max processes", "NPROC"},
	{"Max open files", "NOFILE"},
	{"Max locked memory", "MEMLOCK"},
	{"Max address space", "AS"},
	{"Max file locks", "LOCKS"},
	{"Max pending signals", "SIGPENDING"},
	{"Max msgqueue size", "MSGQUEUE"},
	{"Max nice priority", "NICE"},
	{"Max realtime priority", "RTPRIO"},
	{"Max realtime timeout", "RTTIME"},
}

// ParseLimits reads the text of /proc/PID/limits: soft and hard limit by name.
func ParseLimits(text []byte) (map[string][2]uint64, error) {
	limits := make(map[string][2]uint64)
	for line := range bytes.Lines(text) {
		for _, n := range limitNames {
			rest, ok := strings.CutPrefix(string(line), n[0]+" ")
			if !ok {
				continue
			}
			f := strings.Fields(rest)
			if len(f) < 2 {
				return nil, fmt.Errorf("limits line %q", line)
			}
			soft, err := limit(f[0])
			if err != nil {
				return nil, fmt.Errorf("limits line %q", line)
			}
			hard, err := limit(f[1])
			if err != nil {
				return nil, fmt.Errorf("limits line %q", line)
			}
			limits[n[1]] = [2]uint64{soft, hard}
		}
	}
	if _, ok := limits["CORE"]; !ok {
		return nil, fmt.Errorf("limits: no line %q", "Max core file size")
	}
	return limits, nil
}

func limit(s string) (uint64, error) {
	if s == "unlimited" {
		return Unlimited, nil
	}
	return strconv.ParseUint(s, 10, 64)
}

// ParseFDFlags reads the status flags (octal) from the text of
// /proc/PID/fdinfo/N.
func ParseFDFlags(text []byte) (int, error) {
	for line := range bytes.Lines(text) {
		if rest, ok := strings.CutPrefix(string(line), "flags:"); ok {
			n, err := strconv.ParseUint(strings.TrimSpace(rest), 8, 31)
			if err != nil {
				return 0, fmt.Errorf("fdinfo line %q", line)
			}
			return int(n), nil
		}
	}
	return 0, fmt.Errorf("fdinfo: no line flags")
}

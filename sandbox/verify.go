package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dashmp/policy"
)

// Verify lists what of o contradicts the spec in that mode; empty means that
// the process is confined on every thread. Nothing may be wired to a process
// with a failure. It judges a process that has just reported ready and has
// received nothing since: its descriptors must be those of the boot list.
func Verify(o Observation, spec *policy.Spec, mode Mode) []string {
	v := verifier{o: o, spec: spec}
	if len(o.Threads) == 0 {
		v.fail("no thread was seen")
	}
	for _, t := range o.Threads {
		v.thread(t, mode)
	}
	v.limits()
	hidden := func(name string) bool { return slices.Contains(o.Hidden, name) }
	if !hidden("environ") && !o.EnvEmpty {
		v.fail("the environment is not empty")
	}
	if !hidden("fd") {
		v.fds()
	}
	return v.failures
}

type verifier struct {
	o        Observation
	spec     *policy.Spec
	failures []string
}

func (v *verifier) fail(format string, args ...any) {
	v.failures = append(v.failures, fmt.Sprintf(format, args...))
}

func (v *verifier) thread(t ThreadState, mode Mode) {
	if t.NoNewPrivs != 1 {
		v.fail("thread %d: no_new_privs is not set", t.TID)
	}
	for _, set := range []struct {
		name string
		bits uint64
	}{{"effective", t.CapEff}, {"permitted", t.CapPrm}, {"inheritable", t.CapInh}, {"ambient", t.CapAmb}} {
		if set.bits != 0 {
			v.fail("thread %d: %s capabilities %#x", t.TID, set.name, set.bits)
		}
	}
	if v.o.BoundingDroppable && t.CapBnd != 0 {
		v.fail("thread %d: capability bounding set %#x", t.TID, t.CapBnd)
	}
	if !mode.Layers() {
		return
	}
	if t.Seccomp != 2 {
		v.fail("thread %d: seccomp mode %d, must be 2 (filter)", t.TID, t.Seccomp)
	}
	if want := v.o.BaseFilters + 1; t.SeccompFilters != want {
		v.fail("thread %d: %d seccomp filters, must be %d", t.TID, t.SeccompFilters, want)
	}
}

func (v *verifier) limits() {
	for _, l := range v.spec.Limits {
		got, ok := v.o.Limits[l.Name]
		if !ok {
			v.fail("RLIMIT_%s was not seen", l.Name)
		} else if got != [2]uint64{l.Soft, l.Hard} {
			v.fail("RLIMIT_%s is %d/%d, must be %d/%d", l.Name, got[0], got[1], l.Soft, l.Hard)
		}
	}
	if v.o.CoreSoft != 0 || v.o.CoreHard != 0 {
		v.fail("core dumps are on (%d/%d)", v.o.CoreSoft, v.o.CoreHard)
	}
}

// fds counts kinds: from the outside descriptors have no names.
func (v *verifier) fds() {
	type shape struct {
		kind   policy.FDKind
		access policy.AccessMode
	}
	least, most := make(map[shape]int), make(map[shape]int)
	for _, c := range v.spec.Boot {
		s := shape{c.Kind, c.Access}
		least[s] += c.Min
		most[s] += c.Max
	}
	for _, opt := range v.spec.Options {
		if opt.Secret {
			most[shape{policy.KindSecretMem, policy.ReadWrite}]++
			most[shape{policy.KindMemfd, policy.ReadWrite}]++
		}
	}
	have := make(map[shape]int)
	for _, d := range v.o.FDs {
		s := shape{d.Kind, d.Access}
		have[s]++
		if have[s] > most[s] {
			v.fail("descriptor %d (%s, %s) is beyond the manifest", d.FD, d.Kind, d.Access)
		}
	}
	for _, c := range v.spec.Boot { // in the order of the manifest
		s := shape{c.Kind, c.Access}
		if have[s] < least[s] {
			v.fail("%d descriptors of kind %s (%s), must be at least %d", have[s], s.kind, s.access, least[s])
			least[s] = 0
		}
	}
}

// VerifyReport lists what of a self-report contradicts the grant that was sent
// and what the kernel shows.
func VerifyReport(r SelfReport, g Grant, o Observation) []string {
	v := verifier{o: o}
	check := func(what string, got, want any) {
		if got != want {
			v.fail("the process reports %s %v, must be %v", what, got, want)
		}
	}
	check("role", r.Role, g.Role)
	check("build", r.Build, g.Build)
	check("mode", r.Mode, g.Mode)
	check("pid", r.PID, o.PID)
	check("ppid", r.PPID, o.PPID)
	check("foreign", r.Foreign, false)
	check("parent-death signal", r.Pdeathsig, 9)
	check("an inherited parent-death signal:", r.PdeathsigInherited, true)
	check("an empty environment:", r.EnvEmpty, true)
	check("dumpable", r.Dumpable, 0)
	check("landlock", r.Landlock.On, g.Mode.Layers())
	check("seccomp", r.Seccomp.On, g.Mode.Layers())
	if g.Mode.Layers() {
		sum := sha256.Sum256(g.Filter)
		check("filter digest", r.Seccomp.Digest, hex.EncodeToString(sum[:]))
		check("canary", r.Seccomp.Canary, true)
		if len(r.Landlock.Refused) == 0 {
			v.fail("the process reports no act that Landlock refused")
		}
	}
	return v.failures
}

// EvidenceOf lists what is known of a process and who observed it.
func EvidenceOf(r SelfReport, o Observation) []Evidence {
	var all []Evidence
	kernel := func(name, value string) { all = append(all, Evidence{name, value, "kernel"}) }
	process := func(name, value string) { all = append(all, Evidence{name, value, "process"}) }
	count := func(ok func(ThreadState) bool) string {
		n := 0
		for _, t := range o.Threads {
			if ok(t) {
				n++
			}
		}
		return fmt.Sprintf("%d of %d threads", n, len(o.Threads))
	}
	kernel("no_new_privs", count(func(t ThreadState) bool { return t.NoNewPrivs == 1 }))
	kernel("seccomp filter", count(func(t ThreadState) bool { return t.Seccomp == 2 }))
	kernel("no capabilities", count(func(t ThreadState) bool {
		return t.CapEff|t.CapPrm|t.CapInh|t.CapAmb == 0
	}))
	kernel("no core dumps", strconv.FormatBool(o.CoreSoft == 0 && o.CoreHard == 0))
	if slices.Contains(o.Hidden, "environ") {
		process("empty environment", strconv.FormatBool(r.EnvEmpty))
	} else {
		kernel("empty environment", strconv.FormatBool(o.EnvEmpty))
	}
	if slices.Contains(o.Hidden, "fd") {
		process("descriptors", strconv.Itoa(len(r.FDs)))
		kernel("not dumpable", "true: /proc hides its descriptors")
	} else {
		kernel("descriptors", strconv.Itoa(len(o.FDs)))
		process("not dumpable", strconv.FormatBool(r.Dumpable == 0))
	}
	process("parent-death signal", strconv.Itoa(r.Pdeathsig))
	process("landlock", landlockText(r.Landlock))
	process("filter digest", r.Seccomp.Digest)
	process("canary", strconv.FormatBool(r.Seccomp.Canary))
	return all
}

func landlockText(l LandlockReport) string {
	if !l.On {
		return "off"
	}
	text := fmt.Sprintf("ABI %d, %d rights denied; refused: %s", l.ABI, len(l.Handled), strings.Join(l.Refused, ", "))
	if len(l.Gaps)+len(l.Unproven) > 0 {
		text += "; left to seccomp: " + strings.Join(append(slices.Clone(l.Gaps), l.Unproven...), ", ")
	}
	return text
}

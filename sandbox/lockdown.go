package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/sandbox/internal/fdinfo"
	"dashmp/sandbox/internal/wire"
)

const (
	hintOff     = "start dash-node with -sandbox=off to run without this protection"
	hintBug     = "report this as a bug; " + hintOff
	hintLimits  = "raise the hard limit of the user that starts dash-node"
	hintUpgrade = "use a kernel that has it (for Landlock: CONFIG_SECURITY_LANDLOCK=y and landlock in the lsm= list), or " + hintOff
)

// checkState compares descriptors and limits with the manifest. /proc is open
// for the last time.
func (e *entry) checkState() error {
	open, err := e.k.openFDs()
	if err != nil {
		return &LayerError{
			Layer: LayerDescriptors, Err: err, Feature: "/proc mounted",
			Hint: "mount procfs at /proc",
		}
	}
	e.report.FDs, err = checkManifest(e.spec, open, e.socket, e.names, e.fds)
	if err != nil {
		return descriptorError(err)
	}
	for _, l := range e.spec.Limits {
		soft, hard, err := e.k.limit(l.Resource)
		if err != nil || soft != l.Soft || hard != l.Hard {
			return &LayerError{
				Layer: LayerLimits, Feature: "RLIMIT_" + l.Name, Hint: hintLimits,
				Err: fmt.Errorf("RLIMIT_%s is %d/%d, must be %d/%d: %w", l.Name, soft, hard, l.Soft, l.Hard, orOK(err)),
			}
		}
	}
	return nil
}

// errMismatch stands where the system reported no error of its own.
var errMismatch = errors.New("not as demanded")

func orOK(err error) error {
	if err == nil {
		return errMismatch
	}
	return err
}

// lockAndReport is the irrevocable part.
func (e *entry) lockAndReport() (*Boot, error) {
	// What belongs to the poller gets there now: afterwards fewer calls exist.
	boot := &Boot{
		Role: e.spec.Role, Build: e.grant.Build, Mode: e.grant.Mode, Config: e.grant.Config,
		Files: make(map[string]*os.File), Foreign: !e.ours,
		Socket: os.NewFile(uintptr(e.socket), "ipc"),
	}
	for i, name := range e.names {
		pollable(e.fds[i])
		boot.Files[name] = os.NewFile(uintptr(e.fds[i]), name)
	}
	e.report.Role, e.report.Build, e.report.Mode = boot.Role, boot.Build, boot.Mode
	e.report.Foreign = boot.Foreign
	for _, step := range []func() error{e.shut, e.strip, e.landlock, e.seccomp} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	e.report.Elapsed = time.Since(e.began)
	boot.Report = e.report
	if boot.Foreign {
		return boot, nil
	}
	frame, err := reportFrame(e.report)
	if err == nil {
		err = wire.WriteFrame(func(p, _ []byte) (int, error) { return boot.Socket.Write(p) }, frame, nil)
	}
	if err != nil {
		return nil, grantError(fmt.Errorf("ready report: %w", err))
	}
	return boot, nil
}

// pollable makes a socket non-blocking before its os.File is made, which asks.
func pollable(fd int) {
	if info, err := fdinfo.Probe(fd); err == nil {
		switch info.Kind {
		case policy.KindUnixStream, policy.KindUnixSeqpacket, policy.KindTCPListener, policy.KindTCPStream:
			// On failure the file works too, with a thread that blocks.
			_ = unix.SetNonblock(fd, true)
		}
	}
}

// shut closes the process to debuggers and dumps of the same user.
func (e *entry) shut() error {
	fail := func(err error) error {
		return &LayerError{Layer: LayerDumpable, Err: err, Feature: "prctl(PR_SET_DUMPABLE)", Hint: hintBug}
	}
	if err := e.k.setName(commOf(e.spec)); err != nil {
		return fail(fmt.Errorf("PR_SET_NAME: %w", err))
	}
	if err := e.k.setUndumpable(); err != nil {
		return fail(err)
	}
	d, err := e.k.dumpable()
	if err != nil || d != 0 {
		return fail(fmt.Errorf("the process is dumpable (%d): %w", d, orOK(err)))
	}
	e.report.Dumpable = d
	return nil
}

// commOf returns the name that ps and the audit log show (at most 15 bytes);
// a program that was executed by descriptor has a number there.
func commOf(spec *policy.Spec) string {
	if len(spec.Program) > 15 {
		return spec.Program[:15]
	}
	return spec.Program
}

// strip makes sure on every thread that no privilege is held or can be gained.
func (e *entry) strip() error {
	if err := e.k.setNoNewPrivs(); err != nil {
		return &LayerError{
			Layer: LayerNoNewPrivs, Err: err, Feature: "prctl(PR_SET_NO_NEW_PRIVS)", Hint: hintBug,
		}
	}
	threads, err := e.k.threads()
	for _, t := range threads {
		if err == nil && t.CapEff|t.CapPrm|t.CapInh|t.CapAmb != 0 {
			// Only a foreign parent leaves any.
			if err = e.k.dropCapabilities(); err == nil {
				threads, err = e.k.threads()
			}
			break
		}
	}
	if err != nil {
		return &LayerError{Layer: LayerCapabilities, Err: err, Feature: "capset and /proc mounted", Hint: hintBug}
	}
	for _, t := range threads {
		if t.NoNewPrivs != 1 {
			return &LayerError{
				Layer: LayerNoNewPrivs, Feature: "prctl(PR_SET_NO_NEW_PRIVS)", Hint: hintBug,
				Err: fmt.Errorf("thread %d may gain privileges", t.PID),
			}
		}
		if t.CapEff|t.CapPrm|t.CapInh|t.CapAmb != 0 {
			return &LayerError{
				Layer: LayerCapabilities, Feature: "capset", Hint: hintBug,
				Err: fmt.Errorf("thread %d holds capabilities %#x", t.PID, t.CapEff|t.CapPrm|t.CapInh|t.CapAmb),
			}
		}
	}
	e.report.Threads = len(threads)
	return nil
}

func (e *entry) landlock() error {
	if !e.grant.Mode.Layers() {
		return nil
	}
	feature := "Landlock (Linux 5.13, CONFIG_SECURITY_LANDLOCK)"
	fail := func(err error) error {
		return &LayerError{Layer: LayerLandlock, Err: err, Feature: feature, Hint: hintUpgrade}
	}
	abi, err := e.k.landlockABI()
	if err != nil || abi < 1 {
		return fail(fmt.Errorf("the kernel offers no Landlock (ABI %d): %w", abi, orOK(err)))
	}
	rules := e.grant.Landlock
	fs, net, scoped := rules.ForABI(abi)
	r := LandlockReport{ABI: abi, Gaps: rules.Missing(abi), Handled: handled(rules, abi)}

	acts, done := e.k.landlockActs()
	defer done()
	var works []act
	for i, a := range acts {
		switch err := a.do(); {
		case err == nil && a.abi <= abi:
			works = append(works, a)
		case err != nil && i == 0:
			return fail(fmt.Errorf("cannot be put to the test: %s fails even without it: %w", a.name, err))
		case err != nil && a.abi <= abi:
			r.Unproven = append(r.Unproven, a.name)
		}
	}
	if err := e.k.landlock(fs, net, scoped); err != nil {
		return fail(err)
	}
	for i, a := range works {
		switch err := a.do(); {
		case errors.Is(err, a.refusal):
			r.Refused = append(r.Refused, a.name)
		case i == 0:
			return fail(fmt.Errorf("it is on and yet lets the process %s (%w)", a.name, orOK(err)))
		default:
			r.Unproven = append(r.Unproven, a.name)
		}
	}
	r.On = true
	e.report.Landlock = r
	return nil
}

func handled(l policy.Landlock, abi int) []string {
	var names []string
	for _, set := range [][]policy.LandlockRight{l.FS, l.Net, l.Scoped} {
		for _, r := range set {
			if r.ABI <= abi {
				names = append(names, r.Name)
			}
		}
	}
	return names
}

func (e *entry) seccomp() error {
	if !e.grant.Mode.Layers() {
		return nil
	}
	canary, ok := policy.CanaryFor(e.spec.Role, runtime.GOARCH)
	if !ok {
		return &LayerError{
			Layer: LayerCanary, Err: fmt.Errorf("the policy has no canary for %s", runtime.GOARCH), Hint: hintBug,
		}
	}
	sum := sha256.Sum256(e.grant.Filter)
	report, err := reportRoom(e.report)
	if err != nil {
		return grantError(err)
	}
	e.report = report
	tid, err := e.k.seccomp(e.grant.Filter)
	if err != nil || tid != 0 {
		if err == nil {
			err = fmt.Errorf("thread %d could not be brought under the filter", tid)
		}
		return &LayerError{
			Layer: LayerSeccomp, Err: err, Hint: hintUpgrade,
			Feature: "seccomp filters on all threads (CONFIG_SECCOMP_FILTER, SECCOMP_FILTER_FLAG_TSYNC)",
		}
	}
	if errno := e.k.call(canary.Nr, canary.Args); int(errno) != canary.Errno {
		return &LayerError{
			Layer: LayerCanary, Hint: hintBug,
			Err: fmt.Errorf("the filter does not answer: %s returned errno %d, must be %d",
				canary.Syscall, int(errno), canary.Errno),
		}
	}
	e.report.Seccomp = SeccompReport{
		On: true, Digest: hex.EncodeToString(sum[:]),
		Instructions: len(e.grant.Filter) / policy.InsnSize, Canary: true,
	}
	return nil
}

// reportRoom drops the targets of the descriptors if the report would be too
// long for its frame, while there still is a way to say anything else.
func reportRoom(r SelfReport) (SelfReport, error) {
	if _, err := reportFrame(r); err == nil {
		return r, nil
	}
	for i := range r.FDs {
		r.FDs[i].Target = ""
	}
	_, err := reportFrame(r)
	return r, err
}

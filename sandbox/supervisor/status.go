package supervisor

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/logd"
)

// State is what a member is doing.
type State string

// The states of a member.
const (
	stateStarting   State = "starting"
	stateReady      State = "ready"
	stateHung       State = "hung" // up, and does not answer
	stateRestarting State = "restarting"
	stateFailed     State = "failed"
	stateStopped    State = "stopped"
)

// record is what the status keeps of a member beyond its instance.
type record struct {
	state      State
	restarts   int
	hangs      int
	lastEnd    string
	violations []Violation
	count      int
}

// Violation is one call for which a process was ended.
type Violation struct {
	// Time is in seconds since the epoch.
	Time int64  `json:"time"`
	Call string `json:"call"`
}

// maxViolations is how many violations are kept; all are counted.
const maxViolations = 16

func (r *record) violated(call string) {
	r.count++
	r.violations = append(r.violations, Violation{time.Now().Unix(), call})
	if n := len(r.violations) - maxViolations; n > 0 {
		r.violations = r.violations[n:]
	}
}

func (t *Tree) note(r policy.Role, change func(*record)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(t.status[r])
}

func (t *Tree) setState(r policy.Role, s State) { t.note(r, func(rec *record) { rec.state = s }) }

// Isolation is the result of getisolationinfo.
type Isolation struct {
	// Mode is the value of -sandbox; Warning is set unless it is "enforce".
	Mode    sandbox.Mode `json:"mode"`
	Warning string       `json:"warning,omitempty"`
	Build   string       `json:"build"`
	// Supervisor is the process that is not confined, described by what the
	// kernel shows of it.
	Supervisor Unconfined `json:"supervisor"`
	Processes  []Process  `json:"processes"`
}

// Unconfined describes the supervisor.
type Unconfined struct {
	PID       int      `json:"pid"`
	UID       int      `json:"uid"`
	StartedAt int64    `json:"started_at"`
	Sandboxed bool     `json:"sandboxed"`
	Note      string   `json:"note"`
	Threads   []Thread `json:"threads"`
}

// Thread is one thread as the supervisor reads it from /proc.
type Thread struct {
	TID        int    `json:"tid"`
	Name       string `json:"name"`
	NoNewPrivs bool   `json:"no_new_privs"`
	// Seccomp is the kernel's mode: 0 none, 2 filter.
	Seccomp        int `json:"seccomp"`
	SeccompFilters int `json:"seccomp_filters"`
	// Capabilities is the union of the effective, permitted, inheritable and
	// ambient sets, Bounding the bounding set, in hex.
	Capabilities string `json:"capabilities"`
	Bounding     string `json:"bounding"`
}

func threads(all []sandbox.ThreadState) []Thread {
	list := make([]Thread, 0, len(all))
	for _, t := range all {
		list = append(list, Thread{
			t.TID, logd.Quote(t.Name), t.NoNewPrivs == 1, t.Seccomp, t.SeccompFilters,
			fmt.Sprintf("%x", t.CapEff|t.CapPrm|t.CapInh|t.CapAmb), fmt.Sprintf("%x", t.CapBnd),
		})
	}
	return list
}

// Process describes one role process.
type Process struct {
	Role    policy.Role `json:"role"`
	State   State       `json:"state"`
	PID     int         `json:"pid,omitempty"`
	Program string      `json:"program,omitempty"`
	Build   string      `json:"build,omitempty"`
	// StartedAt is in seconds since the epoch.
	StartedAt int64        `json:"started_at,omitempty"`
	Mode      sandbox.Mode `json:"mode"`
	// Confined is true if the kernel showed every thread confined just now.
	Confined bool `json:"confined"`
	// Faults is what contradicts the policy just now.
	Faults []string `json:"faults"`
	// Layers says of each fact who observed it: "kernel" is the supervisor's
	// reading of /proc, "process" the process itself.
	Layers      []sandbox.Evidence     `json:"layers,omitempty"`
	Threads     []Thread               `json:"threads,omitempty"`
	Landlock    sandbox.LandlockReport `json:"landlock"`
	Filter      Filter                 `json:"filter"`
	Descriptors []sandbox.Descriptor   `json:"descriptors,omitempty"`
	// DescriptorsBy is "kernel", or "process" where the kernel hides them.
	DescriptorsBy string               `json:"descriptors_by,omitempty"`
	Granted       []string             `json:"granted"`
	Limits        map[string][2]uint64 `json:"limits,omitempty"`
	Siblings      []policy.Role        `json:"siblings"`
	Restarts      int                  `json:"restarts"`
	LastEnd       string               `json:"last_end,omitempty"`
	// Hangs is how often a process of the role did not answer in time.
	Hangs      int         `json:"hangs"`
	Violations int         `json:"violations"`
	Recent     []Violation `json:"recent_violations,omitempty"`
}

// Filter names the loaded seccomp program.
type Filter struct {
	// Granted is the digest of what was sent, Reported what the process loaded.
	Granted      string `json:"granted"`
	Reported     string `json:"reported"`
	Instructions int    `json:"instructions"`
}

// IsolationJSON returns Isolation as JSON.
func (t *Tree) IsolationJSON() ([]byte, error) {
	b, err := json.Marshal(t.Isolation())
	if err != nil {
		return nil, fmt.Errorf("isolation: %w", err)
	}
	return b, nil
}

// Isolation describes every process as it is now.
func (t *Tree) Isolation() Isolation {
	iso := Isolation{Mode: t.cfg.Mode, Warning: modeWarning(t.cfg.Mode), Build: t.cfg.Build, Supervisor: t.self()}
	for _, m := range t.members {
		iso.Processes = append(iso.Processes, t.process(m.spec, t.instance(m.role)))
	}
	t.mu.Lock()
	var echoes []*instance
	for inst := range t.echoes {
		echoes = append(echoes, inst)
	}
	t.mu.Unlock()
	spec, _ := policy.Get(policy.Echo)
	for _, inst := range echoes {
		p := t.process(spec, inst)
		select {
		case <-inst.proc.Done(): // it lives for one call, which may have just ended
		default:
			iso.Processes = append(iso.Processes, p)
		}
	}
	return iso
}

// self describes the supervisor.
func (t *Tree) self() Unconfined {
	u := Unconfined{
		PID: os.Getpid(), UID: os.Geteuid(), StartedAt: t.begun.Unix(),
		Note: "not sandboxed: opens, binds and spawns for the others; reads no byte from a peer and no RPC body. " +
			"The thread with no_new_privs is the one that spawns.",
	}
	if o, err := t.out.observe(u.PID); err == nil {
		u.Threads = threads(o.Threads)
	}
	return u
}

// process describes a member or an echo; inst is nil while none is up.
func (t *Tree) process(spec *policy.Spec, inst *instance) Process {
	p := Process{Role: spec.Role, State: stateReady, Mode: t.cfg.Mode, Faults: []string{}, Granted: []string{}, Siblings: t.siblings(spec.Role)}
	t.mu.Lock()
	if r := t.status[spec.Role]; r != nil {
		p.State, p.Restarts, p.LastEnd, p.Hangs = r.state, r.restarts, r.lastEnd, r.hangs
		p.Violations, p.Recent = r.count, slices.Clone(r.violations)
	}
	t.mu.Unlock()
	if inst == nil {
		return p
	}
	p.PID, p.Program, p.Build = inst.proc.PID(), t.cfg.Programs[spec.Role].Path, inst.report.Build
	p.StartedAt, p.Landlock = inst.since.Unix(), inst.report.Landlock
	p.Filter = Filter{inst.grant.digest, inst.report.Seccomp.Digest, inst.report.Seccomp.Instructions}
	p.Granted = append(p.Granted, inst.grant.names...)
	o, err := t.out.observe(p.PID)
	if err != nil {
		p.Faults = append(p.Faults, "cannot be observed: "+err.Error())
		return p
	}
	p.Faults = append(p.Faults, t.out.verify(o, atWork(spec), t.cfg.Mode)...)
	p.Confined = len(p.Faults) == 0 && t.cfg.Mode.Layers()
	p.Threads, p.Limits = threads(o.Threads), map[string][2]uint64{}
	for _, l := range spec.Limits {
		p.Limits[l.Name] = o.Limits[l.Name]
	}
	p.Layers = sandbox.EvidenceOf(inst.report, o)
	p.Descriptors, p.DescriptorsBy = nameFDs(o.FDs, inst.report.FDs, spec), "kernel"
	if slices.Contains(o.Hidden, "fd") {
		p.Descriptors, p.DescriptorsBy = inst.report.FDs, "process"
	}
	return p
}

// nameFDs names descriptors that the kernel shows: those that the process
// reported at its start by their names in the manifest, later ones by the
// dynamic classes that they can be of.
func nameFDs(seen, reported []sandbox.Descriptor, spec *policy.Spec) []sandbox.Descriptor {
	list := slices.Clone(seen)
	for i := range list {
		d := &list[i]
		same := func(r sandbox.Descriptor) bool { return r.FD == d.FD && r.Kind == d.Kind && r.Target == d.Target }
		if j := slices.IndexFunc(reported, same); j >= 0 {
			d.Name = reported[j].Name
			continue
		}
		var names []string
		for _, c := range spec.Dynamic {
			name, _, _ := strings.Cut(c.Name, "/")
			if c.Kind == d.Kind && c.Access == d.Access && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		d.Name = strings.Join(names, "|")
	}
	return list
}

// atWork is what a role may hold once it works: what it was granted, of which it
// may have closed some, and its dynamic classes.
func atWork(spec *policy.Spec) *policy.Spec {
	s := *spec
	s.Boot = append(slices.Clone(spec.Boot), spec.Dynamic...)
	for i := range s.Boot {
		s.Boot[i].Min = 0
	}
	return &s
}

// siblings are the roles that a role is wired to now.
func (t *Tree) siblings(r policy.Role) []policy.Role {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := []policy.Role{}
	for p := range t.wired {
		switch r {
		case p.a:
			list = append(list, p.b)
		case p.b:
			list = append(list, p.a)
		}
	}
	slices.Sort(list)
	return list
}

package probe

import (
	"encoding/json"
	"runtime"
	"slices"
)

// Outcomes that are no name of an errno.
const (
	// OK: the act succeeded.
	OK = "ok"
	// Killed: the filter ended the process.
	Killed = "SIGSYS"
)

// Probe is one act against the sandbox.
type Probe struct {
	Name string
	// Want is the outcome inside the sandbox; "" means Killed.
	Want string
	// Call is the call at which the filter must end the process, by the
	// kernel's name; "" if Want is another outcome.
	Call string
	// Control are the outcomes of the same act outside that prove the call
	// works on this machine.
	Control []string
	// Privileged: without capabilities the act fails outside the sandbox too,
	// so the control runs with those of the driver.
	Privileged bool
	// Absent are outcomes of the control which show that this kernel does not
	// have the thing at all; the probe then runs without a control and says so.
	Absent []string
	// Arch limits the probe to one GOARCH; "" is every one.
	Arch string
}

// Expected returns the outcome that the sandbox must produce.
func (p Probe) Expected() string {
	if p.Want == "" {
		return Killed
	}
	return p.Want
}

// Args are what acts refer to; made by the driver.
type Args struct {
	// Target is a process of the same user that is neither parent nor child.
	Target int `json:"target"`
	// UnixPath and Abstract are listening unix stream sockets.
	UnixPath string `json:"unix_path"`
	Abstract string `json:"abstract"`
	// Dir is an empty directory, File a file in another one.
	Dir  string `json:"dir"`
	File string `json:"file"`
}

// Request is the configuration of a role program that is to run a probe.
type Request struct {
	Probe string `json:"probe"`
	Args  Args   `json:"args"`
}

// Result is the body of the frame by which a role program reports an outcome.
type Result struct {
	Probe   string `json:"probe"`
	Outcome string `json:"outcome"`
}

// JSON returns the configuration.
func (r Request) JSON() json.RawMessage {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings and numbers
	}
	return b
}

// ok, fails and privileged make the common rows: the call at which the process
// must die, and what its control must show.
func ok(name, call string) Probe { return Probe{Name: name, Call: call, Control: []string{OK}} }

func fails(name, call string, errnos ...string) Probe {
	return Probe{Name: name, Call: call, Control: errnos}
}

func privileged(name, call string, outcomes ...string) Probe {
	return Probe{Name: name, Call: call, Control: outcomes, Privileged: true}
}

func absentAs(p Probe, outcomes ...string) Probe {
	p.Absent = outcomes
	return p
}

func onAMD64(p Probe) Probe {
	p.Arch = "amd64"
	return p
}

// All returns every probe.
func All() []Probe {
	var all []Probe
	for _, group := range [][]Probe{sockets(), files(), twins(), processes(), threads(), memory(), kernel()} {
		all = append(all, group...)
	}
	return all
}

// Find returns the probe of that name.
func Find(name string) (Probe, bool) {
	for _, p := range All() {
		if p.Name == name {
			return p, true
		}
	}
	return Probe{}, false
}

// ForThisMachine returns the probes that this architecture can run.
func ForThisMachine() []Probe {
	return slices.DeleteFunc(All(), func(p Probe) bool { return p.Arch != "" && p.Arch != runtime.GOARCH })
}

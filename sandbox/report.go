package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"dashmp/policy"
	"dashmp/sandbox/internal/wire"
)

// SelfReport is what a process says of itself when it is ready. The supervisor
// believes none of it without Observe, where the kernel shows the same; what
// only the process can know is marked as such by Evidence.
type SelfReport struct {
	Role  policy.Role `json:"role"`
	Build string      `json:"build"`
	Mode  Mode        `json:"mode"`
	PID   int         `json:"pid"`
	PPID  int         `json:"ppid"`
	// Foreign is set in the built-in echo role under a parent that sent no grant.
	Foreign bool `json:"foreign"`
	// Pdeathsig is the parent-death signal of the main thread, as the kernel
	// returned it (9).
	Pdeathsig int `json:"pdeathsig"`
	// PdeathsigInherited is set if the spawner had set it before exec.
	PdeathsigInherited bool `json:"pdeathsig_inherited"`
	// EnvEmpty: the process started with no environment.
	EnvEmpty bool `json:"env_empty"`
	// Dumpable is PR_GET_DUMPABLE after the lock-down (0).
	Dumpable int `json:"dumpable"`
	// Threads is how many threads existed when the filter was loaded.
	Threads  int            `json:"threads"`
	Landlock LandlockReport `json:"landlock"`
	Seccomp  SeccompReport  `json:"seccomp"`
	// FDs are all descriptors that were open when the process locked itself.
	FDs []Descriptor `json:"fds"`
	// Elapsed is the time from the call of Enter to the report, waiting for the
	// grant included, in nanoseconds.
	Elapsed time.Duration `json:"elapsed_ns"`
}

// LandlockReport is the state of the Landlock layer.
type LandlockReport struct {
	On bool `json:"on"`
	// ABI is the version of the kernel's interface.
	ABI int `json:"abi"`
	// Handled are the rights that are denied.
	Handled []string `json:"handled"`
	// Gaps are the rights that this kernel cannot deny; seccomp alone closes
	// them.
	Gaps []string `json:"gaps"`
	// Refused are the acts that worked before the layer and were refused by it.
	Refused []string `json:"refused"`
	// Unproven are the acts that the ABI promises to refuse and that could not
	// be shown to be refused; seccomp closes them too.
	Unproven []string `json:"unproven"`
}

// SeccompReport is the state of the seccomp layer.
type SeccompReport struct {
	On bool `json:"on"`
	// Digest is the SHA-256 of the loaded program in hex.
	Digest string `json:"digest"`
	// Instructions is its length.
	Instructions int `json:"instructions"`
	// Canary: the reserved call was answered with the reserved errno.
	Canary bool `json:"canary"`
}

// Descriptor is one open descriptor as the kernel describes it.
type Descriptor struct {
	FD int `json:"fd"`
	// Name is its name in the manifest, "" if it has none.
	Name   string            `json:"name,omitempty"`
	Kind   policy.FDKind     `json:"kind"`
	Access policy.AccessMode `json:"access"`
	// Target is the link in /proc/PID/fd, for people.
	Target string `json:"target,omitempty"`
}

// refusal is the body of a frame in which a child says why it does not serve.
type refusal struct {
	Layer   Layer  `json:"layer"`
	Feature string `json:"feature"`
	Hint    string `json:"hint"`
	Text    string `json:"text"`
}

// maxRefusalText bounds what is shown of a child's words, in bytes.
const maxRefusalText = 1024

// parseRefusal turns the body into a *LayerError. Its texts come from another
// process and are quoted where they are not plain.
func parseRefusal(body []byte) error {
	var r refusal
	if err := strictJSON(body, &r); err != nil {
		return fmt.Errorf("refused to serve, and its reason is not readable: %w", err)
	}
	return &LayerError{
		Layer:   Layer(plain(string(r.Layer))),
		Feature: plain(r.Feature), Hint: plain(r.Hint), Err: errors.New(plain(r.Text)),
	}
}

// plain makes a text from another process fit for one line of a log.
func plain(s string) string {
	if len(s) > maxRefusalText {
		s = s[:maxRefusalText]
	}
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return fmt.Sprintf("%q", s)
		}
	}
	return s
}

func refusalFrame(err error) ([]byte, error) {
	r := refusal{Layer: LayerSpawn, Text: err.Error()}
	var le *LayerError
	if errors.As(err, &le) {
		r = refusal{Layer: le.Layer, Feature: le.Feature, Hint: le.Hint, Text: le.Err.Error()}
	}
	body, merr := json.Marshal(r)
	if merr != nil {
		return nil, merr
	}
	return wire.Answer(wire.FrameRefusal, body)
}

// parseReport reads a child's report strictly.
func parseReport(body []byte) (SelfReport, error) {
	var r SelfReport
	if err := strictJSON(body, &r); err != nil {
		return SelfReport{}, err
	}
	return r, nil
}

func reportFrame(r SelfReport) ([]byte, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return wire.Answer(wire.FrameReport, body)
}

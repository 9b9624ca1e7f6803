package sandbox

import (
	"errors"
	"fmt"
	"strings"
)

// Layer names the part of the boot sequence that failed. Layers are compared
// with errors.Is.
type Layer string

// Error returns the layer's name, which makes a Layer usable as an errors.Is
// target.
func (l Layer) Error() string { return "sandbox." + string(l) }

// The layers, in the order of the boot sequence.
const (
	// LayerSpawn is the spawner and the start of the process.
	LayerSpawn Layer = "spawn"
	// LayerParent is the check of who is at the other end of the IPC socket,
	// and the parent-death signal.
	LayerParent Layer = "parent"
	// LayerEnvironment is the check that the environment is empty.
	LayerEnvironment Layer = "environment"
	// LayerWarmup is what the process does before it can be locked.
	LayerWarmup Layer = "warm-up"
	// LayerGrant is the message from the supervisor.
	LayerGrant Layer = "grant"
	// LayerDescriptors is the check of every descriptor against the manifest.
	LayerDescriptors Layer = "descriptors"
	// LayerLimits is the check of the resource limits.
	LayerLimits Layer = "limits"
	// LayerDumpable is the process's refusal to be dumped or traced.
	LayerDumpable Layer = "dumpable"
	// LayerNoNewPrivs is no_new_privs on all threads.
	LayerNoNewPrivs Layer = "no_new_privs"
	// LayerCapabilities is the empty capability set on all threads.
	LayerCapabilities Layer = "capabilities"
	// LayerLandlock is the Landlock ruleset.
	LayerLandlock Layer = "landlock"
	// LayerSeccomp is the seccomp filter.
	LayerSeccomp Layer = "seccomp"
	// LayerCanary is the call that only the role's own filter answers.
	LayerCanary Layer = "canary"
)

// Exit codes of a spawned process that never served. They differ from those of
// Dash Core (0 and 1) and of the Go runtime (2).
const (
	// ExitUsage: the arguments are not exactly "-ipcfd N".
	ExitUsage = 64
	// ExitLayer: a layer is missing or does not hold.
	ExitLayer = 71
	// ExitGrant: the grant or a descriptor in it is not what the role's
	// manifest demands.
	ExitGrant = 76
)

// LayerError is the reason why a process refuses to serve: one line that names
// the layer, what it needs of the kernel, and what the operator can do.
type LayerError struct {
	Layer Layer
	// Feature is what is needed of the kernel, "" if the kernel is not at fault.
	Feature string
	// Hint is what the operator can do about it, may be empty.
	Hint string
	Err  error
}

// Error returns the line.
func (e *LayerError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "sandbox layer %s: %v", string(e.Layer), e.Err)
	if e.Feature != "" {
		fmt.Fprintf(&b, "; needs %s", e.Feature)
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, "; hint: %s", e.Hint)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *LayerError) Unwrap() error { return e.Err }

// Is reports whether target is e's layer.
func (e *LayerError) Is(target error) bool { return target == e.Layer }

// ExitCode maps the error of Enter to the process's exit code.
func ExitCode(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, LayerGrant), errors.Is(err, LayerDescriptors):
		return ExitGrant
	}
	return ExitLayer
}

//go:build !dashprobe

package role

import (
	"dashmp/ipc"
	"dashmp/sandbox"
)

// probeObject offers nothing: only test builds (tag dashprobe) can be asked to
// act against their sandbox.
func probeObject(*sandbox.Boot) *ipc.Object { return nil }

//go:build !dashprobe

package probe

import "dashmp/sandbox"

// Hook does nothing: only programs built with the tag dashprobe can be asked to
// act against their sandbox.
func Hook(*sandbox.Boot) (code int, done bool) { return 0, false }

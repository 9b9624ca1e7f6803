//go:build goexperiment.runtimesecret

package secretly

import (
	"runtime"
	"runtime/secret"
)

// Erases says that Do leaves nothing behind.
const Erases = true

// Do runs f and erases the registers and the stack that it used. What f
// allocated is erased when it is collected.
func Do(f func()) { secret.Do(f) }

// Collect erases what earlier calls of Do allocated and nobody refers to any
// more. It takes about a millisecond with a heap of a few megabytes.
func Collect() { runtime.GC() }

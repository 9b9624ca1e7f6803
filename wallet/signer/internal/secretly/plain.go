//go:build !goexperiment.runtimesecret

package secretly

// Erases says that Do leaves nothing behind.
const Erases = false

// Do runs f. This build cannot erase what f leaves on stack and heap.
func Do(f func()) { f() }

// Collect does nothing: there is nothing that a collection would erase.
func Collect() {}

// Package secretly runs code that handles secrets and erases what it leaves in
// memory: registers and stack at once, the heap when Collect has run.
//
// Both hold only in a build with GOEXPERIMENT=runtimesecret (Erases). In any
// other, copies remain until the memory is used again; programs that ship are
// built with it.
//
// # What it must not do
//
// Erase what a goroutine leaves that was started inside Do.
package secretly

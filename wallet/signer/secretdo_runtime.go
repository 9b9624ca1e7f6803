//go:build goexperiment.runtimesecret

package signer

import "runtime/secret"

// erases says that secretly leaves nothing behind.
const erases = true

// secretly runs f and erases the registers, stack and heap that it used.
func secretly(f func()) { secret.Do(f) }

// Package probe acts against the sandbox from inside a role program.
package probe

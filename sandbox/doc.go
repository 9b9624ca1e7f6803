// Package sandbox starts the processes of the tree and lets them enter their
// sandboxes.
package sandbox

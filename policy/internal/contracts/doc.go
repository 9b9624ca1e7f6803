// Package contracts holds the test that ties the names in package policy (of
// interfaces in the process graph, of verbs and arguments in the descriptor
// manifests) to the Go interfaces that they name. It has no code of its own, so
// that package policy and its tests import no contract.
package contracts

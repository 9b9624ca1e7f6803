// Package ablate finds rules that no scenario needs: it runs a scenario under
// a role's rules minus one, for each rule in turn. A rule whose absence changes
// nothing is taken out of the policy.
//
// It is a tool for tests. Ablate takes any Runner; Command is the Runner for a
// program that reads its filter from descriptor 3:
//
//	harness                         program
//	start, stopped at exec ───────> (no vDSO, if asked for)
//	program for its pid ──fd 3────> warm-up, load, canary
//	peer of the scenario <──fd 4──> scenario
//	                     <───────── exit status 0
//
// # What it must not do
//
// No program of an installation links it.
//
// # Concurrency
//
// A Command may run several times at once; each run is one process.
package ablate

// Package integration holds scenarios across real processes on regtest: the
// programs as hack/build makes them, started, called, killed and looked at from
// outside. It has no code of its own but tests.
//
// Environment:
//
//	DASH_PROGRAMS      directory with the built programs; without it the tests
//	                   build them
//	DASH_KILL_ROUNDS   how many times a role is killed under calls (10)
//	DASH_HUNG          callers of roles that hang wait for the stated time-outs
package integration

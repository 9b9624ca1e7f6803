// Package p2p holds scenarios of several nodes, ours and Dash Core's, that
// are connected to each other on regtest. They are opt-in: DASH_CORE_BIN names a
// directory with Dash Core's programs, and without it everything is skipped.
//
//	DASH_CORE_BIN=DIR go test ./integration/p2p
//	DASH_CORE_BIN=DIR DASH_P2P_SOAK=1000 go test -run Soak -timeout 2h ./integration/p2p
//	DASH_P2P_PEERS=10m go test -run HundredPeers -timeout 1h ./integration/p2p
//
// DASH_PROGRAMS names a directory with our programs; without it they are built.
package p2p

// Command dash-util holds what Dash Core's dash-util (v23.1) does:
//
//	dash-util grind <hex-header>   find the nonce that satisfies the header's target
//
// The header with its nonce goes to standard output. It opens nothing and
// connects to nobody; grind uses all processors until it is done.
package main

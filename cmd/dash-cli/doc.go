// Command dash-cli sends RPC commands to a node and prints what it answers. It
// is a drop-in replacement for Dash Core's dash-cli (v23.1): options, dash.conf,
// the authentication cookie, output, error texts and exit codes.
//
//	dash-cli [options] <command> [params]
//	dash-cli [options] -named <command> [name=value]...
//
// Words are turned into JSON by the method table of dashmp/node/rpc/method, the
// one from which the server parses and documents the same methods.
//
// -getinfo, -netinfo, -addrinfo and -generate are put together here from several
// calls. Deliberate differences from Dash Core: -netinfo shows the version of the
// transport, and -generate shows the error if no block could be made.
//
// Exit code 0 is success, 1 an error of this side or of the connection, and
// else the absolute value of the RPC's error code (its low eight bits, as the
// system has it).
//
// It reads dash.conf and the cookie file with its user's rights, connects to
// one address over plain TCP, honours no proxy and follows no redirect. What it
// is told on standard input is sent and not stored.
package main

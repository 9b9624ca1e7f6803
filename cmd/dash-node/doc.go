// Command dash-node runs a Dash node as a tree of sandboxed processes. It is a
// drop-in replacement for Dash Core's dashd (v23.1): options, dash.conf, data
// directory, cookie, log, exit codes.
//
// This process is the supervisor: it reads the operator's configuration, opens,
// binds and spawns for the roles, writes the log, and stops everything in order.
// It reads no byte from a peer and no RPC body; see package supervisor.
//
// A start that cannot succeed — an unknown option, an unreadable configuration,
// a data directory in use, a missing program, a kernel without a layer — ends
// with one line on stderr and exit code 1, before anything has been created or
// changed.
//
// With exactly the arguments "-ipcfd N" it is what Dash Core's own dash-node
// starts for an echoipc call: it then becomes the dash-echo that lies beside it.
//
// Privileges: those of its user. It links libseccomp through policy/compile.
package main

// Command dash-tx makes and changes transactions without a node, as Dash Core's
// dash-tx (v23.1) does: options, commands, output, error texts and exit codes.
//
//	dash-tx [options] <hex-tx> [commands]
//	dash-tx [options] -create [commands]
//
// Commands are carried out in their order; "-" for the transaction reads it from
// standard input. The result goes to standard output: hexadecimal, with -json
// as JSON, with -txid its id alone.
//
// The command sign uses private keys from the register privatekeys. Fill it from
// a file (load=privatekeys:FILE): on a command line other users can see it. What
// signs here is no signer: it signs what it is given, and its memory is as safe
// as that of any program of its user.
//
// It opens the files that load names, and nothing else; it connects to nobody.
package main

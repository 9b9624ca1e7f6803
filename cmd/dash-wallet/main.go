// Command dash-wallet is two programs under one name, as Dash Core has it: the
// wallet role, when its only arguments are "-ipcfd N", and else the offline
// wallet tool.
//
// Privileges as a role: one database per loaded wallet from its broker, its log
// and its sockets; see policy, role wallet.
package main

import (
	"fmt"
	"os"

	"dashmp/policy"
	"dashmp/sandbox/role"
)

func main() {
	if role.IsSpawned(os.Args[1:]) {
		role.Main(policy.Wallet, start)
	}
	if err := tool(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

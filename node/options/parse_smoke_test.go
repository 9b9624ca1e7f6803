package options

import "testing"

func TestTablesAreSound(t *testing.T) {
	for _, p := range []Program{DashNode, Dashd, DashCLI, DashTx, DashUtil, DashWallet} {
		newTable(p)
	}
}

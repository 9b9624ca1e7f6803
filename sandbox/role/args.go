package role

import (
	"fmt"
	"strconv"

	"dashmp/policy"
)

// parseArgs reads the arguments without the program's name. They are exactly
// "-ipcfd N", which is how Dash Core starts its processes too
// (ipc/process.cpp, checkSpawned).
func parseArgs(r policy.Role, args []string) (int, error) {
	spec, _ := policy.Get(r)
	if len(args) == 2 && args[0] == "-ipcfd" {
		n, err := strconv.ParseUint(args[1], 10, 16)
		if err == nil && n > 2 {
			return int(n), nil
		}
		return 0, fmt.Errorf("%s: invalid -ipcfd number '%q': must be an open descriptor above 2", spec.Program, args[1])
	}
	return 0, fmt.Errorf("%s: this program is started by dash-node and takes exactly \"-ipcfd N\"; hint: start dash-node", spec.Program)
}

// IsSpawned reports whether a program that is also a tool of its own, such as
// dash-wallet, has been started as a role.
func IsSpawned(args []string) bool { return len(args) == 2 && args[0] == "-ipcfd" }

// Command dash-echo is the echo role: the smallest process of the tree. It
// offers Init and Echo to its parent and holds nothing. dash-node starts one
// per echoipc call; Dash Core's own dash-node may start it through
// "dash-node -ipcfd N".
//
// Privileges: its IPC socket; see policy for its calls and limits.
package main

import (
	"context"
	"fmt"

	"dashmp/policy"
	"dashmp/sandbox/role"
)

func main() { role.Main(policy.Echo, start) }

// start is never reached: the echo role has no component.
func start(context.Context, *role.Env) (role.Service, error) {
	return nil, fmt.Errorf("the echo role has no component")
}

// Command dash-policy shows the power of each role of dash-node: system calls
// with their conditions and reasons, descriptors, limits, options and the
// process graph; compiles the filters; answers what a role may do and by which
// rule; and compares what was compiled with what the kernel has.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

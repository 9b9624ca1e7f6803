// Command measure takes the figures of hack/bench that need whole processes:
// what the sandbox costs a call, how long a role takes to be ready, what the
// idle tree weighs, and what a small RPC costs in one process, in several, and
// in Dash Core. Every comparison alternates between its sides in one run, and
// is printed as a ratio of medians. It asserts nothing.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "measure: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("measure", flag.ContinueOnError)
	programs := flags.String("programs", "bin", "directory with our programs")
	core := flags.String("core", os.Getenv("DASH_CORE_BIN"), "directory with Dash Core's programs, if there is one")
	rounds := flags.Int("rounds", 20, "rounds of each comparison")
	only := flags.Bool("sandbox", false, "only what the sandbox costs a call")
	if err := flags.Parse(args); err != nil {
		return err
	}
	b := bench{programs: *programs, core: *core, rounds: *rounds, out: out}
	steps := []func(context.Context) error{b.sandboxCost, b.spawn, b.tree, b.rpc}
	if *only {
		steps = steps[:1]
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// bench is one run.
type bench struct {
	programs, core string
	rounds         int
	out            io.Writer
}

func (b *bench) printf(format string, args ...any) { fmt.Fprintf(b.out, format+"\n", args...) }

func median(d []time.Duration) time.Duration {
	d = slices.Clone(d)
	slices.Sort(d)
	return d[len(d)/2]
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

// sample times n calls and returns their median.
func sample(n int, call func() error) (time.Duration, error) {
	d := make([]time.Duration, 0, n)
	for range n {
		begin := time.Now()
		if err := call(); err != nil {
			return 0, err
		}
		d = append(d, time.Since(begin))
	}
	return median(d), nil
}

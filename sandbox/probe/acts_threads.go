//go:build dashprobe

package probe

import (
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"

	"dashmp/policy"
)

const manyThreads = 64

// onThreads runs act on n goroutines that are locked to n threads at once, one
// after the other, and returns their results in order.
func onThreads(n int, act func(i int) error) []error {
	results := make([]error, n)
	var locked, done sync.WaitGroup
	turn := make([]chan struct{}, n+1)
	for i := range turn {
		turn[i] = make(chan struct{})
	}
	for i := range n {
		locked.Add(1)
		done.Add(1)
		go func() {
			defer done.Done()
			runtime.LockOSThread()
			locked.Done()
			<-turn[i]
			results[i] = act(i)
			close(turn[i+1])
		}()
	}
	locked.Wait()
	close(turn[0])
	done.Wait()
	return results
}

func threadActs() map[string]func(env) error {
	const tiocsti, tioclinux = 0x5412, 0x541c
	onPipe := func(request word) func(env) error {
		return func(env) error { return call(unix.SYS_IOCTL, 2, request, newPins().zeros(8)) }
	}
	return map[string]func(env) error{
		"threads.canary": func(e env) error {
			c, ok := policy.CanaryFor(e.role, runtime.GOARCH)
			if !ok {
				return outcome("no canary")
			}
			filtered, open := 0, 0
			for _, err := range onThreads(manyThreads, func(int) error {
				return call(uintptr(c.Nr), word(c.Args[0]), word(c.Args[1]))
			}) {
				switch err {
				case unix.Errno(c.Errno):
					filtered++
				case unix.EINVAL:
					open++
				}
			}
			switch manyThreads {
			case filtered:
				return outcome("64 threads filtered")
			case open:
				return outcome("64 threads open")
			}
			return outcome(fmt.Sprintf("%d filtered, %d open of %d threads", filtered, open, manyThreads))
		},
		"threads.last": func(e env) error {
			return onThreads(manyThreads, func(i int) error {
				if i < manyThreads-1 {
					return nil
				}
				return made(unix.AF_INET, unix.SOCK_STREAM, 0)(e)
			})[manyThreads-1]
		},
		// A thread that is asked for by a goroutine which is locked to one.
		"threads.new": func(e env) error {
			return onThreads(2, func(i int) error {
				if i == 0 {
					return nil
				}
				return onThreads(1, func(int) error { return made(unix.AF_INET, unix.SOCK_STREAM, 0)(e) })[0]
			})[1]
		},
		"ioctl.tiocsti":   onPipe(tiocsti),
		"ioctl.tioclinux": onPipe(tioclinux),
		"ioctl.dirty":     onPipe(dirty(tiocsti)),
		"unknown-number":  raw(1000),
		"negative-number": raw(minus(1)),
	}
}

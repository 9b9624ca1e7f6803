// Package mainthread runs a function on the thread whose id is the process id.
//
// The parent-death signal belongs to a thread, and exec leaves it on this one;
// only there can it be read. main.main nearly always runs on it, but the
// scheduler may have moved the goroutine, and promises nothing.
//
// The package holds no state. Run may be called from any goroutine.
package mainthread

import (
	"errors"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// ErrBusy is returned when the main thread was not free for a goroutine within
// the time that Run takes at most: a goroutine locked to it, or a system call
// that blocks it.
var ErrBusy = errors.New("the main thread is busy")

const (
	// tries bounds how many threads Run occupies at once.
	tries = 200
	// pause is how long a try sleeps. The idle main thread may be the one that
	// waits in the runtime's poller; a goroutine whose timer ends there runs
	// on it.
	pause = 50 * time.Microsecond
)

// Run calls f on the main thread. If the caller is not on it, goroutines are
// locked to one thread after the other until the main thread is the next idle
// one.
func Run(f func()) error {
	pid := os.Getpid()
	try := func() bool {
		if unix.Gettid() != pid {
			return false
		}
		f()
		return true
	}
	runtime.LockOSThread()
	done := try()
	runtime.UnlockOSThread()
	if done {
		return nil
	}
	release := make(chan struct{})
	defer close(release)
	hit := make(chan bool)
	for range tries {
		go func() {
			time.Sleep(pause)
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			hit <- try()
			<-release
		}()
		if <-hit {
			return nil
		}
	}
	return ErrBusy
}

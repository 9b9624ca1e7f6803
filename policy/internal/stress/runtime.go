package main

import (
	"crypto/rand"
	"errors"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// runtimeScenario is what the runtime does in a long life, in some seconds:
// collections under pressure, threads that come and go, preemption of loops,
// return of memory, signals, faults that become panics, timers, clocks.
func runtimeScenario() error {
	usr1 := make(chan os.Signal, 1)
	signal.Notify(usr1, syscall.SIGUSR1)
	if err := tell("send SIGUSR1"); err != nil {
		return err
	}
	select {
	case <-usr1:
	case <-time.After(10 * time.Second):
		return errors.New("no SIGUSR1 arrived")
	}
	signal.Stop(usr1)

	begun := time.Now()
	for cycle := 0; cycle < 8 || time.Since(begun) < 2*time.Second; cycle++ {
		runtime.GOMAXPROCS(1 + 2*(cycle%8))
		churn()
		if err := fault(); err == nil {
			return errors.New("a nil pointer was read")
		}
		if cycle%5 == 0 {
			debug.FreeOSMemory()
		}
		if cycle == 4 {
			hugeGoal()
			runtime.SetDefaultGOMAXPROCS()
		}
	}
	return nil
}

// churn makes garbage, locked threads that end, and loops without a call.
func churn() {
	var wg sync.WaitGroup
	var stop atomic.Bool
	for range 8 {
		wg.Go(func() {
			runtime.LockOSThread() // never unlocked: the thread ends
			b := make([]byte, 64)
			rand.Read(b)
			time.Sleep(time.Microsecond)
		})
		wg.Go(func() {
			var keep [][]byte
			for range 50 {
				keep = append(keep, make([]byte, 40<<10))
			}
			runtime.KeepAlive(keep)
			for range 100 {
				runtime.Gosched()
			}
		})
	}
	var spin sync.WaitGroup
	for range 2 {
		spin.Go(func() {
			for !stop.Load() {
				for i := 0; i < 1<<20; i++ { //nolint:revive // only preemption by signal ends it early
				}
			}
		})
	}
	runtime.GC() // stops the loops by signal
	stop.Store(true)
	spin.Wait()
	wg.Wait()
}

func fault() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("recovered")
		}
	}()
	var p *[1 << 20]byte
	if p[4096] == 7 {
		return nil
	}
	return nil
}

// hugeGoal raises the heap's goal above a gigabyte, which makes the runtime ask
// for huge pages for its own tables, and grows past an occupied arena hint.
func hugeGoal() {
	before := debug.SetGCPercent(5000)
	defer debug.SetGCPercent(before)
	b := make([]byte, 160<<20)
	runtime.GC()
	runtime.KeepAlive(b)
}

// waitScenario sleeps in every way that a stop and a continue can interrupt.
func waitScenario() error {
	if err := tell("stop and continue"); err != nil {
		return err
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			runtime.LockOSThread()
			ts := syscall.Timespec{Sec: 1}
			_ = syscall.Nanosleep(&ts, nil)
		})
	}
	time.Sleep(time.Second)
	wg.Wait()
	return nil
}

// panicScenario dies as a bug would; the parent expects the stack on stderr.
func panicScenario() error {
	panic("as asked")
}

// termScenario ignores one signal and dies of another that nobody handles.
func termScenario() error {
	signal.Ignore(syscall.SIGHUP)
	if err := tell("send SIGHUP and SIGTERM"); err != nil {
		return err
	}
	time.Sleep(time.Minute)
	return errors.New("SIGTERM was survived")
}

package mainthread

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// TestRunFindsTheMainThread calls Run from a goroutine that is held on another
// thread, with the main thread idle.
func TestRunFindsTheMainThread(t *testing.T) {
	for i := range 5 {
		elsewhere := make(chan int)
		call := make(chan bool)
		done := make(chan error)
		tid := 0
		if err := Run(func() { // the main thread is taken here
			go func() {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
				elsewhere <- unix.Gettid()
				<-call
				done <- Run(func() { tid = unix.Gettid() })
			}()
			if <-elsewhere == os.Getpid() {
				t.Error("two goroutines on one thread")
			}
		}); err != nil {
			t.Fatal(err)
		}
		close(call)
		if err := <-done; err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
		if tid != os.Getpid() {
			t.Fatalf("round %d: thread %d, must be %d", i, tid, os.Getpid())
		}
	}
}

func TestRunWhenTheMainThreadIsTaken(t *testing.T) {
	release := make(chan struct{})
	taken := make(chan error)
	go func() {
		taken <- Run(func() {
			taken <- nil
			<-release
		})
	}()
	if err := <-taken; err != nil {
		t.Fatal(err)
	}
	if err := Run(func() { t.Error("ran") }); err != ErrBusy {
		t.Errorf("%v, want %v", err, ErrBusy)
	}
	close(release)
	if err := <-taken; err != nil {
		t.Fatal(err)
	}
}

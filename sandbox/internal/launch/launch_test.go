package launch

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"dashmp/sandbox/internal/fdinfo"
	"dashmp/sandbox/internal/mainthread"
	"dashmp/sandbox/internal/procfs"
)

// onShedThread runs f on a thread that has shed what the spawning thread sheds,
// and ends the thread.
func onShedThread(t *testing.T, f func(e *environment)) {
	t.Helper()
	if err := makePoller(); err != nil {
		t.Fatal(err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pair[0]) //nolint:errcheck // test
	defer unix.Close(pair[1]) //nolint:errcheck // test
	done := make(chan error)
	go onOwnThread(func() {
		e, err := shed(pair[1])
		if err == nil {
			f(e)
		}
		done <- err
	})
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func status(t *testing.T, tid int) procfs.Status {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/status", tid))
	if err != nil {
		t.Fatal(err)
	}
	s, err := procfs.ParseStatus(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestThreadShedsEverything(t *testing.T) {
	before := status(t, os.Getpid())
	// A stray that is close-on-exec in no table.
	stray, err := unix.Open("/dev/zero", unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(stray) //nolint:errcheck // a device
	var s procfs.Status
	var targets []string
	var loose []int
	var caps CapReport
	onShedThread(t, func(e *environment) {
		s = status(t, unix.Gettid())
		caps = e.caps
		fds, err := fdinfo.OwnThread()
		if err != nil {
			t.Error(err)
		}
		for _, fd := range fds {
			targets = append(targets, fdinfo.LinkThread(fd))
			if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
				loose = append(loose, fd)
			}
		}
	})
	if s.NoNewPrivs != 1 || s.CapEff|s.CapPrm|s.CapInh|s.CapAmb != 0 {
		t.Errorf("the thread holds %+v", s)
	}
	if caps.BoundingDropped != (s.CapBnd == 0) {
		t.Errorf("bounding set %#x, reported as dropped: %v", s.CapBnd, caps.BoundingDropped)
	}
	if os.Getuid() == 0 && before.CapEff&(1<<8) != 0 && (!caps.BoundingDropped || !caps.SecurebitsLocked) {
		t.Errorf("with CAP_SETPCAP everything can be dropped: %+v", caps)
	}
	if len(loose) > 0 {
		t.Errorf("descriptors %v are not close-on-exec", loose)
	}
	for _, target := range targets {
		if target == "/dev/zero" {
			t.Errorf("the stray is in the thread's table: %q", targets)
		}
	}
	// null, null, 2, control, epoll, eventfd; cgo programs may have another
	// poller, but nothing that leads anywhere.
	kinds := slices.DeleteFunc(slices.Clone(targets), func(s string) bool {
		return s == "/dev/null" || s == fdinfo.LinkEpoll || s == fdinfo.LinkEventfd
	})
	if len(kinds) > 2 {
		t.Errorf("the thread's table: %q", targets)
	}
	// The other threads keep what they had.
	if after := status(t, os.Getpid()); after.CapEff != before.CapEff || after.NoNewPrivs != before.NoNewPrivs {
		t.Errorf("another thread changed from %+v to %+v", before, after)
	}
	if !isOpen(stray) {
		t.Error("the process lost a descriptor")
	}
}

func isOpen(fd int) bool {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err == nil
}

// TestCollectionOnTheThread: a collection that starts on the thread polls the
// network there. Without the runtime's epoll in the thread's table the whole
// process would crash.
func TestCollectionOnTheThread(t *testing.T) {
	onShedThread(t, func(*environment) {
		for range 10 {
			runtime.GC()
		}
		// A timer that is made here wakes the poller through the eventfd.
		runtime.Gosched()
	})
}

func TestNeverTheMainThread(t *testing.T) {
	tid := make(chan int, 1)
	if err := mainthread.Run(func() { onOwnThread(func() { tid <- unix.Gettid() }) }); err != nil {
		t.Fatal(err)
	}
	if <-tid == os.Getpid() {
		t.Fatal("the main thread was taken")
	}
}

func TestForkAfterStop(t *testing.T) {
	th, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	th.Stop()
	th.Stop()
	if _, err := th.Fork(Request{}); err != ErrStopped {
		t.Errorf("%v, want %v", err, ErrStopped)
	}
}

func TestForkWithBadDescriptors(t *testing.T) {
	th, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	defer th.Stop()
	if _, err := th.Fork(Request{Name: "x", Program: -1, Stderr: 2, Socket: 2}); err == nil {
		t.Fatal("a closed descriptor was passed")
	}
	// The next one is not confused by the failed one.
	null, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(null) //nolint:errcheck // a device
	_, err = th.Fork(Request{Name: "x", Program: null, Stderr: null, Socket: null})
	if err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("executing a device: %v", err)
	}
}

package lockbox

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestRegion(t *testing.T) {
	for name, make := range map[string]func(int) (*Region, error){"any": New, MemfdSecret: secretRegion, Mlock: lockedRegion} {
		r, err := make(100)
		if err != nil {
			if name == "any" {
				t.Error(err)
			}
			t.Logf("%s: not here: %v", name, err)
			continue
		}
		b := r.Bytes()
		if len(b) != 100 || cap(b) != 100 || strings.Trim(string(b), "\x00") != "" {
			t.Errorf("%s: %d bytes, %q", name, len(b), b)
		}
		copy(b, "a secret")
		if s := fmt.Sprintf("%v %+v %#v %s %x", r, r, r, r, r); strings.Contains(s, "secret") || strings.Contains(s, "61") {
			t.Errorf("%s prints %s", name, s)
		}
		if name != "any" && r.Kind() != name {
			t.Errorf("%s is %s", name, r.Kind())
		}
		r.Close()
		r.Close()
		if !faults(b) {
			t.Errorf("%s: the memory is there after Close", name)
		}
	}
	for _, n := range []int{0, -1, MaxSize + 1} {
		if _, err := New(n); err == nil {
			t.Errorf("%d bytes", n)
		}
	}
}

func faults(b []byte) (yes bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { yes = recover() != nil }()
	return b[0] == 1
}

// TestNoDescriptorRemains: a descriptor of secret memory could be stolen.
func TestNoDescriptorRemains(t *testing.T) {
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(entries)
	}
	before := count()
	for range 8 {
		r, err := New(10)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
	}
	if after := count(); after != before {
		t.Errorf("%d descriptors more", after-before)
	}
}

// TestLockedMemoryRunsOut: no Region rather than one in memory that is not
// locked. The limit does not bind a process with CAP_IPC_LOCK.
func TestLockedMemoryRunsOut(t *testing.T) {
	const env = "DASHMP_LOCKBOX_CHILD"
	if os.Getenv(env) != "" {
		runtime.LockOSThread() // capabilities are per thread
		var none unix.Rlimit
		if err := unix.Setrlimit(unix.RLIMIT_MEMLOCK, &none); err != nil {
			fmt.Println("no limit", err)
			return
		}
		var hdr unix.CapUserHeader
		hdr.Version = unix.LINUX_CAPABILITY_VERSION_3
		var data [2]unix.CapUserData
		if err := unix.Capset(&hdr, &data[0]); err != nil {
			fmt.Println("no capset", err)
			return
		}
		_, err := New(10)
		fmt.Println("refused:", err != nil)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestLockedMemoryRunsOut$")
	cmd.Env = append(os.Environ(), env+"=1", "GOMAXPROCS=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "refused: true") {
		t.Errorf("%v: %s", err, out)
	}
}

//go:build dashprobe

// Command control runs one act of package probe outside every sandbox, with the
// privileges of whoever starts it, and prints its outcome. Built with the tag
// dashprobe only; the tests start it and it is not installed.
//
// Usage: control act JSON    run the act of a probe.Request
//
//	control target      drop all capabilities and wait to be acted upon
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"

	"dashmp/sandbox/probe"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "act":
		var r probe.Request
		if err := json.Unmarshal([]byte(args[1]), &r); err != nil {
			return err
		}
		if r.Probe == "core-dump" {
			if err := dumpsInto(r.Args.Dir); err != nil {
				return err
			}
		}
		_, err := fmt.Println(probe.RunOutside(r))
		return err
	case len(args) == 1 && args[0] == "target":
		return target()
	}
	return fmt.Errorf("usage: control act JSON | target")
}

// dumpsInto allows core dumps and lets them fall into a directory of the test.
func dumpsInto(dir string) error {
	unlimited := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unlimited); err != nil {
		return err
	}
	return os.Chdir(dir)
}

// target is a process that everyone of the same user may act upon: it has no
// capability that would protect it.
func target() error {
	head := &unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	none := new([2]unix.CapUserData)
	var pin runtime.Pinner
	pin.Pin(head)
	pin.Pin(none)
	defer pin.Unpin()
	if _, _, errno := psx.Syscall3(unix.SYS_CAPSET,
		uintptr(unsafe.Pointer(head)), uintptr(unsafe.Pointer(none)), 0); errno != 0 {
		return errno
	}
	fmt.Println("ready")
	for {
		time.Sleep(time.Hour)
	}
}

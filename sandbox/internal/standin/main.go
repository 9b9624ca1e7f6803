// Command standin is the smallest role program there can be: it enters the
// sandbox of the role that argv[0] names (ROLE or ROLE@BUILD) and does what its configuration says.
// The tests of package sandbox start it; it is not installed, and what is shown
// with it is shown again with the real role programs in integration/.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/probe"
)

// config is the configuration of a stand-in.
type config struct {
	// Do is what it does after it has entered: "echo" (also ""), "exit",
	// "socket", "stay", "threads", "check".
	Do string `json:"do"`
	// N is the exit code or the number of threads.
	N int `json:"n"`
}

func main() {
	fd, err := strconv.Atoi(os.Args[len(os.Args)-1])
	if len(os.Args) != 3 || os.Args[1] != "-ipcfd" || err != nil {
		fmt.Fprintln(os.Stderr, "usage: ROLE -ipcfd N")
		os.Exit(sandbox.ExitUsage)
	}
	role, build, _ := strings.Cut(os.Args[0], "@")
	boot, err := sandbox.Enter(context.Background(), fd, sandbox.EnterOptions{Role: policy.Role(role), Build: build})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(sandbox.ExitCode(err))
	}
	if code, done := probe.Hook(boot); done {
		os.Exit(code)
	}
	os.Exit(act(boot))
}

func act(boot *sandbox.Boot) int {
	var c config
	if boot.Config != nil {
		if err := json.Unmarshal(boot.Config, &c); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	switch c.Do {
	case "exit":
		return c.N
	case "socket":
		_, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		fmt.Fprintln(os.Stderr, "socket:", err)
		return 3
	case "check":
		return check(boot)
	case "stay":
		for {
			time.Sleep(time.Hour) // whatever becomes of the socket
		}
	case "threads":
		hold(c.N)
	}
	return echo(boot)
}

// check looks at every descriptor again, from inside the sandbox.
func check(boot *sandbox.Boot) int {
	spec, _ := policy.Get(boot.Role)
	for _, d := range boot.Report.FDs {
		for _, class := range spec.Boot {
			if class.Name != d.Name {
				continue
			}
			if err := sandbox.CheckFD(class, d.FD); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
		}
	}
	return 0
}

// hold keeps n threads for good, each of which has used the random generator:
// its state is per thread and mapped when it is first needed.
func hold(n int) {
	var ready sync.WaitGroup
	for range n {
		ready.Add(1)
		go func() {
			runtime.LockOSThread()
			_, _ = rand.Read(make([]byte, 64)) // never fails
			ready.Done()
			select {}
		}()
	}
	ready.Wait()
}

// echo returns every byte until the peer closes the socket.
func echo(boot *sandbox.Boot) int {
	buf := make([]byte, 4096)
	for {
		n, err := boot.Socket.Read(buf)
		if n > 0 {
			_, err = boot.Socket.Write(buf[:n])
		}
		if err == io.EOF {
			return 0
		}
		if err != nil && err != syscall.ECONNRESET {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
}

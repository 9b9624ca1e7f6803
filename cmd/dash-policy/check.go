package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"dashmp/policy"
	"dashmp/policy/compile"
	"dashmp/policy/live"
)

// verdict is the output of check.
type verdict struct {
	PID  int         `json:"pid"`
	Role policy.Role `json:"role"`
	// Mode is the mode whose program the kernel has, "" if it has none.
	Mode     policy.Mode `json:"mode,omitempty"`
	Match    bool        `json:"match"`
	Threads  int         `json:"threads"`
	Filters  int         `json:"filters"`
	Kernel   string      `json:"kernel_sha256,omitempty"`
	Compiled string      `json:"compiled_sha256"`
	Problem  string      `json:"problem,omitempty"`
}

// check compares what the kernel has loaded for a process with what is compiled
// for its role and pid: invariant I5.
func check(_ context.Context, a arguments, out io.Writer) error {
	if err := a.set("pid", a.words[0]); err != nil {
		return err
	}
	spec, err := roleOf(a)
	if err != nil {
		return err
	}
	threads, err := live.Filters(a.pid)
	if err != nil {
		return explainLive(a.pid, spec.Role, err)
	}
	v, err := judge(spec, a, threads)
	if err != nil {
		return err
	}
	if a.json {
		if err := writeJSON(out, v); err != nil {
			return err
		}
	} else if v.Match {
		fmt.Fprintf(out, "%s, pid %d: the kernel's filter is the compiled one (%s, sha256 %s) on all %d threads\n",
			v.Role, v.PID, v.Mode, v.Kernel, v.Threads)
	}
	if !v.Match {
		return fail("was it started by this build of dash-node, with -sandbox=enforce or trace?",
			"%s, pid %d: %w: %s", v.Role, v.PID, errDiffers, v.Problem)
	}
	return nil
}

// judge compares every thread's newest filter with the program of each mode
// that is in question.
func judge(spec *policy.Spec, a arguments, threads []live.Thread) (verdict, error) {
	v := verdict{PID: a.pid, Role: spec.Role, Threads: len(threads)}
	modes := []policy.Mode{policy.Enforce, policy.Trace}
	if a.mode != "" {
		modes = []policy.Mode{a.mode}
	}
	for _, mode := range modes {
		p, err := compile.Compile(spec, mode)
		if err != nil {
			return v, err
		}
		want := p.ForPID(a.pid)
		problem := compareThreads(threads, want.Bytes())
		if problem == "" {
			sum := sha256.Sum256(threads[0].Filters[len(threads[0].Filters)-1])
			v.Mode, v.Match, v.Problem = mode, true, ""
			v.Kernel, v.Compiled = hex.EncodeToString(sum[:]), want.Digest()
			v.Filters = len(threads[0].Filters)
			return v, nil
		}
		if v.Problem == "" {
			v.Problem, v.Compiled = problem, want.Digest()
		}
	}
	return v, nil
}

// compareThreads returns what is wrong, "" if every thread has the program.
func compareThreads(threads []live.Thread, want []byte) string {
	for _, t := range threads {
		if len(t.Filters) == 0 {
			return fmt.Sprintf("thread %d has no filter", t.TID)
		}
		got := t.Filters[len(t.Filters)-1]
		if at, kernel, compiled := live.FirstDifference(got, want); at >= 0 {
			return fmt.Sprintf("thread %d: instruction %d of %d is %s, compiled is %s of %d",
				t.TID, at, live.Insns(got), kernel, compiled, live.Insns(want))
		}
	}
	return ""
}

// roleOf returns the spec of --role, or of the role whose program's name the
// process has.
func roleOf(a arguments) (*policy.Spec, error) {
	if a.role != "" {
		return specOf(a.role)
	}
	names, err := namesOf(a.pid)
	if err != nil {
		return nil, explainLive(a.pid, "", live.ErrNoProcess)
	}
	for _, s := range policy.All() {
		if slices.Contains(names, s.Program[:min(len(s.Program), maxComm)]) {
			return s, nil
		}
	}
	return nil, fail("name the role with --role", "process %d is called %q, which is no role's program", a.pid, names[0])
}

// maxComm is the length of a thread's name, TASK_COMM_LEN without its NUL.
const maxComm = 15

// namesOf returns the names of a process's threads, the main thread's first: a
// program that was executed by descriptor names itself, from any thread.
func namesOf(pid int) ([]string, error) {
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, t := range tasks {
		comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/comm", pid, t.Name()))
		if err == nil {
			names = append(names, strings.TrimSpace(string(comm)))
		}
	}
	if len(names) == 0 {
		return nil, live.ErrNoProcess
	}
	return names, nil
}

// explainLive says what can be done about an error.
func explainLive(pid int, role policy.Role, err error) error {
	switch {
	case errors.Is(err, live.ErrNotPermitted):
		return fail(fmt.Sprintf("run it as root; without root compare the digest that dash-cli getisolationinfo shows "+
			"with dash-policy bpf %s --pid %d", role, pid),
			"the kernel does not show the filter of process %d to this user", pid)
	case errors.Is(err, live.ErrUnsupported):
		return fail("it needs CONFIG_CHECKPOINT_RESTORE", "this kernel does not show filters")
	case errors.Is(err, live.ErrNoProcess):
		return fail("dash-cli getisolationinfo lists the processes", "no process has pid %d", pid)
	}
	return err
}

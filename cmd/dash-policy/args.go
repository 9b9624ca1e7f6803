package main

import (
	"runtime"
	"slices"
	"strconv"
	"strings"

	"dashmp/policy"
)

// arguments are a command line after the command: words and options in any
// order.
type arguments struct {
	words []string
	json  bool
	dot   bool
	pids  bool
	arch  string
	mode  policy.Mode
	pid   int
	out   string
	role  string
}

// examplePID stands for the own pid where none is given.
const examplePID = 4242

// parse reads words and options. A word that begins with a minus and a digit
// is a number; what follows "--" are words.
func parse(args []string, allowed []string) (arguments, error) {
	a := arguments{arch: runtime.GOARCH}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			a.words = append(a.words, args[i+1:]...)
			break
		}
		if len(arg) < 2 || arg[0] != '-' || (arg[1] >= '0' && arg[1] <= '9') {
			a.words = append(a.words, arg)
			continue
		}
		name, value, given := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if !slices.Contains(allowed, name) {
			return a, fail("dash-policy help", "unknown option %q", arg)
		}
		if name == "json" || name == "dot" || name == "pids" {
			if given {
				return a, fail("write --"+name, "option %q takes no value", arg)
			}
		} else if !given {
			if i++; i == len(args) {
				return a, fail("write --"+name+"=VALUE", "option %q needs a value", arg)
			}
			value = args[i]
		}
		if err := a.set(name, value); err != nil {
			return a, err
		}
	}
	return a, nil
}

func (a *arguments) set(name, value string) error {
	switch name {
	case "json":
		a.json = true
	case "dot":
		a.dot = true
	case "pids":
		a.pids = true
	case "out":
		a.out = value
	case "role":
		a.role = value
	case "arch":
		if !slices.Contains(policy.Architectures(), value) {
			return fail("one of "+strings.Join(policy.Architectures(), ", "), "no architecture %q", value)
		}
		a.arch = value
	case "mode":
		a.mode = policy.Mode(value)
		if a.mode != policy.Enforce && a.mode != policy.Trace {
			return fail("enforce kills at a violation, trace prints the stack; with -sandbox=off there is no filter",
				"no mode %q", value)
		}
	case "pid":
		pid, err := strconv.Atoi(value)
		if err != nil || pid < 1 || pid > 1<<22 {
			return fail("a pid is a number from 1 to 4194304", "no pid %q", value)
		}
		a.pid = pid
	}
	return nil
}

// modeOrEnforce returns the mode, enforce if none was given.
func (a arguments) modeOrEnforce() policy.Mode {
	if a.mode == "" {
		return policy.Enforce
	}
	return a.mode
}

// specOf returns the spec of a role named on the command line.
func specOf(name string) (*policy.Spec, error) {
	spec, ok := policy.Get(policy.Role(name))
	if !ok {
		var names []string
		for _, r := range policy.Roles() {
			names = append(names, string(r))
		}
		return nil, fail("the roles are "+strings.Join(names, ", "), "no role %q", name)
	}
	return spec, nil
}

// Package build names the build that a program belongs to. A role program
// refuses a grant of another build, so that a tree never runs a mixture: a
// newer role under an older filter, or the other way round.
//
// It has no state and no dependency.
package build

import "runtime/debug"

// Version is the version of this software; Dash is the version of Dash Core
// whose behaviour it reproduces.
const (
	Version = "0.1.0"
	Dash    = "23.1.2"
)

// stamp is set by the linker (-X dashmp/sandbox/build.stamp=...) to what tells
// one build from another, such as the commit it was made from.
var stamp string

// ID returns the build's name. All programs of one build have the same.
func ID() string {
	id := Version
	if stamp != "" {
		return id + "+" + stamp
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return id + "+" + s.Value
			}
		}
		id += "-" + info.GoVersion
	}
	return id
}

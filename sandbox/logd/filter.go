package logd

import (
	"fmt"
	"slices"
	"strings"

	"dashmp/sandbox/logd/logcategory"
)

// Categories returns the names of the log categories in alphabetical order.
func Categories() []string { return logcategory.All() }

func dashCategories() []string { return logcategory.Dash() }

// Filter says which records are logged. It is plain data: it travels in the
// configuration of each role. The zero value logs Info and above.
type Filter struct {
	// Enabled holds the categories whose debug records are logged.
	Enabled []string `json:"enabled,omitempty"`
	// Level is the lowest level of enabled categories: "trace", "debug" or
	// "info"; "" is "debug".
	Level string `json:"level,omitempty"`
	// Levels overrides Level for single categories.
	Levels map[string]string `json:"levels,omitempty"`
	// IPs says that addresses of peers may be logged (-logips).
	IPs bool `json:"ips,omitempty"`
}

// ParseFilter builds a filter from the values of -debug, -debugexclude and
// -loglevel, and the warnings that Dash Core gives for those it does not know
// (init/common.cpp, SetLoggingCategories and SetLoggingLevel).
func ParseFilter(debug, exclude, levels []string) (Filter, []string) {
	var f Filter
	var warnings []string
	on := map[string]bool{}
	if !slices.Contains(debug, "0") && !slices.Contains(debug, "none") {
		for _, name := range debug {
			cats, ok := expand(name)
			if !ok {
				warnings = append(warnings, fmt.Sprintf("Unsupported logging category -debug=%s.", Quote(name)))
			}
			for _, c := range cats {
				on[c] = true
			}
		}
	}
	for _, name := range exclude {
		cats, ok := expand(name)
		if !ok {
			warnings = append(warnings, fmt.Sprintf("Unsupported logging category -debugexclude=%s.", Quote(name)))
		}
		for _, c := range cats {
			delete(on, c)
		}
	}
	for _, c := range Categories() {
		if on[c] {
			f.Enabled = append(f.Enabled, c)
		}
	}
	for _, l := range levels {
		if w := f.setLevel(l); w != "" {
			warnings = append(warnings, w)
		}
	}
	return f, warnings
}

// setLevel applies one -loglevel value and returns a warning or "".
func (f *Filter) setLevel(v string) string {
	const valid = "info, debug, trace"
	// Dash Core looks for the colon from the fourth character on.
	if len(v) < 3 || !strings.Contains(v[3:], ":") {
		if !userLevel(v) {
			return fmt.Sprintf("Unsupported global logging level -loglevel=%s. Valid values: %s.", Quote(v), valid)
		}
		f.Level = v
		return ""
	}
	parts := strings.Split(v, ":")
	cats, ok := expand(parts[0])
	if len(parts) != 2 || !ok || !userLevel(parts[1]) {
		return fmt.Sprintf("Unsupported category-specific logging level -loglevel=%s. Expected -loglevel=<category>:<loglevel>. Valid categories: %s. Valid loglevels: %s.",
			Quote(v), strings.Join(Categories(), ", "), valid)
	}
	if f.Levels == nil {
		f.Levels = map[string]string{}
	}
	for _, c := range cats {
		f.Levels[c] = parts[1]
	}
	return ""
}

// expand returns the categories that a name in an option stands for.
func expand(name string) ([]string, bool) {
	switch name {
	case "", "1", "all":
		return Categories(), true
	case "0":
		return nil, true
	case "dash":
		return dashCategories(), true
	}
	if slices.Contains(Categories(), name) {
		return []string{name}, true
	}
	return nil, false
}

// userLevel reports whether an operator may set the level (Logger::SetLogLevel).
func userLevel(s string) bool { return s == "trace" || s == "debug" || s == "info" }

func levelOf(s string) Level {
	if i := slices.Index(levelNames[:], s); i >= 0 {
		return Level(i)
	}
	return LevelDebug
}

// rules is a Filter made fit for a hot path; it is immutable.
type rules struct {
	// min holds, per enabled category, the lowest level that is logged.
	min map[string]Level
	// lowest is the lowest level that any record can pass with.
	lowest Level
	// global is the level of records of no category once any is enabled.
	global Level
}

func (f Filter) compile() *rules {
	r := &rules{min: make(map[string]Level, len(f.Enabled)), lowest: LevelInfo, global: LevelInfo}
	if len(f.Enabled) > 0 {
		r.global = levelOf(f.Level)
		r.lowest = r.global
	}
	for _, c := range f.Enabled {
		l := levelOf(f.Level)
		if s, ok := f.Levels[c]; ok {
			l = levelOf(s)
		}
		r.min[c] = l
		r.lowest = min(r.lowest, l)
	}
	return r
}

// accepts is Dash Core's Logger::WillLogCategoryLevel.
func (r *rules) accepts(category string, l Level) bool {
	if l >= LevelInfo {
		return true
	}
	if category == "" {
		return l >= r.global
	}
	for name := range strings.SplitSeq(category, "|") {
		if low, ok := r.min[name]; ok && l >= low {
			return true
		}
	}
	return false
}

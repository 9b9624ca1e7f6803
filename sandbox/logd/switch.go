package logd

import (
	"slices"
	"sync"
	"sync/atomic"

	"dashmp/sandbox/logd/logcategory"
)

// Switch is a Filter whose categories can change while loggers use it. Its
// methods may be called by several goroutines.
type Switch struct {
	mu     sync.Mutex // guards filter
	filter Filter
	rules  atomic.Pointer[rules] // made of filter, for the hot path
}

// NewSwitch returns a switch that begins as f.
func NewSwitch(f Filter) *Switch {
	s := &Switch{filter: f}
	s.rules.Store(f.compile())
	return s
}

// Enabled returns the categories that are on, in alphabetical order.
func (s *Switch) Enabled() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.filter.Enabled)
}

// UnknownCategoryError is a category that does not exist.
type UnknownCategoryError struct{ Name string }

// Error is the text of Dash Core's RPC logging, the name quoted.
func (e *UnknownCategoryError) Error() string { return "unknown logging category " + Quote(e.Name) }

// Change switches categories on, then off, and returns those that are on. A
// name may stand for several, as in -debug. With an unknown name nothing
// changes and the error is an *UnknownCategoryError.
func (s *Switch) Change(include, exclude []string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	on := map[string]bool{}
	for _, c := range s.filter.Enabled {
		on[c] = true
	}
	for i, names := range [][]string{include, exclude} {
		for _, name := range names {
			categories, ok := expand(name)
			if !ok {
				return nil, &UnknownCategoryError{name}
			}
			for _, c := range categories {
				on[c] = i == 0
			}
		}
	}
	s.filter.Enabled = slices.DeleteFunc(logcategory.All(), func(c string) bool { return !on[c] })
	s.rules.Store(s.filter.compile())
	return slices.Clone(s.filter.Enabled), nil
}

// Set replaces the set of categories that are on. Unknown names are left out.
func (s *Switch) Set(enabled []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filter.Enabled = slices.DeleteFunc(logcategory.All(), func(c string) bool { return !slices.Contains(enabled, c) })
	s.rules.Store(s.filter.compile())
}

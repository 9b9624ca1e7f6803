package options

import (
	"errors"
	"testing"
)

// TestIndexConflicts: indexes cannot be combined with what takes their blocks or
// coins away, in Dash Core's words and order.
func TestIndexConflicts(t *testing.T) {
	rebuild := func(name string) string {
		return "-reindex-chainstate option is not compatible with -" + name + ". Please temporarily disable " + name +
			" while using -reindex-chainstate, or replace -reindex-chainstate with -reindex to fully rebuild all indexes."
	}
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"-reindex-chainstate"}, rebuild("txindex")},
		{[]string{"-reindex-chainstate", "-blockfilterindex"}, rebuild("blockfilterindex")},
		{[]string{"-reindex-chainstate", "-blockfilterindex", "-coinstatsindex"}, rebuild("coinstatsindex")},
		{[]string{"-reindex-chainstate", "-txindex=0", "-coinstatsindex"}, rebuild("coinstatsindex")},
		{[]string{"-reindex-chainstate", "-txindex=0"}, ""},
		{[]string{"-reindex", "-coinstatsindex", "-blockfilterindex"}, ""},
		{[]string{"-prune=1", "-txindex=1"}, "Prune mode is incompatible with -txindex."},
		{[]string{"-prune=1", "-disablegovernance=1", "-coinstatsindex", "-blockfilterindex"}, ""},
		{[]string{"-blockfilterindex=xinu"}, "Unknown -blockfilterindex value xinu."},
	} {
		_, err := Parse(DashNode, append([]string{"-datadir=/d", "-regtest"}, tc.args...), withConf(""))
		text := ""
		var e *Error
		if errors.As(err, &e) {
			text = e.Text
		} else if err != nil {
			text = err.Error()
		}
		if text != tc.want {
			t.Errorf("%v: %q, want %q", tc.args, text, tc.want)
		}
	}
}

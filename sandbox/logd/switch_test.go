package logd

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSwitchChange(t *testing.T) {
	all := len(Categories())
	for _, c := range []struct {
		name             string
		begin            []string
		include, exclude []string
		want             []string
		count            int
	}{
		{"nothing", []string{"net"}, nil, nil, []string{"net"}, 1},
		{"on", []string{"rpc"}, []string{"net"}, nil, []string{"net", "rpc"}, 2},
		{"off", []string{"net", "rpc"}, nil, []string{"net"}, []string{"rpc"}, 1},
		{"exclusion wins", nil, []string{"net", "rpc"}, []string{"net"}, []string{"rpc"}, 1},
		{"all", nil, []string{"all"}, nil, nil, all},
		{"all but dash's", nil, []string{"1"}, []string{"dash"}, nil, all - len(dashCategories())},
		{"none", []string{"net"}, nil, []string{"all"}, []string{}, 0},
		{"zero is no category", []string{"net"}, []string{"0"}, []string{"0"}, []string{"net"}, 1},
	} {
		s := NewSwitch(Filter{Enabled: c.begin})
		got, err := s.Change(c.include, c.exclude)
		if err != nil || len(got) != c.count {
			t.Errorf("%s: %d categories, %v", c.name, len(got), err)
		}
		if d := cmp.Diff(got, s.Enabled()); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if c.want != nil && !cmp.Equal(c.want, got) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestSwitchKeepsItsStateForUnknownNames(t *testing.T) {
	s := NewSwitch(Filter{Enabled: []string{"net"}})
	var unknown *UnknownCategoryError
	for _, bad := range [][2][]string{{{"rpc", "nosuch"}, nil}, {nil, []string{"net", "nosuch"}}} {
		if _, err := s.Change(bad[0], bad[1]); !errors.As(err, &unknown) || unknown.Name != "nosuch" {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if d := cmp.Diff([]string{"net"}, s.Enabled()); d != "" {
		t.Error(d)
	}
	s.Set([]string{"rpc", "nosuch"})
	if d := cmp.Diff([]string{"rpc"}, s.Enabled()); d != "" {
		t.Error(d)
	}
}

// TestLoggersFollowTheirSwitch, those that were derived before as well.
func TestLoggersFollowTheirSwitch(t *testing.T) {
	var l list
	s := NewSwitch(Filter{})
	log := slog.New(newHandler(&l, s))
	derived := log.With(Category("net"))
	say := func() int {
		before := len(l.records)
		derived.Debug("a")
		log.Debug("b", Category("net"))
		log.Debug("c", Category("rpc"))
		return len(l.records) - before
	}
	if n := say(); n != 0 || derived.Enabled(context.Background(), slog.LevelDebug) {
		t.Errorf("%d records while all is off", n)
	}
	s.Set([]string{"net"})
	if n := say(); n != 2 || !derived.Enabled(context.Background(), slog.LevelDebug) {
		t.Errorf("%d records with net on", n)
	}
	if _, err := s.Change(nil, []string{"net"}); err != nil {
		t.Fatal(err)
	}
	if n := say(); n != 0 {
		t.Errorf("%d records after net is off", n)
	}
}

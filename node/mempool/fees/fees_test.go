package fees

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"math"
	"testing"

	"dashmp/node/wire"
)

func newEstimator() *Estimator { return New(slog.New(slog.NewTextHandler(io.Discard, nil))) }

// feed mines blocks: in each, transactions at every rate enter, and those at a
// rate of at least 10000 are mined with the next block; the others wait for ten.
// The forms are those of Dash Core's src/test/policyestimator_tests.cpp.
func feed(e *Estimator, blocks int) {
	waiting := map[int][]Tx{}
	n := 0
	for h := 1; h <= blocks; h++ {
		e.Block(h, waiting[h])
		for _, rate := range []int64{1200, 5000, 10_000, 50_000} {
			for range 3 {
				n++
				tx := Tx{ID: wire.Hash{byte(n), byte(n >> 8), byte(n >> 16)}, Height: h, FeeRate: rate}
				e.Entered(tx, true)
				at := h + 10
				if rate >= 10_000 {
					at = h + 1
				}
				waiting[at] = append(waiting[at], tx)
			}
		}
	}
}

func TestEstimates(t *testing.T) {
	e := newEstimator()
	if got := e.Smart(6, true); got.Rate != 0 || got.Blocks != 0 || got.Reason != ReasonNone {
		t.Errorf("of nothing: %+v", got)
	}
	feed(e, 300)
	for _, c := range []struct {
		target       int
		conservative bool
		rate         int64
		blocks       int
		reason       Reason
	}{
		// Half of the target must do for six tenths, so that ten blocks are not enough.
		{1, false, 10_000, 2, ReasonHalf},
		{9, false, 10_000, 9, ReasonHalf},
		{30, false, 1200, 30, ReasonHalf},
		{1008, true, 1200, 149, ReasonHalf},
	} {
		got := e.Smart(c.target, c.conservative)
		if got != (Estimate{c.rate, c.blocks, c.reason}) {
			t.Errorf("%d blocks: %+v", c.target, got)
		}
	}
	for _, target := range []int{0, 1009} {
		if got := e.Smart(target, true); got.Rate != 0 {
			t.Errorf("%d blocks: %+v", target, got)
		}
	}
	rate, d := e.Raw(2, .95, Short)
	if rate != 10_000 || d.Pass.End < 10_000 || d.Fail.End >= 10_000 || d.Scale != 1 || d.Pass.WithinTarget != d.Pass.TotalConfirmed {
		t.Errorf("raw %d, %+v", rate, d)
	}
	if rate, d := e.Raw(13, .95, Short); rate != 0 || d.Scale != 0 {
		t.Errorf("beyond the horizon: %d, %+v", rate, d)
	}
}

// TestFailures counts what leaves unmined.
func TestFailures(t *testing.T) {
	e := newEstimator()
	for h := 1; h <= 60; h++ {
		e.Block(h, nil)
		for i := range 4 {
			e.Entered(Tx{ID: wire.Hash{byte(h), byte(i)}, Height: h, FeeRate: 2000}, true)
		}
		if h > 20 {
			for i := range 4 {
				e.Remove(wire.Hash{byte(h - 20), byte(i)})
			}
		}
	}
	if _, d := e.Raw(5, .5, Short); d.Fail.LeftMempool == 0 || d.Fail.InMempool == 0 || d.Fail.TotalConfirmed != 0 {
		t.Errorf("%+v", d.Fail)
	}
	waiting := d(e).InMempool
	e.Flush()
	if got := d(e); got.InMempool != 0 || got.LeftMempool < waiting {
		t.Errorf("after all left: %+v, %g waited", got, waiting)
	}
}

func d(e *Estimator) Range {
	_, d := e.Raw(1, .5, Short)
	return d.Fail
}

// TestIgnored does not learn from what says nothing: side chains, what came
// before the last block, what is told not to.
func TestIgnored(t *testing.T) {
	e := newEstimator()
	e.Block(5, nil)
	e.Entered(Tx{ID: wire.Hash{1}, Height: 5, FeeRate: 2000}, false)
	e.Entered(Tx{ID: wire.Hash{2}, Height: 4, FeeRate: 2000}, true)
	e.Block(5, []Tx{{ID: wire.Hash{1}, Height: 5}})
	e.Block(6, []Tx{{ID: wire.Hash{1}, Height: 5, FeeRate: 2000}, {ID: wire.Hash{2}, Height: 4, FeeRate: 2000}})
	if got := d(e); got.TotalConfirmed != 0 || got.InMempool != 0 {
		t.Errorf("%+v", got)
	}
}

func TestFile(t *testing.T) {
	e := newEstimator()
	feed(e, 200)
	e.Flush()
	data := e.Append(nil)
	f := newEstimator()
	if err := f.Decode(data); err != nil {
		t.Fatal(err)
	}
	if again := f.Append(nil); !bytes.Equal(again, data) {
		t.Error("written, read and written again it differs")
	}
	if a, b := e.Smart(6, true), f.Smart(6, true); a != b || a.Rate == 0 {
		t.Errorf("%+v, after reading %+v", a, b)
	}
	// Old history counts for nothing.
	f.Block(200+oldestHistory+1, nil)
	if got := f.Smart(6, true); got.Rate != 0 {
		t.Errorf("after a year: %+v", got)
	}
}

func TestDamagedFile(t *testing.T) {
	e := newEstimator()
	feed(e, 50)
	data := e.Append(nil)
	before := e.Append(nil)
	for n := 0; n < len(data); n += 997 {
		if err := e.Decode(data[:n]); !errors.Is(err, ErrFile) {
			t.Fatalf("%d bytes of it: %v", n, err)
		}
	}
	put := func(at int, b ...byte) []byte {
		return append(append(bytes.Clone(data[:at]), b...), data[at+len(b):]...)
	}
	nan := math.Float64bits(math.NaN())
	buckets := 5*4 + 1 + 8*len(e.stats[Medium].buckets)
	for name, bad := range map[string][]byte{
		"a later version":      put(0, 0xff, 0xff, 0xff, 0x7f),
		"an earlier version":   put(0, 1, 0, 0, 0),
		"first after last":     put(12, 0xff, 0xff),
		"unsorted buckets":     put(5*4+1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xef, 0x7f),
		"no decay":             put(buckets, 0, 0, 0, 0, 0, 0, 0, 0),
		"a decay that is none": put(buckets, byte(nan), byte(nan>>8), 0, 0, 0, 0, byte(nan>>48), byte(nan>>56)),
		"no scale":             put(buckets+8, 0, 0, 0, 0),
		"a long scale":         put(buckets+8, 0xff, 0xff, 0, 0),
	} {
		if err := e.Decode(bad); !errors.Is(err, ErrFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !bytes.Equal(e.Append(nil), before) {
		t.Error("a damaged file changed something")
	}
}

func FuzzDecode(f *testing.F) {
	e := newEstimator()
	feed(e, 30)
	f.Add(e.Append(nil))
	f.Add([]byte{0x44, 0x23, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2})
	f.Fuzz(func(t *testing.T, data []byte) {
		e := newEstimator()
		if e.Decode(data) != nil {
			return
		}
		feed(e, 3)
		e.Smart(4, true)
		e.Raw(2, .5, Long)
	})
}

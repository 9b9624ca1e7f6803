package sandbox_test

import (
	"testing"
	"time"

	"dashmp/policy"
	"dashmp/sandbox"
)

func TestChildIsConfinedOnEveryThread(t *testing.T) {
	n := newNursery(t)
	for _, mode := range []sandbox.Mode{sandbox.ModeEnforce, sandbox.ModeTrace, sandbox.ModeOff} {
		t.Run(string(mode), func(t *testing.T) {
			c, g, r, _ := n.ready(mode, do{Do: "threads", N: 200})
			socket := c.TakeSocket()
			defer socket.Close()
			roundTrip(t, socket)
			o, err := sandbox.Observe(c.PID())
			if err != nil {
				t.Fatal(err)
			}
			if len(o.Threads) < 200 {
				t.Fatalf("%d threads, 200 were asked for", len(o.Threads))
			}
			spec, _ := policy.Get(policy.Echo)
			if f := sandbox.Verify(o, spec, mode); len(f) > 0 {
				t.Error(f)
			}
			if f := sandbox.VerifyReport(r, g, o); len(f) > 0 {
				t.Error(f)
			}
		})
	}
}

func TestParseMode(t *testing.T) {
	for value, want := range map[string]sandbox.Mode{
		"": sandbox.ModeEnforce, "enforce": sandbox.ModeEnforce, "trace": sandbox.ModeTrace, "off": sandbox.ModeOff,
	} {
		if got, err := sandbox.ParseMode(value); err != nil || got != want {
			t.Errorf("-sandbox=%s: %q, %v", value, got, err)
		}
	}
	for _, bad := range []string{"on", "OFF", "0", "enforce "} {
		if got, err := sandbox.ParseMode(bad); err == nil || got != "" {
			t.Errorf("-sandbox=%s was accepted as %q", bad, got)
		}
	}
}

// BenchmarkSpawnToReady measures from the start of a process to its ready
// report, with and without the layers.
func BenchmarkSpawnToReady(b *testing.B) {
	for _, mode := range []sandbox.Mode{sandbox.ModeEnforce, sandbox.ModeOff} {
		b.Run(string(mode), func(b *testing.B) {
			n := newNursery(b)
			var inside time.Duration
			for b.Loop() {
				c, _, r, _ := n.ready(mode, do{})
				inside += r.Elapsed
				b.StopTimer()
				if err := c.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(inside.Microseconds())/float64(b.N), "µs-in-Enter/op")
		})
	}
}

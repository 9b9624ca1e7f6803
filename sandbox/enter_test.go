package sandbox_test

import (
	"testing"

	"dashmp/policy"
	"dashmp/sandbox"
)

func TestChildIsConfinedOnEveryThread(t *testing.T) {
	n := newNursery(t)
	for _, mode := range []sandbox.Mode{sandbox.ModeEnforce, sandbox.ModeTrace, sandbox.ModeOff} {
		t.Run(string(mode), func(t *testing.T) {
			c, g, r, _ := n.ready(mode, do{Do: "threads", N: 64})
			socket := c.TakeSocket()
			defer socket.Close()
			roundTrip(t, socket)
			o, err := sandbox.Observe(c.PID())
			if err != nil {
				t.Fatal(err)
			}
			if len(o.Threads) < 64 {
				t.Fatalf("%d threads, 64 were asked for", len(o.Threads))
			}
			spec, _ := policy.Get(policy.Echo)
			if f := sandbox.Verify(o, spec, mode); len(f) > 0 {
				t.Error(f)
			}
			if f := sandbox.VerifyReport(r, g, o); len(f) > 0 {
				t.Error(f)
			}
			t.Logf("%+v", r)
			for _, e := range sandbox.EvidenceOf(r, o) {
				t.Log(e)
			}
		})
	}
}

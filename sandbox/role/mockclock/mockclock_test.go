package mockclock

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Clock
		begin := c.Now()
		time.Sleep(time.Hour)
		if d := c.Now().Sub(begin); d != time.Hour {
			t.Errorf("in an hour it went on by %v", d)
		}
		c.Set(1417713337)
		time.Sleep(time.Hour)
		if got := c.Now().Unix(); got != 1417713337 {
			t.Errorf("it stands at %d", got)
		}
		c.Set(0)
		if d := c.Now().Sub(begin); d != 2*time.Hour {
			t.Errorf("after it was let go it is %v on", d)
		}
	})
}

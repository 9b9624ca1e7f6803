package core

import (
	"log/slog"
	"testing"
	"time"
)

// TestAlert: the last warning is shown, the first one runs the command.
func TestAlert(t *testing.T) {
	if text := unknownRules(nil); text != "" {
		t.Errorf("%q of nothing", text)
	}
	if text := unknownRules([]int{3, 27}); text != "Unknown new rules activated (versionbit 27)" {
		t.Error(text)
	}
	b := &dirBroker{stops: make(chan string, 4)}
	c := &Core{o: Options{Broker: b, Log: slog.New(slog.DiscardHandler)}}
	c.warn("first")
	select {
	case got := <-b.stops:
		if got != "alert: first" {
			t.Error(got)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("no alert")
	}
	c.warn("second")
	c.asking.Wait()
	if got := c.Warnings(); got != "second" || len(b.stops) != 0 {
		t.Errorf("%q, %d more alerts", got, len(b.stops))
	}
}

package core

import (
	"context"
	"fmt"

	"dashmp/node/chain"
)

// unknownRules is the warning that miners have activated what this build does
// not know, "" if they have not (DoWarning in UpdateTip of src/validation.cpp).
func unknownRules(active []int) string {
	if len(active) == 0 {
		return ""
	}
	return fmt.Sprintf("Unknown new rules activated (versionbit %d)", active[len(active)-1])
}

// checkUnknownRules looks at the version bits after a new tip. A warning stays
// until the node stops; the operator's command runs once.
func (c *Core) checkUnknownRules(ev chain.Event) {
	if ev.Initial {
		return
	}
	active, _ := c.rules.VersionBits().Unknown(ev.Index)
	if text := unknownRules(active); text != "" {
		c.warn(text)
	}
}

// warn makes text what Warnings says. The first warning is an alert.
func (c *Core) warn(text string) {
	c.misc.Store(&text)
	if c.alerted.CompareAndSwap(false, true) {
		c.o.Log.Warn("Warning: " + text)
		c.ask(func(ctx context.Context) error { return c.o.Broker.NotifyAlert(ctx, text) })
	}
}

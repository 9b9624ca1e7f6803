package core

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// Texts that operators are shown (Dash Core: AbortNode).
const (
	textFatal    = "A fatal internal error occurred, see debug.log for details"
	textDiskFull = "Disk space is too low!"
)

// fatal ends the node because of an error of the system, which is in the log
// already: the chain does not change any more. It returns at once, and may be
// called under any lock.
func (c *Core) fatal(err error) {
	text := textFatal
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		text = textDiskFull
	}
	warning := err.Error()
	c.misc.Store(&warning)
	c.ask(func(ctx context.Context) error { return c.o.Broker.AbortNode(ctx, text) })
}

// stopDelay lets the answer to the call out that made the node stop: the stop
// begins with the rpc role, which does not wait for long calls.
const stopDelay = 300 * time.Millisecond

// stopNode asks for the orderly stop of the whole node; reason is for the log.
func (c *Core) stopNode(reason string) {
	c.ask(func(ctx context.Context) error {
		select {
		case <-time.After(stopDelay):
		case <-c.background.Done():
		}
		return c.o.Broker.StopNode(ctx, reason)
	})
}

// ask lets the broker do something without waiting for it.
func (c *Core) ask(what func(context.Context) error) {
	c.asking.Go(func() {
		if err := what(context.Background()); err != nil {
			c.o.Log.Error("stop: " + err.Error())
		}
	})
}

// Warnings is what getblockchaininfo and getnetworkinfo warn of, "" for nothing
// (GetWarnings).
func (c *Core) Warnings() string {
	if w := c.misc.Load(); w != nil {
		return *w
	}
	return ""
}

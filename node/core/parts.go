package core

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"dashmp/node/rpccall"
)

// part is a subsystem that lives on the chain: mempool, mining, indexes, peers.
// Each is made by one function in a file of its own, named in partList. Fields
// may be nil.
type part struct {
	// name is for messages.
	name string
	// methods are the RPCs that it executes.
	methods rpccall.Methods
	// loaded runs in the background when files have been imported and the best
	// chain of what is on disk is the active one. ctx ends when the node stops.
	loaded func(ctx context.Context)
	// stop ends its goroutines and connections; the chain still answers.
	stop func()
	// close writes down what is to outlast the process; all parts have been
	// stopped, the chain still answers but does not change any more.
	close func() error
}

// partList are the makers of parts in the order of opening; they are stopped
// and closed in the reverse one. A maker finds the chain loaded in c.chain, the
// parts before it in its own fields of c, and options in c.o.Config (those which
// policy lists for the core role). Its error ends the start; *StartError for one
// with a text of Dash Core.
func (c *Core) partList() []func(context.Context) (part, error) {
	return []func(context.Context) (part, error){
		c.openMempool,
		c.openIndexes,
		c.openBlockchain,
		c.openMining,
		c.openPeers,
	}
}

func (c *Core) openParts(ctx context.Context) error {
	c.methods = rpccall.Methods{}
	for _, open := range c.partList() {
		p, err := open(ctx)
		if err != nil {
			return err
		}
		for name := range p.methods {
			if c.methods[name] != nil {
				panic("core: two owners of " + name)
			}
		}
		maps.Copy(c.methods, p.methods)
		c.parts = append(c.parts, p)
	}
	return nil
}

func (c *Core) closeParts() error {
	var errs []error
	for _, p := range slices.Backward(c.parts) {
		if p.stop != nil {
			p.stop()
		}
	}
	for _, p := range slices.Backward(c.parts) {
		if p.close == nil {
			continue
		}
		if err := p.close(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.name, err))
		}
	}
	return errors.Join(errs...)
}

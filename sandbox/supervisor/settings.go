package supervisor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"dashmp/ipc"
	"dashmp/policy"
	"dashmp/sandbox/broker"
	"dashmp/sandbox/logd"
)

// settings are what RPCs change in every process while the node runs. A role
// that starts later, or again, is told what has been changed.
type settings struct {
	// mu is held while roles are told, so that all hear changes in one order.
	// It is taken before Tree.mu.
	mu      sync.Mutex
	logging []string // the categories that are on
	logSet  bool     // logging has been changed
	mock    int64    // seconds since the epoch
	mockSet bool     // mock has been changed
}

// tellTime is how long a role may take to hear of a setting.
const tellTime = 5 * time.Second

// SetLogging switches categories in the supervisor and in every role.
func (b *rpcBroker) SetLogging(_ context.Context, include, exclude []string) ([]string, error) {
	if err := b.set.take("SetLogging"); err != nil {
		return nil, err
	}
	t := b.t
	t.settings.mu.Lock()
	defer t.settings.mu.Unlock()
	on, err := t.cfg.Log.Categories().Change(include, exclude)
	if err != nil {
		return nil, unknownCategory(err)
	}
	if len(include)+len(exclude) == 0 {
		return on, nil // a question
	}
	t.settings.logging, t.settings.logSet = on, true
	return on, t.tellAll(func(ctx context.Context, l link) error { return l.SetLogging(ctx, on) })
}

// unknownCategory gives the error the kind that crosses processes.
func unknownCategory(err error) error {
	var unknown *logd.UnknownCategoryError
	if errors.As(err, &unknown) {
		return ipc.Errorf(broker.ErrCategory, "%s", unknown.Error())
	}
	return err
}

// SetMockTime sets the clocks of every role. The supervisor's own is not one of
// them: deadlines and restarts keep to real time.
func (b *rpcBroker) SetMockTime(_ context.Context, seconds int64) error {
	if err := b.set.take("SetMockTime"); err != nil {
		return err
	}
	t := b.t
	if t.cfg.Configs[policy.RPC].Chain != "regtest" || seconds < 0 {
		return ipc.Errorf(broker.ErrRegtest, "only a regtest node's clock can be set, and not to before the epoch")
	}
	t.settings.mu.Lock()
	defer t.settings.mu.Unlock()
	t.settings.mock, t.settings.mockSet = seconds, true
	return t.tellAll(func(ctx context.Context, l link) error { return l.SetMockTime(ctx, seconds) })
}

// tellAll tells every role that is up, at the same time. One that ends
// meanwhile is told when it is started again. The caller holds settings.mu.
func (t *Tree) tellAll(tell func(context.Context, link) error) error {
	t.mu.Lock()
	all := slices.Collect(maps.Values(t.live))
	t.mu.Unlock()
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, inst := range all {
		wg.Go(func() {
			ctx, cancel := t.during(inst)
			defer cancel()
			limited, stop := context.WithTimeout(ctx, tellTime)
			defer stop()
			if err := tell(limited, inst.link); err != nil && ctx.Err() == nil && !errors.Is(err, ipc.ErrDisconnected) {
				errs[i] = fmt.Errorf("%s: %w", inst.role, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// introduce tells a new instance what has been changed since the node's start
// and makes it known. No sibling is wired to it before it has heard, and no
// change comes in between.
func (t *Tree) introduce(ctx context.Context, inst *instance) {
	t.settings.mu.Lock()
	defer t.settings.mu.Unlock()
	t.catchUp(ctx, inst)
	t.up(inst)
}

// catchUp tells the instance. The caller holds settings.mu.
func (t *Tree) catchUp(ctx context.Context, inst *instance) {
	ctx, cancel := context.WithTimeout(ctx, tellTime)
	defer cancel()
	var err error
	if t.settings.logSet {
		err = inst.link.SetLogging(ctx, t.settings.logging)
	}
	if t.settings.mockSet && err == nil {
		err = inst.link.SetMockTime(ctx, t.settings.mock)
	}
	if err != nil && !errors.Is(err, ipc.ErrDisconnected) {
		t.log.Warn("settings: "+err.Error(), "role", string(inst.role))
	}
}

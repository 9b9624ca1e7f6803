package sandbox

import (
	"context"
	"errors"
	"os"

	"dashmp/policy"
)

// Spawner starts children from one permanent thread.
type Spawner struct{}

// Command says what to start.
type Command struct {
	// Program is the executable, opened once; it is executed as a descriptor.
	// Start leaves it open.
	Program *os.File
	// Name is argv[0] and the name in messages.
	Name string
	// Stderr becomes descriptor 2 of the child; nil means /dev/null. Start
	// leaves it open.
	Stderr *os.File
	// Limits are set before the child gets its grant.
	Limits []policy.Limit
}

var errUnbuilt = errors.New("not built yet")

// NewSpawner starts the thread.
func NewSpawner() (*Spawner, error) { return nil, errUnbuilt }

// Close ends the thread and thereby kills every child that is still alive.
func (s *Spawner) Close() error { return errUnbuilt }

// Start starts a child. ctx bounds the start, not the life of the child.
func (s *Spawner) Start(ctx context.Context, c Command) (*Child, error) { return nil, errUnbuilt }

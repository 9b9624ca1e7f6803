package signer

import (
	"context"
	"os"

	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpccall"
)

// maxLocked is how much memory the signer may lock, in bytes; package policy
// sets the limit of the process (MEMLOCK).
const maxLocked = 8 << 20

// locked counts the memory that holds secrets: regions and bytes of pages.
func (s *Signer) locked() (regions, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.reserve.Locked(); n > 0 {
		regions, bytes = 1, n
	}
	for b := range s.boxes {
		b.mu.Lock()
		for _, d := range b.secrets {
			regions++
			bytes += d.region.Locked()
		}
		b.mu.Unlock()
	}
	return regions, bytes
}

// getMemoryInfo tells of the memory for secrets, as Dash Core does of its locked
// pool (src/rpc/node.cpp). A chunk in use is one secret, a free one a page that
// may still be locked. There is no mode mallocinfo: the heap is Go's.
func (b *Box) getMemoryInfo(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 1); err != nil {
		return nil, err
	}
	mode := "stats"
	if call.Given(0) {
		var err error
		if mode, err = call.String(0); err != nil {
			return nil, err
		}
	}
	switch mode {
	case "stats":
	case "mallocinfo":
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "mallocinfo mode not available")
	default:
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "unknown mode %s", mode)
	}
	regions, used := b.s.locked()
	free := max(0, maxLocked-used)
	return rpccall.Object{{Key: "locked", Value: rpccall.Object{
		{Key: "used", Value: used},
		{Key: "free", Value: free},
		{Key: "total", Value: used + free},
		{Key: "locked", Value: used},
		{Key: "chunks_used", Value: regions},
		{Key: "chunks_free", Value: free / os.Getpagesize()},
	}}}, nil
}

package index

import (
	"fmt"

	"dashmp/node/chain"
	"dashmp/node/index/gcs"
	"dashmp/node/wire"
)

// Buckets by block: the filter's hash and header in the one, which is read along
// the chain, the filter itself in the other.
const (
	headerBucket = "header"
	filterBucket = "filter"
)

// Filter knows the basic filter of each block (BlockFilterIndex).
type Filter struct{ *follower }

// NewFilter opens the index; Start begins it. See NewTx for the error.
func NewFilter(o Options) (*Filter, error) {
	s := newStore(o.DB)
	f, err := newFollower(o, &filterContent{s}, s)
	if err != nil {
		return nil, err
	}
	return &Filter{f}, nil
}

// Filter is a block's filter as it is encoded, and the header of the chain of
// filters at it; false if the index has none.
func (f *Filter) Filter(x *chain.Index) (filter []byte, header wire.Hash, ok bool) {
	_, header, ok = f.Header(x)
	if !ok {
		return nil, header, false
	}
	filter, ok, err := f.s.get(filterBucket, blockKey(x.Height(), x.Hash()))
	if err != nil {
		f.o.Log.Error(f.c.name() + ": " + err.Error())
	}
	return filter, header, ok
}

// Header is the hash of a block's filter, and the header of the chain of filters
// at it; false if the index has none.
func (f *Filter) Header(x *chain.Index) (hash, header wire.Hash, ok bool) {
	hash, header, ok, err := filterHeader(f.s, x)
	if err != nil {
		f.o.Log.Error(f.c.name() + ": " + err.Error())
	}
	return hash, header, ok
}

func filterHeader(s *store, x *chain.Index) (hash, header wire.Hash, ok bool, err error) {
	v, ok, err := s.get(headerBucket, blockKey(x.Height(), x.Hash()))
	if err != nil || !ok {
		return hash, header, false, err
	}
	if len(v) != 2*wire.HashSize {
		return hash, header, false, ErrState
	}
	return wire.Hash(v[:wire.HashSize]), wire.Hash(v[wire.HashSize:]), true, nil
}

// filterContent writes the records.
type filterContent struct{ s *store }

func (*filterContent) name() string                         { return "basic block filter index" }
func (*filterContent) load(*chain.Index) (bool, error)      { return true, nil }
func (*filterContent) disconnect(*chain.Index, block) error { return nil }
func (*filterContent) state() map[string][]byte             { return nil }
func (*filterContent) needs() needs                         { return needs{undo: true} }

func (c *filterContent) connect(x *chain.Index, b block) error {
	var previous wire.Hash
	if p := x.Parent(); p != nil {
		var ok bool
		var err error
		if _, previous, ok, err = filterHeader(c.s, p); err != nil || !ok {
			return fmt.Errorf("the filter header of block %s is missing: %w", p.Hash(), err)
		}
	}
	filter := gcs.Basic(x.Hash(), b.Block, b.undo)
	hash := gcs.Hash(filter)
	header := gcs.Header(hash, previous)
	key := blockKey(x.Height(), x.Hash())
	c.s.put(headerBucket, key, append(hash[:], header[:]...))
	c.s.put(filterBucket, key, filter)
	return nil
}

package process

import (
	"context"
	"math"

	"dashmp/node/chain"
	"dashmp/node/p2p/msg"
	"dashmp/node/spv"
	"dashmp/node/wire"
)

const (
	// maxCFilters and maxCFHeaders are how many filters and filter headers a
	// request may ask for; checkpoints are every checkptInterval blocks.
	maxCFilters     = 1000
	maxCFHeaders    = 2000
	checkptInterval = 1000
	basicFilter     = 0
	// maxElement is the longest element of a Bloom filter in bytes.
	maxElement = 520
)

// offersBloom ends the connection to whoever uses a service that we do not offer.
func (p *Processor) offersBloom(s *peer, name string) bool {
	if s.our.Has(msg.ServiceBloom) {
		return true
	}
	debugTo(p.conn, "%s received despite not offering bloom services from peer=%d; disconnecting", name, s.id)
	s.Disconnect("")
	return false
}

func (p *Processor) handleFilterLoad(s *peer, payload []byte) error {
	if !p.offersBloom(s, msg.TypeFilterLoad) {
		return nil
	}
	m, err := msg.DecodeFilterLoad(payload)
	if err != nil {
		return err
	}
	f, ok := spv.NewFilter(m)
	if !ok {
		p.misbehaving(s, 100, "too-large bloom filter")
		return nil
	}
	if s.tx.may {
		s.tx.filter, s.tx.wanted = f, true
		s.SetBloomLoaded(true)
		s.SetRelaysTxs(true)
	}
	return nil
}

func (p *Processor) handleFilterAdd(s *peer, payload []byte) error {
	if !p.offersBloom(s, msg.TypeFilterAdd) {
		return nil
	}
	data, err := msg.DecodeFilterAdd(payload)
	switch {
	case err != nil:
		return err
	case len(data) > maxElement || s.tx.may && s.tx.filter == nil:
		p.misbehaving(s, 100, "bad filteradd message")
	case s.tx.may:
		s.tx.filter.Insert(data)
	}
	return nil
}

func (p *Processor) handleFilterClear(s *peer, _ []byte) error {
	if p.offersBloom(s, msg.TypeFilterClear) && s.tx.may {
		s.tx.filter, s.tx.wanted = nil, true
		s.SetBloomLoaded(false)
		s.SetRelaysTxs(true)
	}
	return nil
}

// filterRequest checks a question for compact filters, and returns the block it
// goes up to, nil if it gets no answer (PrepareBlockFilterRequest).
func (p *Processor) filterRequest(s *peer, g msg.GetCFilters, most uint64) *chain.Index {
	refuse := func(format string, args ...any) *chain.Index {
		p.debug(format, args...)
		s.Disconnect("")
		return nil
	}
	if g.Filter != basicFilter || !s.our.Has(msg.ServiceCompactFilters) {
		return refuse("peer %d requested unsupported block filter type: %d", s.id, g.Filter)
	}
	stop := p.o.Chain.Lookup(g.Stop)
	if stop == nil || !p.mayServe(stop) {
		return refuse("peer %d requested invalid block hash: %s", s.id, g.Stop)
	}
	height := uint64(stop.Height())
	switch {
	case uint64(g.Start) > height:
		return refuse("peer %d sent invalid getcfilters/getcfheaders with start height %d and stop height %d", s.id, g.Start, height)
	case height-uint64(g.Start) >= most:
		return refuse("peer %d requested too many cfilters/cfheaders: %d / %d", s.id, height-uint64(g.Start)+1, most)
	case p.o.Filters == nil:
		p.debug("Filter index for supported type basic not found")
		return nil
	}
	return stop
}

func (p *Processor) handleGetCFilters(s *peer, payload []byte) error {
	g, err := msg.DecodeGetCFilters(payload)
	if err != nil {
		return err
	}
	stop := p.filterRequest(s, g, maxCFilters)
	if stop == nil {
		return nil
	}
	filters, blocks, ok := p.o.Filters.Range(context.Background(), int(g.Start), stop)
	if !ok {
		p.debug("Failed to find block filter in index: filter_type=basic, start_height=%d, stop_hash=%s", g.Start, g.Stop)
		return nil
	}
	for i, data := range filters {
		c := msg.CFilter{Filter: g.Filter, Block: blocks[i], Data: data}
		s.Send(msg.TypeCFilter, c.Append(nil))
	}
	return nil
}

func (p *Processor) handleGetCFHeaders(s *peer, payload []byte) error {
	g, err := msg.DecodeGetCFilters(payload)
	if err != nil {
		return err
	}
	stop := p.filterRequest(s, g, maxCFHeaders)
	if stop == nil {
		return nil
	}
	answer := msg.CFHeaders{Filter: g.Filter, Stop: g.Stop}
	if g.Start > 0 {
		before := stop.AncestorAt(int(g.Start) - 1)
		var ok bool
		if answer.Previous, ok = p.o.Filters.Header(context.Background(), before); !ok {
			p.debug("Failed to find block filter header in index: filter_type=basic, block_hash=%s", before.Hash())
			return nil
		}
	}
	var ok bool
	if answer.Hashes, ok = p.o.Filters.Hashes(context.Background(), int(g.Start), stop); !ok {
		p.debug("Failed to find block filter hashes in index: filter_type=basic, start_height=%d, stop_hash=%s", g.Start, g.Stop)
		return nil
	}
	s.Send(msg.TypeCFHeaders, answer.Append(nil))
	return nil
}

func (p *Processor) handleGetCFCheckpt(s *peer, payload []byte) error {
	g, err := msg.DecodeGetCFCheckpt(payload)
	if err != nil {
		return err
	}
	stop := p.filterRequest(s, msg.GetCFilters{Filter: g.Filter, Stop: g.Stop}, math.MaxUint32)
	if stop == nil {
		return nil
	}
	answer := msg.CFCheckpt{Filter: g.Filter, Stop: g.Stop, Headers: make([]wire.Hash, stop.Height()/checkptInterval)}
	for i := range answer.Headers {
		x := stop.AncestorAt((i + 1) * checkptInterval)
		var ok bool
		if answer.Headers[i], ok = p.o.Filters.Header(context.Background(), x); !ok {
			p.debug("Failed to find block filter header in index: filter_type=basic, block_hash=%s", x.Hash())
			return nil
		}
	}
	s.Send(msg.TypeCFCheckpt, answer.Append(nil))
	return nil
}

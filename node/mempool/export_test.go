package mempool

// Verify checks the pool's invariants, whatever -checkmempool says.
func (p *Pool) Verify() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.verify()
}

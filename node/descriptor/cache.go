package descriptor

import "dashmp/node/hdkey"

// Cache keeps the public keys that Expand derived, so that a descriptor with
// hardened steps expands without private keys (DescriptorCache). Keys are
// indexed by the KEY expression's place in the descriptor. The zero value is
// ready for use.
type Cache struct {
	// Parents are the keys before a wildcard, or at the end of a path.
	Parents map[uint32]hdkey.Public
	// LastHardened are the keys after the last hardened step.
	LastHardened map[uint32]hdkey.Public
	// Derived are the keys of hardened wildcards by position.
	Derived map[uint32]map[uint32]hdkey.Public
}

func (c *Cache) parent(i uint32) (hdkey.Public, bool) { p, ok := c.Parents[i]; return p, ok }

func (c *Cache) derived(i, pos uint32) (hdkey.Public, bool) { p, ok := c.Derived[i][pos]; return p, ok }

func (c *Cache) lastHardened(i uint32) (hdkey.Public, bool) {
	if c == nil {
		return hdkey.Public{}, false
	}
	p, ok := c.LastHardened[i]
	return p, ok
}

func (c *Cache) addParent(i uint32, p *hdkey.Public) {
	if c.Parents == nil {
		c.Parents = map[uint32]hdkey.Public{}
	}
	c.Parents[i] = *p
}

func (c *Cache) addLastHardened(i uint32, p *hdkey.Public) {
	if c.LastHardened == nil {
		c.LastHardened = map[uint32]hdkey.Public{}
	}
	c.LastHardened[i] = *p
}

func (c *Cache) addDerived(i, pos uint32, p *hdkey.Public) {
	if c.Derived == nil {
		c.Derived = map[uint32]map[uint32]hdkey.Public{}
	}
	if c.Derived[i] == nil {
		c.Derived[i] = map[uint32]hdkey.Public{}
	}
	c.Derived[i][pos] = *p
}

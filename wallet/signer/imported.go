package signer

import (
	"context"
	"regexp"
	"slices"

	"dashmp/ipc"
	"dashmp/node/descriptor"
	"dashmp/node/hdkey"
	"dashmp/node/params"
	"dashmp/wallet"
	"dashmp/wallet/signer/internal/keystore"
	"dashmp/wallet/signer/internal/secretly"
)

// ErrDescriptor: a text is no descriptor.
const ErrDescriptor = ipc.Kind("signer.descriptor")

// keyLike is what could be a private key or most of one, in any text form.
var keyLike = regexp.MustCompile(`[0-9A-Za-z]{30,}`)

// sayable is an error of the parser without what could be a part of a key.
func sayable(err error) error {
	return ipc.Errorf(ErrDescriptor, "%s", keyLike.ReplaceAllString(err.Error(), "[redacted]"))
}

// parsed is a descriptor with its private keys, on the heap: for use inside
// secretly.Do.
type parsed struct {
	desc    *descriptor.Descriptor
	secrets *descriptor.Secrets
}

func (p *parsed) held() *held {
	h := &held{desc: p.desc, keys: p.secrets.IDs(), complete: complete(p.desc, p.secrets)}
	h.normalized, _ = p.desc.Normalized(p.secrets, nil)
	return h
}

// complete reports whether there is a private key for every public key at
// position 0.
func complete(d *descriptor.Descriptor, secrets *descriptor.Secrets) bool {
	_, public, ok := d.Expand(0, secrets, nil)
	if !ok || len(public.Origins) == 0 {
		return false
	}
	private := d.PrivateKeys(0, secrets)
	defer private.Wipe()
	for id := range public.Origins {
		key, _, ok := private.Key(id)
		clear(key[:])
		if !ok {
			return false
		}
	}
	return true
}

// withParsed runs use, inside secretly.Do, with a deposited descriptor, whose
// handle stays good.
func (s *Signer) withParsed(method string, handle uint64, use func(p *parsed) error) error {
	defer secretly.Collect()
	return s.peek(method, handle, func(b []byte) error {
		var failed error
		secretly.Do(func() {
			d, secrets, err := descriptor.Parse(string(b), s.o.Base58, true)
			if err != nil {
				failed = sayable(err)
				return
			}
			defer secrets.Wipe()
			failed = use(&parsed{d, secrets})
		})
		return failed
	})
}

// ParseDescriptor tells the public part of a deposited descriptor.
func (s *Signer) ParseDescriptor(_ context.Context, method string, handle uint64) (out wallet.PublicDescriptor, err error) {
	err = s.withParsed(method, handle, func(p *parsed) error {
		out = p.held().public(wallet.DescriptorID(p.desc.ID()))
		return nil
	})
	return out, err
}

// AddDescriptor keeps the private keys of a deposited descriptor, beside those
// the store has of it already.
func (s *Signer) AddDescriptor(_ context.Context, name, method string, handle uint64) (out wallet.PublicDescriptor, err error) {
	k, err := s.ring(name)
	if err != nil {
		return out, err
	}
	err = s.withParsed(method, handle, func(p *parsed) error {
		if p.secrets.Len() == 0 {
			return ipc.Errorf(ErrRequest, "the descriptor has no private key")
		}
		out, err = k.keep(p, false)
		return err
	})
	if err != nil {
		return out, s.storeError(name, err)
	}
	return out, nil
}

// keep writes a descriptor and its keys, and any further records, which stay the
// caller's, in one commit.
func (k *keyring) keep(p *parsed, fromSeed bool, more ...keystore.Record) (wallet.PublicDescriptor, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	h, id := p.held(), wallet.DescriptorID(p.desc.ID())
	h.fromSeed = fromSeed
	if old := k.held[id]; old != nil {
		h.fromSeed = h.fromSeed || old.fromSeed
		h.complete = h.complete || old.complete
		for _, key := range old.keys {
			if !slices.Contains(h.keys, key) {
				h.keys = append(h.keys, key)
			}
		}
		if h.normalized == "" {
			h.normalized = old.normalized
		}
	}
	var own []keystore.Record
	defer func() { wipeRecords(own) }()
	for _, key := range p.secrets.IDs() {
		secret, compressed, _ := p.secrets.Key(key)
		r, err := keyRecord(key, &secret, compressed)
		clear(secret[:])
		if err != nil {
			return wallet.PublicDescriptor{}, err
		}
		own = append(own, r)
	}
	own = append(own, keystore.Record{Bucket: bucketDescriptor, Key: id[:], Public: h.encode()})
	if err := k.store.Put(slices.Concat(own, more)...); err != nil {
		return wallet.PublicDescriptor{}, err
	}
	k.add(id, h)
	return h.public(id), nil
}

// maxExpand bounds the positions of one Expand.
const maxExpand = 1000

// Expand tells the keys behind hardened steps that positions of a descriptor
// take.
func (s *Signer) Expand(_ context.Context, name string, id wallet.DescriptorID, first, n uint32) (out []wallet.DerivedKey, err error) {
	k, err := s.ring(name)
	if err != nil {
		return nil, err
	}
	defer secretly.Collect()
	secretly.Do(func() {
		var h *held
		if h, err = k.find(id); err != nil {
			return
		}
		var secrets *descriptor.Secrets
		if secrets, err = k.secrets(h); err != nil {
			return
		}
		defer secrets.Wipe()
		out, err = expand(h.desc, secrets, s.o.Base58, first, n)
	})
	if err != nil {
		return nil, s.storeError(name, err)
	}
	return out, nil
}

// ExpandDeposited is Expand for a deposited descriptor, whose handle stays good.
func (s *Signer) ExpandDeposited(_ context.Context, method string, handle uint64, first, n uint32) (out []wallet.DerivedKey, err error) {
	err = s.withParsed(method, handle, func(p *parsed) error {
		out, err = expand(p.desc, p.secrets, s.o.Base58, first, n)
		return err
	})
	return out, err
}

func expand(d *descriptor.Descriptor, secrets *descriptor.Secrets, b58 params.Base58, first, n uint32) ([]wallet.DerivedKey, error) {
	if n > maxExpand || first >= hdkey.Hardened || first+n > hdkey.Hardened {
		return nil, ipc.Errorf(ErrRequest, "at most %d positions below 2^31 are expanded", maxExpand)
	}
	var cache descriptor.Cache
	for pos := first; pos < first+n; pos++ {
		if _, _, ok := d.Expand(pos, secrets, &cache); !ok {
			return nil, ipc.Errorf(ErrNoKey, "Cannot expand descriptor. Probably because of hardened derivations without private keys provided")
		}
	}
	var out []wallet.DerivedKey
	add := func(kind wallet.DerivedKind, i, pos uint32, p hdkey.Public) {
		out = append(out, wallet.DerivedKey{Kind: kind, Expression: i, Position: pos, Key: p.Serialize(b58)})
	}
	for i, p := range cache.Parents {
		add(wallet.DerivedParent, i, 0, p)
	}
	for i, p := range cache.LastHardened {
		add(wallet.DerivedLastHardened, i, 0, p)
	}
	for i, byPos := range cache.Derived {
		for pos, p := range byPos {
			add(wallet.DerivedChild, i, pos, p)
		}
	}
	return out, nil
}

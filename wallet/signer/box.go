package signer

import (
	"context"
	"strconv"
	"strings"
	"sync"

	"dashmp/ipc"
	"dashmp/node"
	"dashmp/wallet"
	"dashmp/wallet/signer/internal/lockbox"
)

// Limits of one Box. An RPC brings one or two secrets, a batch a few dozen; the
// signer may lock 8 MiB, and there are two connections at most.
const (
	maxSecrets     = 256
	maxSecretBytes = 32 << 10
)

// Box holds the secrets of one connection. It implements wallet.SecretBox.
type Box struct {
	s *Signer

	mu      sync.Mutex // guards the rest
	secrets map[uint64]deposited
	closed  bool
}

var _ wallet.SecretBox = (*Box)(nil)

// NewBox returns the Box of a new connection, which closes it when it ends.
func (s *Signer) NewBox() *Box {
	b := &Box{s: s, secrets: map[uint64]deposited{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.closed = s.closed; !s.closed {
		s.boxes[b] = struct{}{}
	}
	return b
}

// Close wipes what the Box holds; it takes nothing any more.
func (b *Box) Close() error {
	b.s.mu.Lock()
	delete(b.s.boxes, b)
	b.s.mu.Unlock()
	b.wipe()
	return nil
}

func (b *Box) wipe() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range b.secrets {
		d.region.Close()
	}
	b.secrets, b.closed = nil, true
}

// Deposit takes a secret of 1 to 32768 bytes for one RPC and returns its handle.
// Its descriptor is closed, also when it is refused.
func (b *Box) Deposit(_ context.Context, method string, s ipc.Secret) (uint64, error) {
	defer s.Close()
	if n := s.Len(); n < 1 || n > maxSecretBytes {
		return 0, ipc.Errorf(ErrBox, "a secret has 1 to %d bytes", maxSecretBytes)
	}
	var region *lockbox.Region
	err := s.Open(func(view []byte) error {
		var err error
		if region, err = lockbox.New(len(view)); err == nil {
			copy(region.Bytes(), view)
		}
		return err
	})
	if err != nil {
		if region != nil {
			region.Close()
		}
		return 0, ipc.Errorf(ErrBox, "the secret cannot be kept: %v", err)
	}
	handle, err := b.keep(deposited{region, method})
	if err != nil {
		region.Close()
	}
	return handle, err
}

func (b *Box) keep(d deposited) (uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return 0, ipc.Errorf(ErrBox, "the connection has ended")
	case len(b.secrets) >= maxSecrets:
		return 0, ipc.Errorf(ErrBox, "no more than %d secrets are kept for a connection", maxSecrets)
	}
	h := newHandle()
	b.secrets[h] = d
	return h, nil
}

// Drop wipes a deposited secret that will not be used.
func (b *Box) Drop(_ context.Context, handle uint64) error {
	b.mu.Lock()
	d, ok := b.secrets[handle]
	delete(b.secrets, handle)
	b.mu.Unlock()
	if !ok {
		return ipc.Errorf(ErrHandle, "no secret has this handle")
	}
	d.region.Close()
	return nil
}

func (b *Box) has(method string, handle uint64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	d, ok := b.secrets[handle]
	return ok && d.method == method
}

// take hands a secret over to the caller, who closes it. The handle is used up.
func (b *Box) take(method string, handle uint64) (*lockbox.Region, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	d, ok := b.secrets[handle]
	if !ok || d.method != method {
		return nil, ipc.Errorf(ErrHandle, "no secret has this handle")
	}
	delete(b.secrets, handle)
	return d.region, nil
}

// peek runs use with a secret that stays where it is; it holds up the Box.
func (b *Box) peek(method string, handle uint64, use func(b []byte) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	d, ok := b.secrets[handle]
	if !ok || d.method != method {
		return ipc.Errorf(ErrHandle, "no secret has this handle")
	}
	return use(d.region.Bytes())
}

// handlePrefix begins the parameter that stands for a secret; see
// node.RPCRequest.
const handlePrefix = "secret:"

// parseHandle reads "secret:N", N in the one decimal form that it is written in.
func parseHandle(s string) (uint64, bool) {
	digits, ok := strings.CutPrefix(s, handlePrefix)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, err == nil && strconv.FormatUint(n, 10) == digits
}

// ExecuteRPC runs one RPC that the signer owns.
func (b *Box) ExecuteRPC(ctx context.Context, req node.RPCRequest) (node.RPCReply, error) {
	return b.rpcMethods().Execute(ctx, req)
}

package proxy_test

import (
	"context"
	"testing"

	"dashmp/ipc"
	"dashmp/ipc/proxy/internal/fixture"
	"dashmp/ipc/proxy/internal/fixture/fixtureproxy"
)

// checked implements fixture.Service for hostile callers: what reaches it must
// be what the Go types promise.
type checked struct{ t testing.TB }

var _ fixture.Service = checked{}

func (c checked) color(v fixture.Color) {
	if v > fixture.DarkBlue {
		c.t.Errorf("colour %d", v)
	}
}

func (c checked) Nothing(context.Context) error { return nil }
func (c checked) Scalars(_ context.Context, v fixture.Scalars) (fixture.Scalars, error) {
	c.color(v.Color)
	return v, nil
}

func (c checked) Mixed(_ context.Context, x bool, call int8, _ fixture.Height, rd string, hash fixture.Hash, i0 uint64, n int) (int8, string, fixture.Hash, bool, uint64, int, error) {
	return call, rd, hash, x, i0, n, nil
}

func (c checked) Optionals(_ context.Context, v fixture.Optionals, n *int64, s *string, h *fixture.Hash) (fixture.Optionals, *int64, *string, *fixture.Hash, error) {
	if v.Color != nil {
		c.color(*v.Color)
	}
	return v, n, s, h, nil
}

func (c checked) Lists(_ context.Context, v fixture.Lists, names []string) (fixture.Lists, []string, error) {
	for _, k := range v.Colors {
		c.color(k)
	}
	return v, names, nil
}

func (c checked) Trees(_ context.Context, a fixture.Tree, b *fixture.Tree) (fixture.Tree, *fixture.Tree, error) {
	return a, b, nil
}
func (c checked) Empty(_ context.Context, v fixture.Empty) (fixture.Empty, error) { return v, nil }
func (c checked) Papers(_ context.Context, p fixture.Papers, f ipc.FD, s ipc.Secret, b ipc.Bulk) (fixture.Papers, ipc.FD, ipc.Secret, ipc.Bulk, error) {
	return p, f, s, b, nil
}

func (c checked) Folders(_ context.Context, v fixture.Folder) (fixture.Folder, error) {
	return v, nil
}

func (c checked) NewCounter(context.Context, int64) (fixture.Counter, error) { return one{}, nil }
func (c checked) Count(ctx context.Context, k fixture.Counter, _ uint32) (int64, error) {
	if k == nil {
		return 0, nil
	}
	return k.Next(ctx)
}

func (c checked) SameCounter(_ context.Context, k fixture.Counter) (fixture.Counter, error) {
	return k, nil
}
func (c checked) Party(_ context.Context, p fixture.Party) (fixture.Party, error) { return p, nil }
func (c checked) OpenSession(_ context.Context, name string) (fixture.Session, error) {
	return named(name), nil
}
func (c checked) Handler(_ context.Context, h ipc.Handler) (ipc.Handler, error) { return h, nil }
func (c checked) Self(context.Context) (fixture.Service, error)                 { return c, nil }
func (c checked) Each(ctx context.Context, n int32, f func(context.Context, int32) (bool, error)) (int32, error) {
	if f != nil {
		_, err := f(ctx, n)
		return n, err
	}
	return n, nil
}

func (c checked) Walk(ctx context.Context, t fixture.Tree, visit fixture.Visit) error {
	if visit != nil {
		_, err := visit(ctx, t)
		return err
	}
	return nil
}

func (c checked) SameFunc(_ context.Context, f func(context.Context, int32) (bool, error)) (func(context.Context, int32) (bool, error), error) {
	return f, nil
}
func (c checked) URLOfThing(context.Context, int32) (string, error) { return "", nil }
func (c checked) Fail(_ context.Context, kind, text string) error {
	return ipc.Errorf(ipc.Kind(kind), "%s", text)
}

type one struct{}

func (one) Next(context.Context) (int64, error) { return 1, nil }

type named string

func (n named) Name(context.Context) (string, error) { return string(n), nil }

// fixtureMethods is how many calls callFixture makes.
const fixtureMethods = 20

// callFixture calls every method but one that only returns an error.
func callFixture(ctx context.Context, p *fixtureproxy.ServiceClient) {
	color, text, n := fixture.Green, "t", int64(-1)
	tree := fixture.Tree{Name: "a", Left: &fixture.Tree{Name: "b"}, Children: []fixture.Tree{{Name: "c"}, {}}}
	scalars := fixture.Scalars{Bool: true, Text: "text", Data: []byte{1, 2}, Color: fixture.DarkBlue, Int: -1, Float64: 0.5}
	some := fixture.Optionals{Color: &color, Text: &text, Scalars: &scalars, Hash: &fixture.Hash{7}}
	p.Nothing(ctx)
	p.Scalars(ctx, scalars)
	p.Mixed(ctx, true, -1, 5, "rd", fixture.Hash{1}, 2, 3)
	p.Optionals(ctx, some, &n, &text, nil)
	p.Lists(ctx, fixture.Lists{
		Bools: []bool{true, false, true}, Int8s: []int8{-1}, Bytes: []byte{1, 2, 3}, Uint64s: []uint64{1 << 63},
		Ints: []int{1}, Float32s: []float32{1}, Texts: []string{"", "x"}, Datas: [][]byte{{1}, nil}, Hashes: []fixture.Hash{{}},
		Colors: []fixture.Color{0, 1, 2}, Flags: []fixture.Flag{true}, Scalars: []fixture.Scalars{scalars, {}},
		Grid: [][]uint32{{1}, nil, {2, 3}}, Deep: [][][]string{{{"deep"}}}, Tables: [][]fixture.Optionals{{some, {}}},
	}, []string{"name"})
	p.Trees(ctx, tree, &tree)
	p.Empty(ctx, fixture.Empty{})
	p.Papers(ctx, fixture.Papers{Files: []ipc.FD{{}}}, ipc.FD{}, ipc.Secret{}, ipc.Bulk{})
	p.Folders(ctx, fixture.Folder{Papers: &fixture.Papers{}, More: []fixture.Papers{{}}})
	p.NewCounter(ctx, 3)
	p.Count(ctx, one{}, 2)
	p.SameCounter(ctx, one{})
	p.Party(ctx, fixture.Party{Counter: one{}, Counters: []fixture.Counter{one{}}})
	p.OpenSession(ctx, "name")
	p.Handler(ctx, nil)
	p.Self(ctx)
	p.Each(ctx, 2, func(context.Context, int32) (bool, error) { return true, nil })
	p.Walk(ctx, tree, func(context.Context, fixture.Tree) (bool, error) { return true, nil })
	p.SameFunc(ctx, nil)
	p.URLOfThing(ctx, 1)
}

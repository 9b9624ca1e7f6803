package proxy_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"dashmp/ipc"
	"dashmp/ipc/proxy/brokerproxy"
	"dashmp/ipc/proxy/echoproxy"
	"dashmp/ipc/proxy/handlerproxy"
	"dashmp/ipc/proxy/initproxy"
	"dashmp/ipc/proxy/nodeproxy"
	"dashmp/ipc/proxy/walletproxy"
	"dashmp/node"
	"dashmp/sandbox/broker"
)

// contracts implements every contract interface: one type each, since their
// methods share names. Each call is counted.
type (
	contract  struct{ calls *atomic.Int64 }
	initImpl  contract
	echoImpl  contract
	handImpl  contract
	nodeImpl  contract
	chainImpl contract
	tipImpl   contract
	loadImpl  contract
	boxImpl   contract
	signImpl  contract
	coreImpl  contract
	rpcImpl   contract
	wallImpl  contract
	keysImpl  contract
	roleImpl  contract
)

func (c initImpl) MakeEcho(context.Context) (ipc.Echo, error) {
	c.calls.Add(1)
	return echoImpl(c), nil
}

func (c echoImpl) Echo(_ context.Context, s string) (string, error) {
	c.calls.Add(1)
	return s, nil
}

func (c handImpl) Disconnect(context.Context) error { c.calls.Add(1); return nil }

func (c nodeImpl) ExecuteRPC(_ context.Context, r node.RPCRequest) (node.RPCReply, error) {
	c.calls.Add(1)
	return node.RPCReply{Result: r.Params, Code: -5, Message: r.Method + r.Wallet + r.User}, nil
}

func (c chainImpl) Tip(context.Context) (node.BlockRef, error) {
	c.calls.Add(1)
	return node.BlockRef{Hash: node.Hash{1, 31: 2}, Height: -1, Time: 1 << 31}, nil
}

func (c chainImpl) HandleNotifications(ctx context.Context, n node.Notifications) (ipc.Handler, error) {
	c.calls.Add(1)
	tip, err := c.Tip(ctx)
	if n == nil || err != nil {
		return nil, err
	}
	return handImpl(c), n.UpdatedBlockTip(ctx, tip)
}

func (c tipImpl) UpdatedBlockTip(context.Context, node.BlockRef) error { c.calls.Add(1); return nil }

func (c loadImpl) ExecuteRPC(ctx context.Context, r node.RPCRequest) (node.RPCReply, error) {
	return nodeImpl(c).ExecuteRPC(ctx, r)
}

func (c boxImpl) Deposit(_ context.Context, _ string, s ipc.Secret) (uint64, error) {
	c.calls.Add(1)
	defer s.Close()
	return uint64(s.Len()), nil
}

func (c boxImpl) Take(context.Context, uint64) (ipc.Secret, error) {
	c.calls.Add(1)
	return ipc.NewSecret([]byte("export"))
}

func (c boxImpl) Drop(context.Context, uint64) error { c.calls.Add(1); return nil }
func (c boxImpl) ExecuteRPC(ctx context.Context, r node.RPCRequest) (node.RPCReply, error) {
	return nodeImpl(c).ExecuteRPC(ctx, r)
}

func (c coreImpl) OpenBlockFile(context.Context, broker.BlockFileKind, uint32) (ipc.FD, error) {
	c.calls.Add(1)
	return ipc.FD{}, nil
}
func (c coreImpl) NotifyBlock(context.Context, node.Hash) error { c.calls.Add(1); return nil }
func (c coreImpl) StopNode(context.Context, string) error       { c.calls.Add(1); return nil }
func (c coreImpl) NotifyAlert(context.Context, string) error    { c.calls.Add(1); return nil }
func (c coreImpl) AbortNode(context.Context, string) error      { c.calls.Add(1); return nil }
func (c coreImpl) RemoveBlockFile(context.Context, broker.BlockFileKind, uint32) error {
	c.calls.Add(1)
	return nil
}

func (c coreImpl) DialPeer(context.Context, []byte, uint32, broker.DialKind) (ipc.FD, error) {
	c.calls.Add(1)
	return ipc.FD{}, nil
}
func (c coreImpl) ResolveHost(context.Context, string) ([]string, error) {
	c.calls.Add(1)
	return []string{"192.0.2.1"}, nil
}
func (c coreImpl) OpenState(context.Context, broker.StateFile) (ipc.FD, error) {
	c.calls.Add(1)
	return ipc.FD{}, nil
}
func (c coreImpl) CreateState(context.Context, broker.StateFile) (ipc.FD, error) {
	c.calls.Add(1)
	return ipc.FD{}, nil
}
func (c coreImpl) CommitState(context.Context, broker.StateFile) error { c.calls.Add(1); return nil }
func (c coreImpl) TakeExport(context.Context, uint64) (ipc.FD, error) {
	c.calls.Add(1)
	return ipc.FD{}, nil
}
func (c coreImpl) RetireState(context.Context, broker.StateFile, bool) error {
	c.calls.Add(1)
	return nil
}
func (c rpcImpl) AllowPeer(context.Context, string) error { c.calls.Add(1); return nil }
func (c rpcImpl) CreateExport(_ context.Context, path string) (broker.Export, error) {
	c.calls.Add(1)
	return broker.Export{Handle: 3, Path: path}, nil
}
func (c rpcImpl) FinishExport(context.Context, uint64, bool) error { c.calls.Add(1); return nil }

func (c rpcImpl) SpawnEcho(context.Context) (ipc.FD, error) { c.calls.Add(1); return ipc.FD{}, nil }
func (c rpcImpl) Stop(context.Context, uint32) error        { c.calls.Add(1); return nil }
func (c rpcImpl) Isolation(context.Context) ([]byte, error) { c.calls.Add(1); return []byte("{}"), nil }

func (c rpcImpl) SetLogging(_ context.Context, include, _ []string) ([]string, error) {
	c.calls.Add(1)
	return include, nil
}
func (c rpcImpl) SetMockTime(context.Context, int64) error { c.calls.Add(1); return nil }

func (c wallImpl) ListWallets(context.Context) ([]string, error) {
	c.calls.Add(1)
	return []string{"", "savings"}, nil
}

func (c wallImpl) CreateWallet(context.Context, string) (ipc.FD, error) {
	c.calls.Add(1)
	return ipc.FD{}, nil
}

func (c wallImpl) OpenWallet(context.Context, string) (ipc.FD, error) {
	c.calls.Add(1)
	return ipc.FD{}, nil
}

func (c wallImpl) SetStartup(context.Context, string, bool) error {
	c.calls.Add(1)
	return nil
}

func (c keysImpl) OpenKeyStore(context.Context, string, bool) (ipc.FD, error) {
	c.calls.Add(1)
	return ipc.FD{}, nil
}

func (c keysImpl) OpenStoreKey(context.Context, string) (ipc.FD, error) {
	c.calls.Add(1)
	return ipc.FD{}, nil
}

func (c roleImpl) Connect(_ context.Context, _ string, s ipc.FD) error {
	c.calls.Add(1)
	return s.Close()
}
func (c roleImpl) Stop(context.Context) error    { c.calls.Add(1); return nil }
func (c roleImpl) Started(context.Context) error { c.calls.Add(1); return nil }

func (c roleImpl) SetLogging(context.Context, []string) error { c.calls.Add(1); return nil }
func (c roleImpl) SetMockTime(context.Context, int64) error   { c.calls.Add(1); return nil }

// everything is one object that offers every contract interface.
func everything(calls *atomic.Int64) *ipc.Object {
	c := contract{calls}
	return ipc.Merge(
		initproxy.NewInitObject(initImpl(c), nil), echoproxy.NewEchoObject(echoImpl(c), nil),
		handlerproxy.NewHandlerObject(handImpl(c), nil), nodeproxy.NewNodeObject(nodeImpl(c), nil),
		nodeproxy.NewChainObject(chainImpl(c), nil), nodeproxy.NewNotificationsObject(tipImpl(c), nil),
		walletproxy.NewLoaderObject(loadImpl(c), nil), walletproxy.NewSecretBoxObject(boxImpl(c), nil),
		walletproxy.NewSignerObject(signImpl(c), nil), brokerproxy.NewCoreObject(coreImpl(c), nil),
		brokerproxy.NewRPCObject(rpcImpl(c), nil), brokerproxy.NewWalletObject(wallImpl(c), nil),
		brokerproxy.NewSignerObject(keysImpl(c), nil), brokerproxy.NewRoleObject(roleImpl(c), nil),
	)
}

// callEverything calls each method of each contract once, through clients of
// the reference, and reports errors.
func callEverything(ctx context.Context, r *ipc.Ref, report func(error)) (methods int64) {
	did := func(err error) {
		methods++
		if err != nil {
			report(err)
		}
	}
	var n contract
	n.calls = new(atomic.Int64)
	req := node.RPCRequest{Method: "getblock", Params: []byte(`["secret:1"]`), Wallet: "w", HasWallet: true, User: "u"}
	_, err := initproxy.NewInitClient(r.AddRef()).MakeEcho(ctx)
	did(err)
	_, err = echoproxy.NewEchoClient(r.AddRef()).Echo(ctx, "hello")
	did(err)
	did(handlerproxy.NewHandlerClient(r.AddRef()).Disconnect(ctx))
	_, err = nodeproxy.NewNodeClient(r.AddRef()).ExecuteRPC(ctx, req)
	did(err)
	chain := nodeproxy.NewChainClient(r.AddRef())
	_, err = chain.Tip(ctx)
	did(err)
	_, err = chain.HandleNotifications(ctx, tipImpl(n))
	did(err)
	methods++ // HandleNotifications asks for the tip again
	callChain(ctx, r, did)
	_, err = walletproxy.NewLoaderClient(r.AddRef()).ExecuteRPC(ctx, req)
	did(err)
	box := walletproxy.NewSecretBoxClient(r.AddRef())
	secret, err := ipc.NewSecret([]byte("hush"))
	if err != nil {
		report(err)
	}
	_, err = box.Deposit(ctx, "walletpassphrase", secret)
	did(err)
	taken, err := box.Take(ctx, 3)
	did(err)
	taken.Close()
	did(box.Drop(ctx, 4))
	_, err = box.ExecuteRPC(ctx, req)
	did(err)
	callSigner(ctx, r, did)
	callBrokers(ctx, r, did)
	return methods
}

func callBrokers(ctx context.Context, r *ipc.Ref, did func(error)) {
	core := brokerproxy.NewCoreClient(r.AddRef())
	_, err := core.OpenBlockFile(ctx, broker.UndoFile, 7)
	did(err)
	did(core.NotifyBlock(ctx, node.Hash{9}))
	did(core.NotifyAlert(ctx, "old"))
	did(core.StopNode(ctx, "height"))
	did(core.AbortNode(ctx, "disk"))
	did(core.RemoveBlockFile(ctx, broker.UndoFile, 7))
	_, err = core.DialPeer(ctx, []byte{192, 0, 2, 1}, 9999, broker.DialManual)
	did(err)
	_, err = core.ResolveHost(ctx, "localhost")
	did(err)
	_, err = core.OpenState(ctx, broker.PeersFile)
	did(err)
	_, err = core.CreateState(ctx, broker.BanListFile)
	did(err)
	did(core.CommitState(ctx, broker.FeeEstimatesFile))
	did(core.RetireState(ctx, broker.AnchorsFile, true))
	_, err = core.TakeExport(ctx, 5)
	did(err)
	rpc := brokerproxy.NewRPCClient(r.AddRef())
	_, err = rpc.SpawnEcho(ctx)
	did(err)
	did(rpc.Stop(ctx, 10))
	did(rpc.AllowPeer(ctx, "127.0.0.1:9999"))
	export, err := rpc.CreateExport(ctx, "utxo.dat")
	if want := (broker.Export{Handle: 3, Path: "utxo.dat"}); err == nil && export != want {
		err = fmt.Errorf("%+v, want %+v", export, want)
	}
	did(err)
	did(rpc.FinishExport(ctx, 3, true))
	_, err = rpc.Isolation(ctx)
	did(err)
	wallets := brokerproxy.NewWalletClient(r.AddRef())
	_, err = wallets.ListWallets(ctx)
	did(err)
	_, err = wallets.CreateWallet(ctx, "a")
	did(err)
	_, err = wallets.OpenWallet(ctx, "a")
	did(err)
	did(wallets.SetStartup(ctx, "a", true))
	_, err = brokerproxy.NewSignerClient(r.AddRef()).OpenKeyStore(ctx, "a", true)
	did(err)
	_, err = brokerproxy.NewSignerClient(r.AddRef()).OpenStoreKey(ctx, "a")
	did(err)
	role := brokerproxy.NewRoleClient(r.AddRef())
	did(role.Connect(ctx, "core", ipc.FD{}))
	did(role.Stop(ctx))
	did(role.Started(ctx))
}

func TestEveryContractMethod(t *testing.T) {
	var calls atomic.Int64
	client := connect(t, everything(&calls))
	r, err := client.Bootstrap(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	want := callEverything(t.Context(), r, func(err error) { t.Error(err) })
	if got := calls.Load(); got != want {
		t.Errorf("%d calls arrived, %d were made", got, want)
	}
	reply, err := nodeproxy.NewNodeClient(r.AddRef()).ExecuteRPC(t.Context(), node.RPCRequest{Method: "m", Params: []byte("[]"), User: "u"})
	if err != nil || reply.Code != -5 || string(reply.Result) != "[]" || reply.Message != "mu" {
		t.Errorf("got %+v, %v", reply, err)
	}
	tip, err := nodeproxy.NewChainClient(r.AddRef()).Tip(t.Context())
	if err != nil || tip != (node.BlockRef{Hash: node.Hash{1, 31: 2}, Height: -1, Time: 1 << 31}) {
		t.Errorf("got %+v, %v", tip, err)
	}
	if n, err := walletproxy.NewSecretBoxClient(r.AddRef()).Deposit(t.Context(), "m", ipc.Secret{}); n != 0 || err != nil {
		t.Errorf("no secret: %d, %v", n, err)
	}
	// An echo without a socket is not a descriptor that happens to be 0.
	if f, err := brokerproxy.NewRPCClient(r.AddRef()).SpawnEcho(t.Context()); f.IsValid() || err != nil {
		t.Errorf("an invalid descriptor came as %v, %v", f, err)
	}
}

// Ids that libmultiprocess publishes; see also cmd/mpgen.
func TestPublishedIDs(t *testing.T) {
	if initproxy.InitID != 0x8838c700ba5cba65 || echoproxy.EchoID != 0xd36b89640dc94399 {
		t.Error("the ids of Init and Echo have changed")
	}
}

package conn

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"dashmp/node/p2p/netaddr"
	"dashmp/node/params"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
)

// Versions that getnetworkinfo shows (clientversion.h, version.h).
const (
	clientVersion   = 230102
	protocolVersion = 70240
)

// Methods is the table of the network RPCs (rpc/net.cpp): forms of results and
// texts of errors are Dash Core's.
func (m *Manager) Methods() rpccall.Methods {
	return rpccall.Methods{
		"addconnection":      m.rpcAddConnection,
		"addnode":            m.rpcAddNode,
		"addpeeraddress":     m.rpcAddPeerAddress,
		"clearbanned":        m.rpcClearBanned,
		"cleardiscouraged":   m.rpcClearDiscouraged,
		"disconnectnode":     m.rpcDisconnectNode,
		"getaddednodeinfo":   m.rpcGetAddedNodeInfo,
		"getconnectioncount": m.rpcGetConnectionCount,
		"getnettotals":       m.rpcGetNetTotals,
		"getnetworkinfo":     m.rpcGetNetworkInfo,
		"getnodeaddresses":   m.rpcGetNodeAddresses,
		"getpeerinfo":        m.rpcGetPeerInfo,
		"listbanned":         m.rpcListBanned,
		"ping":               m.rpcPing,
		"sendmsgtopeer":      m.rpcSendMsgToPeer,
		"setban":             m.rpcSetBan,
		"setnetworkactive":   m.rpcSetNetworkActive,
	}
}

// int64Param reads an integer parameter (UniValue::getInt).
func int64Param(c *rpccall.Call, i int, low, high int64) (int64, error) {
	v := c.Value(i)
	if v.Kind() != univalue.Number {
		return 0, rpcerr.Errorf(rpcerr.Type, "JSON value of type %s is not of expected type number", v.Kind())
	}
	n, err := strconv.ParseInt(string(v.Raw()), 10, 64)
	if err != nil || n < low || n > high {
		return 0, rpcerr.Errorf(rpcerr.Misc, "JSON integer out of range")
	}
	return n, nil
}

func (m *Manager) rpcGetConnectionCount(_ context.Context, c *rpccall.Call) (any, error) {
	return len(m.staying()), c.Count(0, 0)
}

func (m *Manager) rpcPing(_ context.Context, c *rpccall.Call) (any, error) {
	if info, ok := m.proc.(PeerInfo); ok {
		info.SendPings()
	}
	return nil, c.Count(0, 0)
}

func (m *Manager) rpcGetNetTotals(_ context.Context, c *rpccall.Call) (any, error) {
	now := m.now()
	u := &m.upload
	u.mu.Lock()
	defer u.mu.Unlock()
	left := uint64(0)
	if u.limit > u.cycle {
		left = u.limit - u.cycle
	}
	return rpccall.Object{
		{Key: "totalbytesrecv", Value: m.bytesRecv.Load()},
		{Key: "totalbytessent", Value: u.total},
		{Key: "timemillis", Value: m.o.WallClock().UnixMilli()},
		{Key: "uploadtarget", Value: rpccall.Object{
			{Key: "timeframe", Value: int64(uploadTime / time.Second)},
			{Key: "target", Value: u.limit},
			{Key: "target_reached", Value: u.reached(now, false)},
			{Key: "serve_historical_blocks", Value: !u.reached(now, true)},
			{Key: "bytes_left_in_cycle", Value: left},
			{Key: "time_left_in_cycle", Value: int64(u.left(now) / time.Second)},
		}},
	}, c.Count(0, 0)
}

// serviceNames are the names of service bits (serviceFlagsToStr).
func serviceNames(bits uint64) []string {
	known := map[int]string{
		0: "NETWORK", 2: "BLOOM", 6: "COMPACT_FILTERS", 10: "NETWORK_LIMITED", 11: "HEADERS_COMPRESSED", 12: "P2P_V2",
	}
	list := []string{}
	for i := range 64 {
		if bits>>i&1 == 0 {
			continue
		}
		if name, ok := known[i]; ok {
			list = append(list, name)
		} else {
			list = append(list, fmt.Sprintf("UNKNOWN[2^%d]", i))
		}
	}
	return list
}

func (m *Manager) rpcGetNetworkInfo(_ context.Context, c *rpccall.Call) (any, error) {
	if err := c.Count(0, 0); err != nil {
		return nil, err
	}
	var info NodeInfo
	if m.o.Info != nil {
		info = m.o.Info()
	}
	in, all := 0, m.staying()
	for _, p := range all {
		in += bit(p.Inbound())
	}
	nets, local := []rpccall.Object{}, []rpccall.Object{}
	for _, n := range netaddr.Networks() {
		nets = append(nets, rpccall.Object{
			{Key: "name", Value: n.String()},
			{Key: "limited", Value: !m.Reachable(n)},
			{Key: "reachable", Value: m.Reachable(n)},
			{Key: "proxy", Value: ""},
			{Key: "proxy_randomize_credentials", Value: false},
		})
	}
	for _, l := range m.LocalAddresses() {
		local = append(local, rpccall.Object{
			{Key: "address", Value: l.Addr.String()}, {Key: "port", Value: l.Port}, {Key: "score", Value: l.Score},
		})
	}
	return rpccall.Object{
		{Key: "version", Value: clientVersion},
		{Key: "buildversion", Value: info.BuildVersion},
		{Key: "subversion", Value: m.o.UserAgent},
		{Key: "protocolversion", Value: protocolVersion},
		{Key: "localservices", Value: fmt.Sprintf("%016x", m.o.Services)},
		{Key: "localservicesnames", Value: serviceNames(m.o.Services)},
		{Key: "localrelay", Value: !m.o.Config.BlocksOnly},
		{Key: "timeoffset", Value: info.TimeOffset},
		{Key: "networkactive", Value: m.NetworkActive()},
		{Key: "connections", Value: len(all)},
		{Key: "connections_in", Value: in},
		{Key: "connections_out", Value: len(all) - in},
		{Key: "connections_mn", Value: 0},
		{Key: "connections_mn_in", Value: 0},
		{Key: "connections_mn_out", Value: 0},
		{Key: "socketevents", Value: "epoll"},
		{Key: "networks", Value: nets},
		{Key: "relayfee", Value: rpccall.Amount(info.RelayFee)},
		{Key: "incrementalfee", Value: rpccall.Amount(info.IncrementalFee)},
		{Key: "localaddresses", Value: local},
		{Key: "warnings", Value: info.Warnings},
	}, nil
}

func (m *Manager) rpcSetNetworkActive(_ context.Context, c *rpccall.Call) (any, error) {
	if err := c.Count(1, 1); err != nil {
		return nil, err
	}
	on, err := c.Bool(0)
	if err != nil {
		return nil, err
	}
	m.SetNetworkActive(on)
	return m.NetworkActive(), nil
}

func (m *Manager) rpcAddNode(ctx context.Context, c *rpccall.Call) (any, error) {
	if err := c.Count(2, 3); err != nil {
		return nil, err
	}
	node, err := c.String(0)
	if err != nil {
		return nil, err
	}
	command, err := c.String(1)
	if err != nil {
		return nil, err
	}
	if command != "onetry" && command != "add" && command != "remove" {
		return nil, rpcerr.Errorf(rpcerr.Misc, "addnode \"node\" \"command\" ( v2transport )\n\nThe command is add, remove or onetry.\n")
	}
	if v2, err := c.BoolOr(2, false); err != nil {
		return nil, err
	} else if v2 {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Error: v2transport requested but not enabled (see -v2transport)")
	}
	switch {
	case command == "onetry":
		m.OpenOnce(ctx, node)
	case command == "add" && !m.AddNode(node):
		return nil, rpcerr.Errorf(rpcerr.NodeAlreadyAdded, "Error: Node already added")
	case command == "remove" && !m.RemoveNode(node):
		return nil, rpcerr.Errorf(rpcerr.NodeNotAdded, "Error: Node could not be removed. It has not been added previously.")
	}
	return nil, nil
}

func (m *Manager) rpcAddConnection(ctx context.Context, c *rpccall.Call) (any, error) {
	if err := c.Count(2, 3); err != nil {
		return nil, err
	}
	if m.o.Params.Network != params.Regtest {
		return nil, rpcerr.Errorf(rpcerr.Misc, "addconnection is for regression testing (-regtest mode) only.")
	}
	address, err := c.String(0)
	if err != nil {
		return nil, err
	}
	name, err := c.String(1)
	if err != nil {
		return nil, err
	}
	name = strings.TrimSpace(name)
	kind, ok := ParseKind(name)
	if !ok {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "addconnection \"address\" \"connection_type\" v2transport\n\nThe type is outbound-full-relay, block-relay-only, addr-fetch or feeler.\n")
	}
	if v2, err := c.BoolOr(2, false); err != nil {
		return nil, err
	} else if v2 {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Error: Adding v2transport connections requires -v2transport init flag to be set.")
	}
	if !m.OpenKind(ctx, address, kind) {
		return nil, rpcerr.Errorf(rpcerr.NodeCapacity, "Error: Already at capacity for specified connection type.")
	}
	return rpccall.Object{{Key: "address", Value: address}, {Key: "connection_type", Value: name}}, nil
}

func (m *Manager) rpcDisconnectNode(_ context.Context, c *rpccall.Call) (any, error) {
	if err := c.Count(0, 2); err != nil {
		return nil, err
	}
	byName := c.Given(0) && !c.Given(1)
	byID := c.Given(1) && (!c.Given(0) || c.Kind(0) == univalue.String && c.Value(0).Text() == "")
	found := false
	switch {
	case byName:
		name, err := c.String(0)
		if err != nil {
			return nil, err
		}
		found = m.DisconnectName(name)
	case byID:
		id, err := int64Param(c, 1, math.MinInt64, math.MaxInt64)
		if err != nil {
			return nil, err
		}
		found = m.DisconnectID(id)
	default:
		return nil, rpcerr.Errorf(rpcerr.InvalidParams, "Only one of address and nodeid should be provided.")
	}
	if !found {
		return nil, rpcerr.Errorf(rpcerr.NodeNotConnected, "Node not found in connected nodes")
	}
	return nil, nil
}

func (m *Manager) rpcGetAddedNodeInfo(_ context.Context, c *rpccall.Call) (any, error) {
	if err := c.Count(0, 1); err != nil {
		return nil, err
	}
	list := m.AddedNodes()
	if c.Given(0) {
		name, err := c.String(0)
		if err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(list, func(n AddedNode) bool { return n.Name != name })
		if len(list) == 0 {
			return nil, rpcerr.Errorf(rpcerr.NodeNotAdded, "Error: Node has not been added.")
		}
	}
	out := []rpccall.Object{}
	for _, n := range list {
		addresses := []rpccall.Object{}
		if n.Connected {
			direction := "outbound"
			if n.Inbound {
				direction = "inbound"
			}
			addresses = append(addresses, rpccall.Object{{Key: "address", Value: n.At.String()}, {Key: "connected", Value: direction}})
		}
		out = append(out, rpccall.Object{
			{Key: "addednode", Value: n.Name}, {Key: "connected", Value: n.Connected}, {Key: "addresses", Value: addresses},
		})
	}
	return out, nil
}

func (m *Manager) rpcSendMsgToPeer(_ context.Context, c *rpccall.Call) (any, error) {
	if err := c.Count(3, 3); err != nil {
		return nil, err
	}
	id, err := c.Int(0)
	if err != nil {
		return nil, err
	}
	msgType, err := c.String(1)
	if err != nil {
		return nil, err
	}
	if len(msgType) > typeSize {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Error: msg_type too long, max length is %d", typeSize)
	}
	text, err := c.String(2)
	if err != nil {
		return nil, err
	}
	payload, err := hex.DecodeString(text)
	if err != nil {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Error parsing input for msg")
	}
	p := m.Peer(int64(id))
	if p == nil || !p.FullyConnected() {
		return nil, rpcerr.Errorf(rpcerr.Misc, "Error: Could not send message to peer")
	}
	p.Send(msgType, payload)
	return nil, nil
}

// counters are a peer's bytes per message as an object in order of names.
func counters(m map[string]uint64) rpccall.Object {
	o := rpccall.Object{}
	for _, k := range slices.SortedFunc(maps.Keys(m), cmp.Compare) {
		if m[k] > 0 {
			o = append(o, rpccall.Member{Key: k, Value: m[k]})
		}
	}
	return o
}

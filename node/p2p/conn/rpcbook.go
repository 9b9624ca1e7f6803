package conn

import (
	"context"
	"math"
	"strings"

	"dashmp/node/p2p/netaddr"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpccall"
)

// subnetParam reads what setban bans; exact says that a single address was given.
func (m *Manager) subnetParam(text string) (n netaddr.Subnet, exact, ok bool) {
	if strings.Contains(text, "/") {
		n, ok = netaddr.ParseSubnet(text)
		return n, false, ok
	}
	a, ok := netaddr.Parse(text)
	if !ok || !a.IsValid() {
		return n, true, false
	}
	return netaddr.Single(m.flip(a)), true, true
}

func (m *Manager) rpcSetBan(ctx context.Context, c *rpccall.Call) (any, error) {
	if err := c.Count(2, 4); err != nil {
		return nil, err
	}
	text, err := c.String(0)
	if err != nil {
		return nil, err
	}
	command, err := c.String(1)
	if err != nil {
		return nil, err
	}
	if command != "add" && command != "remove" {
		return nil, rpcerr.Errorf(rpcerr.Misc, "setban \"subnet\" \"command\" ( bantime absolute )\n\nThe command is add or remove.\n")
	}
	n, exact, ok := m.subnetParam(text)
	if !ok {
		return nil, rpcerr.Errorf(rpcerr.InvalidSubnet, "Error: Invalid IP/Subnet")
	}
	if command == "remove" {
		if !m.bans.Unban(n) {
			return nil, rpcerr.Errorf(rpcerr.InvalidSubnet, "Error: Unban failed. Requested address/subnet was not previously manually banned.")
		}
		m.SaveBans(ctx)
		return nil, nil
	}
	if exact && m.bans.IsBanned(n.Addr()) || !exact && m.bans.IsSubnetBanned(n) {
		return nil, rpcerr.Errorf(rpcerr.NodeAlreadyAdded, "Error: IP/Subnet already banned")
	}
	until, absolute := int64(0), false
	if c.Given(2) {
		if until, err = int64Param(c, 2, math.MinInt64, math.MaxInt64); err != nil {
			return nil, err
		}
	}
	if absolute, err = c.BoolOr(3, false); err != nil {
		return nil, err
	}
	if absolute && until < m.now().Unix() {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Error: Absolute timestamp is in the past")
	}
	m.bans.Ban(n, until, absolute)
	m.SaveBans(ctx)
	m.DisconnectSubnet(n)
	return nil, nil
}

func (m *Manager) rpcListBanned(_ context.Context, c *rpccall.Call) (any, error) {
	now := m.now().Unix()
	list := []rpccall.Object{}
	for _, e := range m.bans.List() {
		list = append(list, rpccall.Object{
			{Key: "address", Value: e.Subnet.String()},
			{Key: "ban_created", Value: e.Created},
			{Key: "banned_until", Value: e.Until},
			{Key: "ban_duration", Value: e.Until - e.Created},
			{Key: "time_remaining", Value: e.Until - now},
		})
	}
	return list, c.Count(0, 0)
}

func (m *Manager) rpcClearBanned(ctx context.Context, c *rpccall.Call) (any, error) {
	if err := c.Count(0, 0); err != nil {
		return nil, err
	}
	m.bans.Clear()
	m.SaveBans(ctx)
	return nil, nil
}

func (m *Manager) rpcClearDiscouraged(_ context.Context, c *rpccall.Call) (any, error) {
	if err := c.Count(0, 0); err != nil {
		return nil, err
	}
	m.bans.ClearDiscouraged()
	return nil, nil
}

func (m *Manager) rpcGetNodeAddresses(_ context.Context, c *rpccall.Call) (any, error) {
	if err := c.Count(0, 2); err != nil {
		return nil, err
	}
	count := 1
	if c.Given(0) {
		var err error
		if count, err = c.Int(0); err != nil {
			return nil, err
		}
	}
	if count < 0 {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Address count out of range")
	}
	n := netaddr.Unroutable
	if c.Given(1) {
		name, err := c.String(1)
		if err != nil {
			return nil, err
		}
		var ok bool
		if n, ok = netaddr.ParseNetwork(name); !ok {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Network not recognized: %s", name)
		}
	}
	list := []rpccall.Object{}
	for _, e := range m.Addresses(count, 0, n) {
		list = append(list, rpccall.Object{
			{Key: "time", Value: e.Time}, {Key: "services", Value: e.Services}, {Key: "address", Value: e.Addr.String()},
			{Key: "port", Value: e.Port}, {Key: "network", Value: e.NetClass().String()},
		})
	}
	return list, nil
}

func (m *Manager) rpcAddPeerAddress(_ context.Context, c *rpccall.Call) (any, error) {
	if err := c.Count(2, 3); err != nil {
		return nil, err
	}
	text, err := c.String(0)
	if err != nil {
		return nil, err
	}
	port, err := int64Param(c, 1, 0, math.MaxUint16)
	if err != nil {
		return nil, err
	}
	tried, err := c.BoolOr(2, false)
	if err != nil {
		return nil, err
	}
	success := false
	if a, ok := netaddr.Parse(text); ok {
		s := netaddr.Service{Addr: m.flip(a), Port: uint16(port)}
		e := netaddr.Entry{Service: s, Services: serviceNetwork, Time: uint32(m.now().Unix())}
		if success = m.book.Add([]netaddr.Entry{e}, s.Addr, 0); success && tried {
			m.book.Good(s)
		}
	}
	return rpccall.Object{{Key: "success", Value: success}}, nil
}

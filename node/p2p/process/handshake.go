package process

import (
	"errors"
	"fmt"
	"strings"

	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/p2p/netaddr"
	"dashmp/node/params"
)

// pushVersion sends this node's version message (PushNodeVersion).
func (p *Processor) pushVersion(s *peer) {
	v := &msg.Version{
		Version: msg.ProtocolVersion, Services: s.our, Time: p.now().Unix(), MyServices: s.our, Nonce: s.LocalNonce(),
		UserAgent: p.o.UserAgent, Height: int32(p.o.Chain.Tip().Height()), Relay: !p.rejectsTxs(s), Fields: msg.VersionFields,
	}
	if a := s.Addr(); a.IsRoutable() && a.LegacyCompatible() {
		v.You = a
	}
	for i := range v.Challenge {
		v.Challenge[i] = byte(p.o.Rand.Uint32())
	}
	if p.o.PushVersion != 0 && p.o.Params.Network != params.Main {
		v.Version = p.o.PushVersion
	}
	s.Send(msg.TypeVersion, v.Append(nil))
	them := ""
	if p.o.LogIPs {
		them = fmt.Sprintf(" them=%s,", v.You)
	}
	p.debug("send version message: version %d, blocks=%d,%s txrelay=%s, peer=%d", v.Version, v.Height, them, flag(v.Relay), s.id)
}

// flag is how Dash Core prints a bool.
func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// handleVersion is the first message of a peer.
func (p *Processor) handleVersion(s *peer, payload []byte) error {
	if s.version != 0 {
		p.debug("redundant version message from peer=%d", s.id)
		return nil
	}
	v, err := msg.DecodeVersion(payload)
	if v == nil || errors.Is(err, msg.ErrTooLong) {
		return fmt.Errorf("user agent: %w", err)
	}
	if !s.Inbound() {
		p.o.Addresses.SetServices(s.Addr(), v.Services)
	}
	wanted := v.Services.Desirable(!p.o.Chain.InitialDownload())
	if s.kind.ExpectsServices() && !v.Services.Has(wanted) {
		p.debug("peer=%d does not offer the expected services (%08x offered, %08x expected); disconnecting", s.id, uint64(v.Services), uint64(wanted))
		s.Disconnect("")
		return nil
	}
	if v.Version < msg.MinPeerVersion {
		p.debug("peer=%d using obsolete version %d; disconnecting", s.id, v.Version)
		s.Disconnect("")
		return nil
	}
	if err != nil {
		return err
	}
	agent := sanitize(v.UserAgent)
	if !p.acceptVersion(s, v, agent) {
		return nil
	}
	p.useVersion(s, v, agent)
	return nil
}

// acceptVersion refuses whom this node cannot or must not talk to, and answers
// an inbound peer's version.
func (p *Processor) acceptVersion(s *peer, v *msg.Version, agent string) bool {
	if s.Inbound() && v.Masternode {
		debugTo(p.conn, "peer=%d is an inbound masternode connection, not relaying anything to it", s.id)
		p.conn.Debug("but we're not a masternode, disconnecting")
		s.Disconnect("")
		return false
	}
	if s.Inbound() && p.o.Network.IsOwnNonce(v.Nonce) {
		p.info("connected to self at %s, disconnecting", s.Addr())
		s.Disconnect("")
		return false
	}
	if s.Inbound() {
		if v.You.IsRoutable() {
			p.o.Addresses.SeenLocal(v.You)
		}
		p.pushVersion(s)
	}
	if p.o.DevnetName != "" && !strings.Contains(agent, "devnet."+p.o.DevnetName) {
		p.info("connected to wrong devnet. Reported version is %s, expected devnet name is %s", agent, p.o.DevnetName)
		points := 1 // it may be a mistake
		if !s.Inbound() {
			points = 100 // and must not be tried again
		}
		p.misbehaving(s, points, "")
		s.Disconnect("")
		return false
	}
	return true
}

// useVersion takes over what a peer says of itself and goes on.
func (p *Processor) useVersion(s *peer, v *msg.Version, agent string) {
	s.version, s.common = v.Version, min(v.Version, msg.ProtocolVersion)
	if s.common >= msg.AddrV2Version {
		s.Send(msg.TypeSendAddrV2, nil)
	}
	s.SetVersion(s.version, s.common, agent)
	s.SetHasAllWantedServices(v.Services.Has(v.Services.Desirable(!p.o.Chain.InitialDownload())))
	s.their, s.startHeight = v.Services, int(v.Height)
	s.SetLocalAddr(v.You)
	// A peer that does not want transactions now may ask for them with a filter.
	if s.kind != conn.BlockRelay && s.kind != conn.Feeler && (v.Relay || s.our.Has(msg.ServiceBloom)) {
		s.tx.may, s.tx.wanted = true, v.Relay
		if v.Relay {
			s.SetRelaysTxs(true)
		}
	}
	p.offerReconciliation(s)
	s.Send(msg.TypeVerack, nil)

	s.preferred = (!s.Inbound() || s.HasPermission(conn.NoBan)) && s.kind != conn.AddrFetch && s.their.ServesBlocks()
	s.objects.Preferred = s.preferred
	if !s.Inbound() && p.enableAddrRelay(s) {
		s.Send(msg.TypeGetAddr, nil)
		s.addr.asked = true
		s.addr.tokens += msg.MaxAddr // the answer may be that long
	}
	if !s.Inbound() {
		p.o.Addresses.Good(s.Addr())
	}
	s.SetTimeOffset(max(v.Time, 0) - p.now().Unix())
	remote := ""
	if p.o.LogIPs {
		remote = ", peeraddr=" + s.Addr().String()
	}
	p.debug("receive version message: %s: version %d, blocks=%d, us=%s, txrelay=%s, peer=%d%s", agent, v.Version, v.Height,
		v.You, flag(v.Relay), s.id, remote)
	if s.kind == conn.Feeler {
		debugTo(p.conn, "feeler connection completed peer=%d; disconnecting", s.id)
		s.Disconnect("")
	}
}

// handleVerack ends the handshake and tells what this node prefers.
func (p *Processor) handleVerack(s *peer, _ []byte) error {
	if s.handshaken {
		p.debug("ignoring redundant verack message from peer=%d", s.id)
		return nil
	}
	remote := ""
	if p.o.LogIPs {
		remote = ", peeraddr=" + s.Addr().String()
	}
	text := fmt.Sprintf("New %s v1 peer connected: version: %d, blocks=%d, peer=%d%s", s.kind, s.version, s.startHeight, s.id, remote)
	if s.Inbound() {
		p.net.Debug(text) // a stranger could fill the log
	} else {
		p.o.Log.Info(text)
	}
	if s.compressed() {
		s.Send(msg.TypeSendHeaders2, nil)
	} else {
		s.Send(msg.TypeSendHeaders, nil)
	}
	s.Send(msg.TypeSendCmpct, msg.SendCmpct{Version: msg.CmpctVersion}.Append(nil))
	if !p.rejectsTxs(s) {
		s.Send(msg.TypeSendDSQ, msg.AppendBool(nil, true))
	}
	if s.version < msg.MoreHeaders2Version {
		p.recon.forget(s.id)
	}
	s.handshaken = true
	s.SetFullyConnected()
	return nil
}

func (p *Processor) handleSendHeaders(s *peer, _ []byte) error {
	s.wantsHeaders = true
	return nil
}

func (p *Processor) handleSendHeaders2(s *peer, _ []byte) error {
	s.wantsHeaders2 = true
	return nil
}

func (p *Processor) handleSendCmpct(s *peer, payload []byte) error {
	c, err := msg.DecodeSendCmpct(payload)
	if err != nil || c.Version != msg.CmpctVersion {
		return err
	}
	s.providesCmpct, s.wantsCmpct = true, c.HighBandwidth
	s.SetHighBandwidthFrom(c.HighBandwidth)
	return nil
}

func (p *Processor) handleSendAddrV2(s *peer, _ []byte) error {
	switch {
	case s.common < msg.AddrV2Version:
	case s.handshaken:
		debugTo(p.conn, "sendaddrv2 received after verack from peer=%d; disconnecting", s.id)
		s.Disconnect("")
	default:
		s.addr.wantsV2 = true
	}
	return nil
}

// handleSendDSQ notes nothing: this node has no mixing queues to tell of.
func (p *Processor) handleSendDSQ(_ *peer, payload []byte) error {
	_, err := msg.DecodeBool(payload)
	return err
}

func (p *Processor) handleSendRecSigs(s *peer, payload []byte) (err error) {
	s.wantsRecSigs, err = msg.DecodeBool(payload)
	return err
}

// unasked is an answer that this node never asks for.
func (p *Processor) unasked(s *peer, _ []byte) error {
	p.misbehaving(s, 100, "received not-requested list. peer=%d", s.id)
	return nil
}

// notForUs is a message between masternodes of a quorum.
func (p *Processor) notForUs(s *peer, _ []byte) error {
	p.misbehaving(s, 10, "")
	return nil
}

// compatible reports whether a peer understands an address.
func (s *peer) compatible(a netaddr.Addr) bool { return s.addr.wantsV2 || a.LegacyCompatible() }

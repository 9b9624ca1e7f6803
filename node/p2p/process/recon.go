package process

import (
	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
)

// reconciliation is the handshake of BIP330: who offered to reconcile sets of
// transactions. Nothing is reconciled yet, as in Dash Core.
//
// Source: TxReconciliationTracker in Dash Core's src/node/txreconciliation.cpp.
type reconciliation struct {
	offered, registered map[int64]bool
}

const reconVersion = 1

func (r *reconciliation) forget(id int64) {
	delete(r.offered, id)
	delete(r.registered, id)
}

// offerReconciliation tells a peer that relays transactions.
func (p *Processor) offerReconciliation(s *peer) {
	if !p.o.Reconcile || s.common < msg.MoreHeaders2Version || !s.tx.may || !s.tx.wanted || s.kind == conn.AddrFetch || p.o.BlocksOnly {
		return
	}
	if p.recon.offered == nil {
		p.recon = reconciliation{map[int64]bool{}, map[int64]bool{}}
	}
	p.recon.offered[s.id] = true
	s.Send(msg.TypeSendTxRcncl, msg.SendTxRcncl{Version: reconVersion, Salt: p.o.Rand.Uint64()}.Append(nil))
}

func (p *Processor) handleSendTxRcncl(s *peer, payload []byte) error {
	violation := func(text string) {
		p.debug(text, s.id)
		s.Disconnect("")
	}
	switch {
	case !p.o.Reconcile:
		p.debug("sendtxrcncl from peer=%d ignored, as our node does not have txreconciliation enabled", s.id)
		return nil
	case s.handshaken:
		violation("sendtxrcncl received after verack from peer=%d; disconnecting")
		return nil
	case p.rejectsTxs(s):
		violation("sendtxrcncl received from peer=%d to which we indicated no tx relay; disconnecting")
		return nil
	case !s.tx.may || !s.tx.wanted:
		violation("sendtxrcncl received from peer=%d which indicated no tx relay to us; disconnecting")
		return nil
	}
	m, err := msg.DecodeSendTxRcncl(payload)
	switch {
	case err != nil:
		return err
	case p.recon.registered[s.id]:
		violation("txreconciliation protocol violation from peer=%d (sendtxrcncl received from already registered peer); disconnecting")
	case !p.recon.offered[s.id]:
		p.debug("Ignore unexpected txreconciliation signal from peer=%d", s.id)
	case m.Version < 1:
		violation("txreconciliation protocol violation from peer=%d; disconnecting")
	default:
		p.recon.registered[s.id] = true
		p.debug("Register peer=%d (inbound=%s)", s.id, flag(s.Inbound()))
	}
	return nil
}

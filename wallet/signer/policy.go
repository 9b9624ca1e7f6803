package signer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"dashmp/ipc"
	"dashmp/node/storage"
	"dashmp/wallet/signer/internal/keystore"
)

// Policy is what a signer signs. Each rule has a tag, which is the kind of the
// refusal; SECURITY.md lists them.
type Policy struct {
	// MaxFee is the largest fee in duffs (-maxtxfee); policy.fee.max.
	MaxFee int64
	// Unproven allows inputs without their previous transaction: what the wallet
	// says of amount and script is then believed; policy.prevtx.missing. It is
	// the default on regtest only.
	Unproven bool
	// AnySigHash allows signatures that leave outputs or other inputs open, with
	// which whoever has them can pay himself; policy.sighash. It is the default
	// on regtest only.
	AnySigHash bool
	// PerTx, PerHour and PerDay are the largest amounts in duffs that leave a key
	// store, fee included, with one transaction, in any 3,600 and in any 86,400
	// seconds; 0 means no limit. policy.amount.tx, .hour, .day.
	PerTx, PerHour, PerDay int64
	// Destinations are the output scripts that may be paid besides our own; nil
	// means any. policy.destination.
	Destinations [][]byte
}

// The rules, as kinds of errors.
const (
	PolicyMalformed   = ipc.Kind("policy.request.malformed")
	PolicyPrevMissing = ipc.Kind("policy.prevtx.missing")
	PolicyPrevOther   = ipc.Kind("policy.prevtx.mismatch")
	PolicyKey         = ipc.Kind("policy.key.foreign")
	PolicyChange      = ipc.Kind("policy.change.foreign")
	PolicySigHash     = ipc.Kind("policy.sighash")
	PolicyFee         = ipc.Kind("policy.fee.max")
	PolicyNegative    = ipc.Kind("policy.fee.negative")
	PolicyPerTx       = ipc.Kind("policy.amount.tx")
	PolicyPerHour     = ipc.Kind("policy.amount.hour")
	PolicyPerDay      = ipc.Kind("policy.amount.day")
	PolicyDestination = ipc.Kind("policy.destination")
)

// DefaultMaxFee is Dash Core's -maxtxfee, in duffs (DEFAULT_TRANSACTION_MAXFEE).
const DefaultMaxFee = 10_000_000

// ParseAmount reads an amount in DASH with at most eight decimals, in duffs
// (Dash Core: ParseMoney).
func ParseAmount(text string) (int64, error) {
	whole, fraction, _ := strings.Cut(strings.TrimSpace(text), ".")
	if len(whole) == 0 || len(whole) > 10 || len(fraction) > 8 {
		return 0, fmt.Errorf("%q is no amount in DASH", text)
	}
	n, err := strconv.ParseUint(whole+fraction+strings.Repeat("0", 8-len(fraction)), 10, 63)
	if err != nil || n > maxMoney {
		return 0, fmt.Errorf("%q is no amount in DASH", text)
	}
	return int64(n), nil
}

// Configured is the policy of a chain with -maxtxfee, "" for its default.
func Configured(chain, maxTxFee string) (Policy, error) {
	p := DefaultPolicy(chain)
	if maxTxFee == "" {
		return p, nil
	}
	var err error
	if p.MaxFee, err = ParseAmount(maxTxFee); err != nil {
		return p, fmt.Errorf("Invalid amount for -maxtxfee=<amount>: '%s'", maxTxFee)
	}
	return p, nil
}

// DefaultPolicy is that of a chain.
func DefaultPolicy(chain string) Policy {
	regtest := chain == "regtest"
	return Policy{MaxFee: DefaultMaxFee, Unproven: regtest, AnySigHash: regtest}
}

// judge applies the rules about amounts and destinations. spent is what was
// signed for before.
func (p *Policy) judge(t *checked, spent *ledger, now int64) error {
	switch {
	case t.fee < 0:
		return ipc.Errorf(PolicyNegative, "the outputs are worth %d duffs more than the inputs", -t.fee)
	case t.fee > p.MaxFee:
		return ipc.Errorf(PolicyFee, "the fee of %d duffs exceeds the limit of %d", t.fee, p.MaxFee)
	case p.PerTx > 0 && t.leaving > p.PerTx:
		return ipc.Errorf(PolicyPerTx, "%d duffs would leave with one transaction, %d may", t.leaving, p.PerTx)
	}
	for i, out := range t.tx.Outputs {
		own := slices.Contains(t.own, uint32(i))
		if p.Destinations != nil && !own && !slices.ContainsFunc(p.Destinations, func(d []byte) bool { return string(d) == string(out.ScriptPubKey) }) {
			return ipc.Errorf(PolicyDestination, "output %d pays a script that is not on the list", i)
		}
	}
	if p.PerHour > 0 {
		if sum := spent.since(now - 3600); sum+t.leaving > p.PerHour {
			return ipc.Errorf(PolicyPerHour, "%d duffs left within the hour, %d more would exceed %d", sum, t.leaving, p.PerHour)
		}
	}
	if p.PerDay > 0 {
		if sum := spent.since(now - 86400); sum+t.leaving > p.PerDay {
			return ipc.Errorf(PolicyPerDay, "%d duffs left within the day, %d more would exceed %d", sum, t.leaving, p.PerDay)
		}
	}
	return nil
}

// ledger is what was signed for, by time. It is on disk before a signature
// exists, so that no crash frees an allowance; nor does a clock that goes back.
type ledger struct {
	mu      sync.Mutex // held from judging to having recorded
	entries []ledgerEntry
	next    uint64
	latest  int64
}

// ledgerEntry is one signed transaction.
type ledgerEntry struct {
	seq    uint64
	time   int64 // seconds since the epoch
	amount int64 // duffs
	id     [32]byte
}

const (
	bucketLedger = "ledger"
	ledgerSize   = 8 + 8 + 32
	ledgerTime   = 86400
)

// load reads the ledger of a store.
func (l *ledger) load(store *keystore.Store) error {
	le := binary.LittleEndian
	return store.Public(bucketLedger, func(key, v []byte) error {
		if len(key) != 8 || len(v) != ledgerSize {
			return errors.Join(keystore.ErrCorrupt, storage.ErrCorrupt)
		}
		e := ledgerEntry{binary.BigEndian.Uint64(key), int64(le.Uint64(v)), int64(le.Uint64(v[8:])), [32]byte(v[16:])}
		l.entries = append(l.entries, e)
		l.next, l.latest = max(l.next, e.seq+1), max(l.latest, e.time)
		return nil
	})
}

// since sums what was signed for after a time, in duffs.
func (l *ledger) since(t int64) (sum int64) {
	for _, e := range l.entries {
		if e.time > t {
			sum += e.amount
		}
	}
	return sum
}

// knows reports whether this very transaction was signed for, so that signing it
// again costs no allowance.
func (l *ledger) knows(id [32]byte) bool {
	return slices.ContainsFunc(l.entries, func(e ledgerEntry) bool { return e.id == id })
}

// clock is the time that counts: the clock's, or the latest that was recorded if
// the clock has gone back.
func (l *ledger) clock(now int64) int64 { return max(now, l.latest) }

// record writes an entry and drops those older than a day.
func (l *ledger) record(store *keystore.Store, now, amount int64, id [32]byte) error {
	le := binary.LittleEndian
	v := le.AppendUint64(le.AppendUint64(nil, uint64(now)), uint64(amount))
	if err := store.Put(keystore.Record{Bucket: bucketLedger, Key: binary.BigEndian.AppendUint64(nil, l.next), Public: append(v, id[:]...)}); err != nil {
		return err
	}
	l.entries = append(l.entries, ledgerEntry{l.next, now, amount, id})
	l.next, l.latest = l.next+1, now
	old := slices.IndexFunc(l.entries, func(e ledgerEntry) bool { return e.time > now-ledgerTime })
	for _, e := range l.entries[:max(old, 0)] {
		if err := store.Delete(bucketLedger, binary.BigEndian.AppendUint64(nil, e.seq)); err != nil {
			return err
		}
	}
	l.entries = slices.Delete(l.entries, 0, max(old, 0))
	return nil
}

package loader

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"dashmp/node"
	"dashmp/node/address"
	"dashmp/node/rawtx"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
	"dashmp/wallet/account"
)

// Fee rates of Dash Core's wallet in duffs per 1000 bytes (src/wallet/wallet.h).
const (
	discardRate  = 10_000
	longTermRate = 10_000
	minTxRate    = 1_000
)

func isRPC(err error) bool {
	var e *rpcerr.Error
	return errors.As(err, &e)
}

// feeChoice is how the fee of a transaction is found.
type feeChoice struct {
	rate         int64 // given, 0 if not
	target       int32
	conservative bool
}

// feeArguments reads conf_target, estimate_mode and fee_rate (SetFeeEstimateMode).
func feeArguments(target, mode, rate univalue.Value) (f feeChoice, err error) {
	f.target = 6
	if !rate.IsNull() {
		if !target.IsNull() {
			return f, rpcerr.Errorf(rpcerr.InvalidParameter, "Cannot specify both conf_target and fee_rate. Please provide either a confirmation target in blocks for automatic fee estimation, or an explicit fee rate.")
		}
		if !mode.IsNull() && mode.Text() != "unset" {
			return f, rpcerr.Errorf(rpcerr.InvalidParameter, "Cannot specify both estimate_mode and fee_rate")
		}
		// In duffs per byte, with three decimals: duffs per 1000 bytes.
		text := rate.Text()
		if rate.Kind() == univalue.Number {
			text = string(rate.Raw())
		}
		n, ok := rpcvalue.FixedPoint(text, 3)
		if !ok || n < 0 {
			return f, rpcerr.Errorf(rpcerr.Type, "Invalid amount")
		}
		f.rate = n
		return f, nil
	}
	if !mode.IsNull() {
		switch strings.ToLower(mode.Text()) {
		case "unset", "economical":
		case "conservative":
			f.conservative = true
		default:
			return f, rpcerr.Errorf(rpcerr.InvalidParameter, `Invalid estimate_mode parameter, must be one of: "unset", "economical", "conservative"`)
		}
	}
	if !target.IsNull() {
		n, err := rpcvalue.Integer(target, 32)
		if err != nil {
			return f, err
		}
		if n < 1 || n > 1008 {
			return f, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid conf_target, must be between 1 and 1008")
		}
		f.target = int32(n)
	}
	return f, nil
}

// rate finds the fee rate, and why it is that (GetMinimumFeeRate).
func (l *Loader) rate(ctx context.Context, w *openWallet, f feeChoice) (rate, dust int64, reason string, err error) {
	c, err := l.chain()
	if err != nil {
		return 0, 0, "", err
	}
	relay, err := c.chain.FeeRates(ctx)
	if err != nil {
		return 0, 0, "", rpcerr.Errorf(rpcerr.Wallet, "dash-node-core: %v", err)
	}
	least := max(relay.RelayMin, minTxRate)
	switch {
	case f.rate > 0:
		if f.rate < least {
			return 0, 0, "", errors.New("Fee rate (" + perByte(f.rate) + " duff/B) is lower than the minimum fee rate setting (" + perByte(least) + " duff/B)")
		}
		return f.rate, relay.Dust, "PayTxFee set", nil
	case w.payRate.Load() > 0:
		return max(w.payRate.Load(), least), relay.Dust, "PayTxFee set", nil
	}
	estimate, err := c.chain.EstimateFee(ctx, f.target, f.conservative)
	if err != nil {
		return 0, 0, "", rpcerr.Errorf(rpcerr.Wallet, "dash-node-core: %v", err)
	}
	rate, reason = estimate.Rate, estimate.Reason
	if rate == 0 {
		if l.o.FallbackFee == 0 {
			return 0, 0, "", errors.New("Fee estimation failed. Fallbackfee is disabled. Wait a few blocks or enable -fallbackfee.")
		}
		rate, reason = l.o.FallbackFee, "Fallback fee"
	}
	if rate < relay.MempoolMin {
		rate, reason = relay.MempoolMin, "Mempool Min Fee"
	}
	if rate < least {
		rate, reason = least, "Minimum Required Fee"
	}
	return rate, relay.Dust, reason, nil
}

func perByte(rate int64) string {
	s := string(rpccall.Amount(rate * 100_000).Append(nil))
	return s[:len(s)-5]
}

// order is what a send was asked for.
type order struct {
	recipients  []account.Recipient
	fee         feeChoice
	comment, to string
	verbose     bool
}

// recipients reads an object of addresses and amounts, and the addresses that
// pay the fee.
func (l *Loader) recipients(amounts, subtract univalue.Value) ([]account.Recipient, error) {
	shares := map[string]bool{}
	for v := range subtract.Elements() {
		shares[v.Text()] = true
	}
	var out []account.Recipient
	seen := map[address.Destination]bool{}
	for k, v := range amounts.Members() {
		d, err := l.destination(k.Text())
		if err != nil {
			return nil, err
		}
		if seen[d] {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, duplicated address: %s", k.Text())
		}
		seen[d] = true
		n, err := rpcvalue.Amount(v)
		if err != nil {
			return nil, err
		}
		out = append(out, account.Recipient{Script: d.Script(), Amount: n, SubtractFee: shares[k.Text()]})
	}
	return out, nil
}

func (l *Loader) sendToAddress(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(2, 12); err != nil {
		return nil, err
	}
	w, err := l.synced(ctx, call)
	if err != nil {
		return nil, err
	}
	o := &order{}
	if o.comment, o.to, err = comments(call, 2, 3); err != nil {
		return nil, err
	}
	subtract, err := call.BoolOr(4, false)
	if err != nil {
		return nil, err
	}
	if o.fee, err = feeArguments(call.Value(7), call.Value(8), call.Value(10)); err != nil {
		return nil, err
	}
	if err := l.unlocked(ctx, w); err != nil {
		return nil, err
	}
	text, err := call.String(0)
	if err != nil {
		return nil, err
	}
	d, err := l.destination(text)
	if err != nil {
		return nil, err
	}
	n, err := rpcvalue.Amount(call.Value(1))
	if err != nil {
		return nil, err
	}
	o.recipients = []account.Recipient{{Script: d.Script(), Amount: n, SubtractFee: subtract}}
	if o.verbose, err = call.BoolOr(11, false); err != nil {
		return nil, err
	}
	return l.send(ctx, w, o)
}

func comments(call *rpccall.Call, comment, to int) (a, b string, err error) {
	if call.Given(comment) {
		if a, err = call.String(comment); err != nil {
			return "", "", err
		}
	}
	if to >= 0 && call.Given(to) {
		b, err = call.String(to)
	}
	return a, b, err
}

func (l *Loader) sendMany(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(2, 12); err != nil {
		return nil, err
	}
	w, err := l.synced(ctx, call)
	if err != nil {
		return nil, err
	}
	if call.Given(0) {
		if dummy, err := call.String(0); err != nil || dummy != "" {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, `Dummy value must be set to ""`)
		}
	}
	if err := rpcvalue.Want(call.Value(1), univalue.Object); err != nil {
		return nil, err
	}
	o := &order{}
	if o.comment, _, err = comments(call, 4, -1); err != nil {
		return nil, err
	}
	if o.fee, err = feeArguments(call.Value(8), call.Value(9), call.Value(10)); err != nil {
		return nil, err
	}
	if o.recipients, err = l.recipients(call.Value(1), call.Value(5)); err != nil {
		return nil, err
	}
	if o.verbose, err = call.BoolOr(11, false); err != nil {
		return nil, err
	}
	if err := l.unlocked(ctx, w); err != nil {
		return nil, err
	}
	return l.send(ctx, w, o)
}

// send makes, signs, stores and broadcasts a payment.
func (l *Loader) send(ctx context.Context, w *openWallet, o *order) (any, error) {
	if !w.hasKeys() {
		return nil, rpcerr.Errorf(rpcerr.Wallet, "Error: Private keys are disabled for this wallet")
	}
	rate, dust, reason, err := l.rate(ctx, w, o.fee)
	if err != nil {
		return nil, payError(err)
	}
	w.paying.Lock() // from choosing coins to having stored what spends them
	defer w.paying.Unlock()
	var coins []account.Coin
	for _, c := range w.Coins(false) {
		if c.Spendable {
			coins = append(coins, c)
		}
	}
	plan, err := w.Pay(&account.Payment{
		Recipients: o.recipients, Rate: rate, Discard: discardRate, LongTerm: longTermRate, Dust: dust, MaxFee: l.o.MaxTxFee,
		Coins: coins, ZeroConf: true, Change: l.changeFor(ctx, w), ChangeAt: -1,
		LockTime: l.lockTime(w), Random: rand.IntN,
	})
	if err != nil {
		return nil, payError(err)
	}
	open, err := w.Sign(ctx, plan.Tx, w.Spends(plan.Tx), 0)
	if err != nil {
		return nil, signerError(err)
	}
	if len(open) > 0 {
		return nil, rpcerr.Errorf(rpcerr.InsufficientFunds, "Signing transaction failed")
	}
	if err := w.Add(plan.Tx, o.comment, o.to); err != nil {
		return nil, err
	}
	c, err := l.chain()
	if err != nil {
		return nil, err
	}
	out, err := c.chain.BroadcastTransaction(ctx, plan.Tx.Append(nil), 0, true)
	if err != nil || out.Reject != "" {
		// It stays stored and is tried again, as in Dash Core.
		l.o.Log.Warn("CommitTransaction(): Transaction cannot be broadcast immediately, " + out.Reject)
	}
	id := plan.Tx.ID().String()
	if o.verbose {
		return rpccall.Object{{Key: "txid", Value: id}, {Key: "fee_reason", Value: reason}}, nil
	}
	return id, nil
}

func (l *Loader) changeFor(ctx context.Context, w *openWallet) func() ([]byte, error) {
	return func() ([]byte, error) {
		d, err := w.NewDestination(ctx, true)
		if errors.Is(err, account.ErrNoAddresses) || errors.Is(err, account.ErrKeypool) {
			return nil, errors.New("Transaction needs a change address, but we can't generate it.")
		}
		return d.Script(), err
	}
}

// currentTime is how old the tip may be for lockTime, in seconds (Dash Core:
// MAX_ANTI_FEE_SNIPING_TIP_AGE).
const currentTime = 8 * 60 * 60

// lockTime keeps a transaction from being put into an earlier block than the
// next, sometimes a little earlier (DiscourageFeeSniping); 0 where the tip is too
// old for that.
func (l *Loader) lockTime(w *openWallet) uint32 {
	best := w.Best()
	if int64(best.Time) < l.o.Now().Unix()-currentTime {
		return 0
	}
	height := uint32(max(0, best.Height))
	if rand.IntN(10) == 0 {
		return height - min(height, uint32(rand.IntN(100)))
	}
	return height
}

func (l *Loader) setTxFee(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	w, err := l.requested(call)
	if err != nil {
		return nil, err
	}
	n, err := rpcvalue.Amount(call.Value(0))
	if err != nil {
		return nil, err
	}
	switch {
	case n == 0:
	case n < minTxRate:
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "txfee cannot be less than wallet min fee (%s DASH/kB)", rpccall.Amount(minTxRate).Append(nil))
	case n > l.o.MaxTxFee:
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "txfee cannot be more than wallet max tx fee (%s DASH/kB)", rpccall.Amount(l.o.MaxTxFee).Append(nil))
	}
	w.payRate.Store(n)
	return true, nil
}

// decoded is a transaction as decoderawtransaction shows it.
func (l *Loader) decoded(ctx context.Context, tx *wire.Tx) (any, error) {
	const method = "decoderawtransaction"
	reply, err := rawtx.Methods(rawtx.Options{Base58: l.o.Base58}).Execute(ctx, node.RPCRequest{
		Method: method, Params: fmt.Appendf(nil, "[%q]", hex.EncodeToString(tx.Append(nil))),
	})
	if err != nil {
		return nil, err
	}
	if reply.Code != 0 {
		return nil, rpcerr.Errorf(rpcerr.Code(reply.Code), "%s", reply.Message)
	}
	return raw(reply.Result), nil
}

// raw is JSON that is there already.
type raw []byte

// AppendJSON appends it.
func (r raw) AppendJSON(dst []byte) ([]byte, error) { return append(dst, r...), nil }

// signRawTransactionWithWallet signs what the wallet has keys for.
func (l *Loader) signRawTransactionWithWallet(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 3); err != nil {
		return nil, err
	}
	w, err := l.synced(ctx, call)
	if err != nil {
		return nil, err
	}
	text, err := call.String(0)
	if err != nil {
		return nil, err
	}
	raw, err := hex.DecodeString(text)
	tx, decodeErr := wire.DecodeTx(raw)
	if err != nil || decodeErr != nil {
		return nil, rpcerr.Errorf(rpcerr.Deserialization, "TX decode failed. Make sure the tx has at least one input.")
	}
	tx = tx.Clone()
	hashType := byte(script.SigHashAll)
	if call.Given(2) {
		name, err := call.String(2)
		if err != nil {
			return nil, err
		}
		var ok bool
		if hashType, ok = standard.ParseSigHash(name); !ok {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "%s is not a valid sighash parameter.", name)
		}
	}
	if err := l.unlocked(ctx, w); err != nil {
		return nil, err
	}
	spent := w.Spends(tx)
	if err := l.lookUpSpent(ctx, tx, spent); err != nil {
		return nil, err
	}
	if err := givenPrevious(tx, call.Value(1), spent); err != nil {
		return nil, err
	}
	open, err := w.Sign(ctx, tx, spent, hashType)
	if err != nil {
		return nil, signerError(err)
	}
	return signResult(tx, open), nil
}

package account

import (
	"errors"
	"fmt"
	"slices"

	"dashmp/node/address"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
	"dashmp/wallet/coinselect"
)

// Recipient is an output of a payment.
type Recipient struct {
	Script []byte
	Amount int64 // duffs
	// SubtractFee: this output pays its share of the fee.
	SubtractFee bool
}

// Payment is what a transaction is made for.
type Payment struct {
	Recipients []Recipient
	// Rate is the fee rate in duffs per 1000 bytes; Discard that below which
	// change is given up, LongTerm what spending later is expected to cost, Dust
	// -dustrelayfee.
	Rate, Discard, LongTerm, Dust int64
	// MaxFee is -maxtxfee in duffs.
	MaxFee int64
	// Preset coins are spent in any case; with OnlyPreset no others are.
	Preset     []wire.OutPoint
	OnlyPreset bool
	// Coins are what is chosen from.
	Coins []Coin
	// ZeroConf allows own unconfirmed change, Unsafe those of others.
	ZeroConf, Unsafe bool
	// Change is the script of the change output; it is asked for when it is
	// needed. ChangeAt is its position, -1 for a random one.
	Change   func() ([]byte, error)
	ChangeAt int
	LockTime uint32
	// Random returns a number from 0 to n-1.
	Random func(n int) int
}

// Plan is a transaction without signatures.
type Plan struct {
	Tx     *wire.Tx
	Inputs []Coin
	// Fee is in duffs; Change the position of the change output, -1 for none.
	Fee    int64
	Change int
}

// Errors of Pay, with Dash Core's texts.
var (
	ErrFunds    = errors.New("Insufficient funds.")
	ErrTooSmall = errors.New("Transaction amount too small")
	ErrMaxFee   = errors.New("Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)")
	ErrTooLarge = errors.New("Transaction too large")
	ErrFeeShare = errors.New("The transaction amount is too small to pay the fee")
	ErrNothing  = errors.New("Transaction must have at least one recipient")
	ErrNegative = errors.New("Transaction amounts must not be negative")
)

// Sizes in bytes.
const (
	baseSize     = 4 + 4 // version and type, lock time
	changeSize   = 8 + 1 + 25
	outPointSize = 36 + 4
	sigSize      = 71 // DER with low R, and the hash type
	maxTxSize    = 100_000
)

// inputSize is the size of an input that spends a script, as far as it is known
// how.
func inputSize(s []byte, public *standard.Public) int {
	body := 0
	switch sol := standard.Solve(s); sol.Type {
	case standard.PubKey:
		body = 1 + sigSize
	case standard.PubKeyHash:
		key := 33
		if public != nil {
			if k, ok := public.PubKey(standard.ID(sol.Hash)); ok {
				key = len(k)
			}
		}
		body = 1 + sigSize + 1 + key
	case standard.ScriptHash:
		redeem, ok := []byte(nil), false
		if public != nil {
			redeem, ok = public.Script(standard.ID(sol.Hash))
		}
		if !ok {
			body = 1 + sigSize + 1 + 33
			break
		}
		inner := standard.Solve(redeem)
		body = 1 + inner.Required*(1+sigSize) + len(script.AppendPush(nil, redeem))
		if inner.Type == standard.PubKeyHash {
			body = 1 + sigSize + 1 + 33 + len(script.AppendPush(nil, redeem))
		}
	case standard.Multisig:
		body = 1 + sol.Required*(1+sigSize)
	default:
		body = 1 + sigSize + 1 + 33
	}
	return outPointSize + wire.CompactSizeLen(uint64(body)) + body
}

// inputSizes are those of the coins.
func (a *Account) inputSizes(coins []Coin) []int {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]int, len(coins))
	for i, c := range coins {
		var public *standard.Public
		if p, ok := a.scripts[string(c.Script)]; ok && standard.Solve(c.Script).Type != standard.PubKeyHash {
			_, public, _ = p.d.expand(p.pos)
		}
		out[i] = inputSize(c.Script, public)
	}
	return out
}

// Pay makes a transaction, without signatures (CreateTransactionInternal).
func (a *Account) Pay(p *Payment) (*Plan, error) {
	if len(p.Recipients) == 0 {
		return nil, ErrNothing
	}
	var sum int64
	subtract := 0
	outs := 0
	for _, r := range p.Recipients {
		if r.Amount < 0 {
			return nil, ErrNegative
		}
		sum += r.Amount
		if r.SubtractFee {
			subtract++
		}
		outs += 8 + wire.CompactSizeLen(uint64(len(r.Script))) + len(r.Script)
	}
	fixed := baseSize + wire.CompactSizeLen(uint64(len(p.Recipients)+1)) + outs
	target := sum
	if subtract == 0 {
		target += standard.Fee(p.Rate, fixed+1)
	}
	inputs, err := a.choose(p, target, subtract > 0)
	if err != nil {
		return nil, err
	}
	return a.assemble(p, inputs, sum, subtract)
}

// choose picks coins: first the presets, then confirmed ones of others six deep
// and of ours, then less safe ones (SelectCoins).
func (a *Account) choose(p *Payment, target int64, subtract bool) ([]Coin, error) {
	var preset, free []Coin
	for _, c := range p.Coins {
		if slices.Contains(p.Preset, c.Out) {
			preset = append(preset, c)
		} else if !p.OnlyPreset {
			free = append(free, c)
		}
	}
	for i, n := range a.inputSizes(preset) {
		target -= preset[i].Value
		if !subtract {
			target += standard.Fee(p.Rate, n)
		}
	}
	if target <= 0 {
		return preset, nil
	}
	tiers := []func(c *Coin) bool{
		func(c *Coin) bool { return c.Depth >= 6 || c.Depth >= 1 && c.Safe },
		func(c *Coin) bool { return c.Depth >= 1 },
	}
	if p.ZeroConf {
		tiers = append(tiers, func(c *Coin) bool { return c.Depth >= 0 && c.Safe })
	}
	if p.Unsafe {
		tiers = append(tiers, func(*Coin) bool { return true })
	}
	sizes := a.inputSizes(free)
	for _, fits := range tiers {
		var list []coinselect.Coin
		var at []int
		for i := range free {
			if fits(&free[i]) && (free[i].Safe || p.Unsafe) {
				list, at = append(list, coinselect.Coin{Value: free[i].Value, Size: sizes[i]}), append(at, i)
			}
		}
		c, ok := coinselect.Select(list, &coinselect.Problem{
			Target: target, SubtractFee: subtract, Rate: p.Rate, LongTerm: p.LongTerm, Discard: p.Discard,
			ChangeSize: changeSize, SpendSize: inputSize(changeScript[:], nil), Random: p.Random,
		})
		if ok {
			out := preset
			for _, i := range c.Picked {
				out = append(out, free[at[i]])
			}
			return out, nil
		}
	}
	return nil, ErrFunds
}

// changeScript has the form of a change output.
var changeScript = [25]byte{0: 0x76, 1: 0xa9, 2: 20, 23: 0x88, 24: 0xac}

// assemble makes the transaction of its parts.
func (a *Account) assemble(p *Payment, inputs []Coin, sum int64, subtract int) (*Plan, error) {
	for i := len(inputs) - 1; i > 0; i-- {
		j := p.Random(i + 1)
		inputs[i], inputs[j] = inputs[j], inputs[i]
	}
	tx := &wire.Tx{Version: 2, LockTime: p.LockTime}
	plan := &Plan{Tx: tx, Inputs: inputs, Change: -1}
	var in int64
	size := baseSize + wire.CompactSizeLen(uint64(len(inputs)))
	sizes := a.inputSizes(inputs)
	for i, c := range inputs {
		in += c.Value
		size += sizes[i]
		tx.Inputs = append(tx.Inputs, wire.TxIn{PrevOut: c.Out, Sequence: wire.SequenceFinal - 1})
	}
	for _, r := range p.Recipients {
		tx.Outputs = append(tx.Outputs, wire.TxOut{Value: r.Amount, ScriptPubKey: r.Script})
		size += 8 + wire.CompactSizeLen(uint64(len(r.Script))) + len(r.Script)
	}
	size += wire.CompactSizeLen(uint64(len(tx.Outputs)))
	fee := standard.Fee(p.Rate, size)
	with := standard.Fee(p.Rate, size+changeSize)
	change := in - sum
	if subtract == 0 {
		change -= with
	}
	if dust := standard.DustThreshold(&wire.TxOut{ScriptPubKey: changeScript[:]}, p.Discard); change > 0 && change >= dust && len(inputs) > 0 {
		if err := plan.addChange(p, change); err != nil {
			return nil, err
		}
		fee = with
	} else if subtract == 0 {
		fee = in - sum // what would have been change is the miner's
	}
	if subtract > 0 {
		if plan.Change < 0 && in > sum {
			// Too little for change: the recipients pay less of the fee.
			fee = max(fee, in-sum)
		}
		if err := plan.subtract(p, fee-max(0, in-sum-plan.changeValue()), subtract); err != nil {
			return nil, err
		}
	}
	return plan, plan.finish(p, in)
}

func (plan *Plan) changeValue() int64 {
	if plan.Change < 0 {
		return 0
	}
	return plan.Tx.Outputs[plan.Change].Value
}

func (plan *Plan) addChange(p *Payment, value int64) error {
	s, err := p.Change()
	if err != nil {
		return err
	}
	at := p.ChangeAt
	if at < 0 {
		at = p.Random(len(plan.Tx.Outputs) + 1)
	}
	if at > len(plan.Tx.Outputs) {
		return fmt.Errorf("changePosition out of bounds")
	}
	plan.Change = at
	plan.Tx.Outputs = slices.Insert(plan.Tx.Outputs, at, wire.TxOut{Value: value, ScriptPubKey: s})
	return nil
}

// subtract takes a fee from the recipients that pay it, the first of them the
// remainder.
func (plan *Plan) subtract(p *Payment, fee int64, n int) error {
	rest := fee % int64(n)
	k := 0
	for i := range plan.Tx.Outputs {
		if i == plan.Change {
			continue
		}
		if p.Recipients[k].SubtractFee {
			out := &plan.Tx.Outputs[i]
			out.Value -= fee/int64(n) + rest
			rest = 0
			if out.Value < 0 {
				return ErrFeeShare
			}
		}
		k++
	}
	return nil
}

// finish checks what came out.
func (plan *Plan) finish(p *Payment, in int64) error {
	plan.Fee = in
	for i := range plan.Tx.Outputs {
		out := &plan.Tx.Outputs[i]
		plan.Fee -= out.Value
		if out.Value < standard.DustThreshold(out, p.Dust) && i != plan.Change {
			k := i
			if plan.Change >= 0 && i > plan.Change {
				k--
			}
			if p.Recipients[k].SubtractFee && p.Recipients[k].Amount > out.Value {
				return errors.New("The transaction amount is too small to send after the fee has been deducted")
			}
			return ErrTooSmall
		}
	}
	switch {
	case plan.Fee < 0:
		return ErrFunds
	case plan.Fee > p.MaxFee:
		return ErrMaxFee
	case plan.Tx.Size()+len(plan.Inputs)*107 > maxTxSize:
		return ErrTooLarge
	}
	return nil
}

// Destination is the text form of an address.
func (a *Account) Destination(d address.Destination) string { return address.Encode(d, a.o.Base58) }
